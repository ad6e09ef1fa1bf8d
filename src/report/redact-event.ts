/** What is said, without the secrets that came back from outside and without any text of files that were encrypted. */
import type { ConnectionEvent, Event, PlanEntry } from "../core/event.ts";
import type { Problem } from "../core/problem.ts";
import { REDACTED, redact } from "../core/secret.ts";

/** An event as reporters get it. Names of hosts, plays and files are not redacted. */
export function redactEvent(event: ConnectionEvent): ConnectionEvent;
export function redactEvent(event: Event): Event;
export function redactEvent(event: Event): Event {
  switch (event.type) {
    case "warning":
      return { ...event, problem: redactProblem(event.problem) };
    case "task": {
      const { host, play, ...rest } = event;
      return { ...redactTexts(rest), host, play };
    }
    case "plan":
      return { ...event, hosts: event.hosts.map(({ host, tasks }) => ({ host, tasks: tasks.map(redactEntry) })) };
    case "host-progress":
      return { ...event, doing: redact(event.doing) };
    case "connection": {
      const { host, ...rest } = event;
      return { ...redactTexts(rest), host };
    }
    case "host-lost":
      return { ...event, why: redact(event.why), ...(event.hint === undefined ? {} : { hint: redact(event.hint) }) };
    default:
      return event;
  }
}

function redactEntry({ play, ...rest }: PlanEntry): PlanEntry {
  return { ...redactTexts(rest), play };
}

/** Every text in some data redacted; keys stay. */
function redactTexts<T>(value: T): T {
  return changed(value) as T;
}

function changed(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(changed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, changed(each)]));
}

/** A problem's words; the lines of its file are the excerpt's matter. */
export function redactProblem<T extends Problem>(problem: T): T {
  const hidden = problem.place?.source.secret === true ? withoutQuotes(problem.place.source.text) : redact;
  const word = (key: "message" | "label" | "help" | "note"): Partial<Problem> =>
    problem[key] === undefined ? {} : { [key]: hidden(problem[key]) };
  return { ...problem, ...word("message"), ...word("label"), ...word("help"), ...word("note") };
}

const QUOTED = /`[^`]*`/g;

/** What a message quotes from a file that was encrypted is dots, unless it is a key there, or not from there at all. */
function withoutQuotes(text: string): (said: string) => string {
  return (said) =>
    redact(said).replace(QUOTED, (quoted) => {
      const inner = quoted.slice(1, -1);
      return isKey(inner, text) || !mayBeFrom(inner, text) ? quoted : `\`${REDACTED}\``;
    });
}

function isKey(word: string, text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(word) && new RegExp(`^[ \\t-]*["']?${word}["']?[ \\t]*:`, "m").test(text);
}

/** A help may repeat a value in other quotes. */
function mayBeFrom(quoted: string, text: string): boolean {
  const words = quoted.split(/[^\p{L}\p{N}_.-]+/u).filter((word) => word.length > 2);
  return words.length === 0 ? text.includes(quoted) : words.some((word) => text.includes(word));
}
