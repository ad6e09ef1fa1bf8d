import { jsonReporter } from "../report/json.ts";
import { linesReporter } from "../report/lines.ts";
import type { Reporter } from "../report/reporter.ts";
import type { OutputOptions } from "./line.ts";
import type { Terminal } from "./terminal.ts";

/** The reporter for a terminal, a pipe or a program. */
export async function reporterFor(
  line: OutputOptions & { readonly diff: boolean },
  terminal: Terminal,
): Promise<Reporter> {
  const { out: write, size } = terminal;
  if (line.json) return jsonReporter({ write });
  const color = line.color ?? terminal.color;
  const options = { write, color, size, diff: line.diff, verbosity: line.verbosity };
  if (!terminal.isTTY) return linesReporter(options);
  const { treeReporter } = await import("../report/tree.ts");
  return treeReporter(options);
}
