import { redactEvent } from "../../report/redact-event.ts";
import { jsonReporter } from "../../report/json.ts";
import type { Reporter } from "../../report/reporter.ts";
import type { OutputOptions } from "../args/types.ts";
import { STOPPING } from "./messages.ts";
import type { Terminal } from "../../core/terminal.ts";

type ReportOptions = OutputOptions & { readonly diff: boolean; readonly verbose: number };

/** The reporter for a terminal, a pipe or a program. It redacts secrets, and reports an interruption. */
export async function reporterFor(line: ReportOptions, terminal: Terminal): Promise<Reporter> {
  const reporter = redacting(await make(line, terminal));
  terminal.stop.addEventListener("abort", () => reporter.notice(STOPPING), { once: true });
  terminal.end.addEventListener("abort", () => reporter.abandon(), { once: true });
  return reporter;
}

function redacting(reporter: Reporter): Reporter {
  return {
    tell: (event) => reporter.tell(redactEvent(event)),
    notice: (text) => reporter.notice(text),
    abandon: () => reporter.abandon(),
    end: () => reporter.end(),
  };
}

async function make(line: ReportOptions, terminal: Terminal): Promise<Reporter> {
  const { out: write, size, ready } = terminal;
  if (line.json) return jsonReporter({ write });
  const color = line.color ?? terminal.color;
  const options = { write, color, size, diff: line.diff, verbosity: line.verbose };
  if (!terminal.isTTY) return (await import("../../report/lines.ts")).linesReporter(options);
  const { treeReporter } = await import("../../report/tree.ts");
  return treeReporter(ready === undefined ? options : { ...options, ready });
}
