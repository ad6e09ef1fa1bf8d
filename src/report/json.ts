/** One event a line, as JSON; for programs. Keys never change their meaning; new ones may come. */
import type { Reporter, ReportOptions } from "./reporter.ts";
import { showPlace } from "../place.ts";
import type { Problem } from "../failure.ts";

export function jsonReporter(options: Pick<ReportOptions, "write">): Reporter {
  return {
    tell: (event) => {
      const plain = event.type === "warning" ? { type: event.type, ...problemJson(event.problem) } : event;
      options.write(`${JSON.stringify(plain)}\n`);
    },
    end: () => Promise.resolve(),
  };
}

/** A problem without the text of the file that it stands in. */
export function problemJson(problem: Problem): Readonly<Record<string, string | undefined>> {
  const { severity, message, label, help, note, place } = problem;
  return { severity, message, label, help, note, place: place === undefined ? undefined : showPlace(place) };
}
