/** From the command line to a command, and from what went wrong to a message and an exit code. */
import { EXIT, InputError, Unreachable } from "../failure.ts";
import type { ExitCode } from "../failure.ts";
import { colors as makeColors } from "../report/colors.ts";
import { renderProblems } from "../report/problem.ts";
import { UsageError, readLine } from "./line.ts";
import type { Line } from "./line.ts";
import type { Terminal } from "./terminal.ts";

export async function runCommand(argv: readonly string[], version: string, terminal: Terminal): Promise<ExitCode> {
  try {
    const line = await readLine(argv, version, terminal.out);
    return line === undefined ? EXIT.fine : await dispatch(line, terminal);
  } catch (error) {
    return failed(error, terminal);
  }
}

/** Commands are loaded when they are called: `--help` does not pay for ssh2. */
async function dispatch(line: Line, terminal: Terminal): Promise<ExitCode> {
  switch (line.command) {
    case "play":
      return (await import("./play.ts")).runPlay(line, terminal);
    case "drill":
      return (await import("./drill.ts")).runDrill(line, terminal);
    case "lab":
      return (await import("./lab.ts")).runLab(line, terminal);
  }
}

function failed(error: unknown, terminal: Terminal): ExitCode {
  const { color, err, stop } = terminal;
  const colors = makeColors(color);
  if (error instanceof UsageError) {
    err(`${colors.red("error")}: ${error.message}\n  = help: ${error.help}\n`);
    return EXIT.usage;
  }
  if (error instanceof InputError) {
    err(renderProblems(error.problems, { color }));
    return EXIT.input;
  }
  if (stop.aborted) return EXIT.interrupted;
  if (error instanceof Unreachable) {
    err(
      `${colors.red("error")}: ${error.stage}: ${error.message}\n${error.hint === undefined ? "" : `  = help: ${error.hint}\n`}`,
    );
    return EXIT.unreachable;
  }
  err(`${colors.red("bug")}: this should not have happened; please report it\n${stackOf(error)}\n`);
  return EXIT.bug;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
