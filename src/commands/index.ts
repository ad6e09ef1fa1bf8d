/** From the command line to a command, and from what went wrong to a message and an exit code. */
import { EXIT, InputError, Unreachable } from "../failure.ts";
import type { ExitCode } from "../failure.ts";
import { colors as makeColors } from "../report/colors.ts";
import type { Colors } from "../report/colors.ts";
import { visible } from "../report/escape.ts";
import { problemLine } from "../report/json.ts";
import { renderProblems } from "../report/problem.ts";
import { scrub } from "../secret.ts";
import { readLine } from "./line.ts";
import type { DrillLine, Line } from "./line.ts";
import { STOPPING } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage.ts";

export async function runCommand(argv: readonly string[], version: string, terminal: Terminal): Promise<ExitCode> {
  let line: Line | undefined;
  try {
    const read = await readLine(argv, version, terminal.size().columns);
    if ("said" in read) {
      (read.asked ? terminal.out : terminal.err)(read.said);
      return read.asked ? EXIT.fine : EXIT.usage;
    }
    line = read;
    return await dispatch(line, terminal);
  } catch (error) {
    return failed(error, line, terminal);
  }
}

/** Commands are loaded when they are called: `--help` does not pay for ssh2. */
async function dispatch(line: Line, terminal: Terminal): Promise<ExitCode> {
  switch (line.command) {
    case "play":
      return (await import("./play.ts")).runPlay(line, terminal);
    case "drill":
      interruptible(line, terminal);
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

/** A drill puts back what it struck before it ends; who ends it at once has to do that. */
function interruptible(line: DrillLine, { stop, end, err }: Terminal): void {
  const left = "ended at once: keepalived may still be stopped where the drill struck; look at the pair now";
  stop.addEventListener("abort", () => err(`${STOPPING}\n`), { once: true });
  end.addEventListener("abort", () => err(`${left} (inventory ${visible(line.inventory.join(", "))})\n`), {
    once: true,
  });
}

function failed(error: unknown, line: Line | undefined, terminal: Terminal): ExitCode {
  const color = line?.color ?? terminal.color;
  const { stop } = terminal;
  const err = (text: string): void => terminal.err(scrub(text));
  const colors = makeColors(color);
  if (error instanceof UsageError) {
    err(message(colors, visible(error.message), error.help));
    return EXIT.usage;
  }
  if (error instanceof InputError) {
    if (line?.json === true) error.problems.forEach((problem) => terminal.out(problemLine(problem)));
    err(renderProblems(error.problems, line?.command === "vault" ? { color, touched: undefined } : { color }));
    return isOfTheLine(error) ? EXIT.usage : EXIT.input;
  }
  if (stop.aborted) return EXIT.interrupted;
  if (error instanceof Unreachable) {
    err(message(colors, `${error.stage}: ${visible(error.message)}`, error.hint));
    return EXIT.unreachable;
  }
  err(`${colors.red("bug")}: this should not have happened; please report it\n${stackOf(error)}\n`);
  return EXIT.bug;
}

function message(colors: Colors, text: string, hint: string | undefined): string {
  const help = hint === undefined ? "" : `  = ${colors.bold("help")}: ${visible(hint)}\n`;
  return `${colors.bold(colors.red("error"))}: ${colors.bold(text)}\n${help}`;
}

/** Everything that is wrong stands in an `-e` on the command line. */
function isOfTheLine({ problems }: InputError): boolean {
  return problems.length > 0 && problems.every(({ place }) => place?.source.file === "-e");
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
