/** Converts a failure to a message and an exit code. */
import { Cancelled, EXIT, InputError, Interrupted, Unreachable } from "../core/problem.ts";
import type { ExitCode } from "../core/problem.ts";
import { colors as makeColors } from "../report/colors.ts";
import type { Colors } from "../report/colors.ts";
import { visible } from "../report/escape.ts";
import { problemLine } from "../report/json.ts";
import { renderProblems } from "../report/problem.ts";
import { redact } from "../core/secret.ts";
import type { Call } from "./args/verb.ts";
import type { Terminal } from "../core/terminal.ts";
import { UsageError } from "./args/usage-error.ts";

export function reportFailure(error: unknown, call: Call | undefined, terminal: Terminal): ExitCode {
  const color = call?.color ?? terminal.color;
  // Only then is it worth saying that none was touched.
  const reachesHosts = call?.reachesHosts ?? true;
  const { stop } = terminal;
  const err = (text: string): void => terminal.err(redact(text));
  const colors = makeColors(color);
  if (error instanceof Interrupted) {
    const word = error instanceof Cancelled ? "cancelled" : "interrupted";
    err(`${colors.bold(word)}${reachesHosts ? ": no host was changed" : ""}\n`);
    return error instanceof Cancelled ? EXIT.cancelled : EXIT.interrupted;
  }
  if (error instanceof UsageError) {
    err(message(colors, visible(error.message), error.help));
    return EXIT.usage;
  }
  if (error instanceof InputError) {
    if (call?.json === true) error.problems.forEach((problem) => terminal.out(problemLine(problem)));
    err(renderProblems(error.problems, reachesHosts ? { color } : { color, touched: undefined }));
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

/** All problems are in an `-e` on the command line. */
function isOfTheLine({ problems }: InputError): boolean {
  return problems.length > 0 && problems.every(({ place }) => place?.source.file === "-e");
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
