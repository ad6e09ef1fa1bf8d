/** From the command line to a command. What not every command needs is loaded when it is needed. */
import { EXIT } from "../core/problem.ts";
import type { ExitCode } from "../core/problem.ts";
import { parseArgs } from "./args/parse.ts";
import type { CommandArgs } from "./args/types.ts";
import type { Terminal } from "./input/terminal.ts";

export async function runCommand(argv: readonly string[], version: string, terminal: Terminal): Promise<ExitCode> {
  let line: CommandArgs | undefined;
  try {
    const read = await parseArgs(argv, version, terminal.size().columns);
    if ("said" in read) {
      (read.asked ? terminal.out : terminal.err)(read.said);
      return read.asked ? EXIT.fine : EXIT.usage;
    }
    line = read;
    return await dispatch(line, terminal);
  } catch (error) {
    return (await import("./exit.ts")).reportFailure(error, line, terminal);
  }
}

async function dispatch(line: CommandArgs, terminal: Terminal): Promise<ExitCode> {
  switch (line.command) {
    case "play":
      return (await import("./play.ts")).runPlay(line, terminal);
    case "drill":
      return (await import("./drill.ts")).runDrill(line, terminal);
    case "inventory":
      return (await import("./inventory.ts")).runInventory(line, terminal);
    case "explain":
      return (await import("./explain.ts")).runExplain(line, terminal);
    case "lab":
      return (await import("./lab.ts")).runLab(line, terminal);
    case "vault":
      return (await import("./vault.ts")).runVault(line, terminal);
  }
}
