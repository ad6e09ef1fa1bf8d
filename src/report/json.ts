/**
 * Writes one event per line, as JSON; for programs (docs/json.md). Keys never change their meaning; new ones may be
 * added.
 */
import type { Event } from "../core/event.ts";
import type { HostProblem } from "../core/problem.ts";
import { showPlace } from "../core/source.ts";
import { redactProblem } from "./redact-event.ts";
import { visible } from "./escape.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";

export function jsonReporter(options: Pick<ReportOptions, "write">): Reporter {
  return {
    tell: (event) => options.write(jsonLine(plain(event))),
    notice: () => undefined,
    abandon: () => undefined,
    end: () => Promise.resolve(),
  };
}

/** The problems of the input, if they prevent a run. */
export function problemLine(problem: HostProblem): string {
  return jsonLine({ type: "problem", ...problemJson(redactProblem(problem)) });
}

/**
 * A line: the keys in a fixed order, and no character that a terminal interprets. JSON escapes the control characters
 * below U+0020; the others are escaped here.
 */
export function jsonLine(value: object): string {
  const text = JSON.stringify({ ...FIRST, ...value });
  return `${visible(text) === text ? text : [...text].map(escaped).join("")}\n`;
}

function plain(event: Event): object {
  if (event.type === "warning") return { type: event.type, ...problemJson(event.problem) };
  if (event.type === "run-end") return { ...event, seconds: Math.round(event.seconds * 1000) / 1000 };
  return event;
}

/** A problem without the text of its file. */
function problemJson(problem: HostProblem): Readonly<Record<string, string | undefined>> {
  const { code, severity, message, label, help, note, place, host } = problem;
  const shown = place === undefined ? undefined : showPlace(place);
  return { code, severity, message, label, help, note, place: shown, host };
}

/** Keys that come first, in this order. JSON leaves out those that stay undefined. */
const FIRST = Object.fromEntries(
  [
    "type",
    "host",
    "play",
    "id",
    "name",
    "kind",
    "label",
    "status",
    "state",
    "stage",
    "code",
    "handler",
    "why",
    "hint",
  ].map((key) => [key, undefined] as const),
);

function escaped(character: string): string {
  if (visible(character) === character) return character;
  return character.split("").map(unit).join("");
}

function unit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
