/** Names of hosts and groups: what may be one, and ranges such as `web[01:20]`. */
import type { Problem } from "../core/problem.ts";
import { isIPv6 } from "../text/ip.ts";
import type { Place } from "../core/source.ts";

/** What a key under `hosts:` means: one host, or several by ranges; `web1:2222` also gives a port. */
export interface HostNames {
  readonly names: readonly string[];
  readonly port: number | undefined;
}

type Tell = (problem: Problem) => void;

const MOST = 10_000;

/** The host names that a key means. None if it is not a host name; the problem is reported. */
export function hostNames(key: string, place: Place, tell: Tell): HostNames {
  const { name, port } = splitPort(key);
  if (isIPv6(name)) return { names: [name], port };
  const names = expand([name], place, tell);
  const [wrong] = names.flatMap((each) => hostNameProblem(each, place) ?? []);
  if (wrong === undefined) return { names, port };
  tell(wrong);
  return { names: [], port };
}

function splitPort(key: string): { readonly name: string; readonly port: number | undefined } {
  const bracketed = /^\[([0-9A-Fa-f:.]+(?:%\w+)?)\](?::(\d+))?$/.exec(key);
  if (bracketed !== null && isIPv6(bracketed[1] ?? "")) {
    return { name: bracketed[1] ?? "", port: bracketed[2] === undefined ? undefined : Number(bracketed[2]) };
  }
  const suffixed = /^([^:[\]]+|.*\][^:[\]]*):(\d+)$/.exec(key);
  return suffixed === null ? { name: key, port: undefined } : { name: suffixed[1] ?? "", port: Number(suffixed[2]) };
}

/** Expands the first range of every name until none is left. */
function expand(names: readonly string[], place: Place, tell: Tell): readonly string[] {
  const range = /\[([^[\]]*)\]/.exec(names[0] ?? "");
  if (range === null) return names;
  const values = rangeValues(range[1] ?? "", within(place, range[0]), tell);
  const count = names.length * values.length;
  if (count > MOST) {
    tell(rangeProblem(`this range gives ${count} hosts, the limit is ${MOST}`, within(place, range[0])));
    return [];
  }
  const next = names.flatMap((name) => values.map((value) => name.replace(range[0], () => value)));
  return next.length === 0 ? [] : expand(next, place, tell);
}

/** The part of a place that shows `text`; the whole if it is written differently there. */
export function within(place: Place, text: string): Place {
  const offset = place.source.text.slice(place.start, place.end).indexOf(text);
  if (offset === -1 || text === "") return place;
  return { source: place.source, start: place.start + offset, end: place.start + offset + text.length };
}

function rangeProblem(message: string, place: Place): Problem {
  return { severity: "error", code: "inventory-syntax", message, place };
}

function rangeValues(range: string, place: Place, tell: Tell): readonly string[] {
  const parts = /^([^:]*):([^:]+)(?::(\d+))?$/.exec(range);
  const [, from = "", to = ""] = parts ?? [];
  const step = Number(parts?.[3] ?? 1);
  const written = parts !== null && step > 0;
  const values = written
    ? between(from === "" ? "0" : from, to, step)
    : "a range is written `[first:last]` or `[first:last:step]`";
  if (typeof values !== "string") return values;
  tell(rangeProblem(values, place));
  return [];
}

/** The values of a range, or what is wrong with it. */
function between(from: string, to: string, step: number): readonly string[] | string {
  return numbers(from, to, step) ?? letters(from, to, step);
}

/** Numbers keep the width of a first number that begins with 0. `undefined`: these are not numbers. */
function numbers(from: string, to: string, step: number): readonly string[] | string | undefined {
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) return undefined;
  const width = from.length > 1 && from.startsWith("0") ? from.length : 0;
  if (width > 0 && to.length !== width) return `\`${from}\` and \`${to}\` are not equally long`;
  return sequence(Number(from), Number(to), step, (value) => String(value).padStart(width, "0"));
}

/** Capital letters come after small ones: `[x:C]` is x, y, z, A, B, C. */
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function letters(from: string, to: string, step: number): readonly string[] | string {
  if (!/^[A-Za-z]$/.test(from) || !/^[A-Za-z]$/.test(to)) {
    return "a range goes from number to number or from letter to letter";
  }
  return sequence(LETTERS.indexOf(from), LETTERS.indexOf(to), step, (index) => LETTERS.charAt(index));
}

function sequence(from: number, to: number, step: number, show: (value: number) => string): readonly string[] | string {
  if (!Number.isSafeInteger(to)) return "the numbers of this range are too large";
  if (to < from) return `the range is empty: \`${show(to)}\` comes before \`${show(from)}\``;
  const count = Math.floor((to - from) / step) + 1;
  if (count > MOST) return `this range gives ${count} hosts, the limit is ${MOST}`;
  return Array.from({ length: count }, (_, index) => show(from + index * step));
}

/** What is wrong with a name for one host, if anything. */
export function hostNameProblem(name: string, place: Place): Problem | undefined {
  if (name.startsWith("-")) {
    return {
      severity: "error",
      code: "invalid-name",
      message: "a host name cannot begin with `-`",
      place,
      note: "programs would take it for an option",
    };
  }
  if (isIPv6(name)) return undefined;
  const character = [...name].find((each) => !/[A-Za-z0-9._-]/.test(each));
  if (character === undefined) return name === "" || name.includes("..") ? notAName(name, place) : undefined;
  return {
    severity: "error",
    code: "invalid-name",
    message: `not a host name: it holds ${describe(character)}`,
    place: within(place, character),
    help: "letters, digits, `.`, `-` and `_` make a host name; an address other than the name goes into `ansible_host`",
  };
}

function notAName(name: string, place: Place): Problem {
  return { severity: "error", code: "invalid-name", message: `\`${name}\` is not a host name`, place };
}

function describe(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  if (character === " ") return "a space";
  return /[\x21-\x7e]/.test(character) ? `\`${character}\`` : `\`${character}\` (U+${code})`;
}

/** What is wrong with a group's name, if anything: an error where it would look like a pattern. */
export function groupNameProblem(name: string, place: Place): Problem | undefined {
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(name)) return undefined;
  const pattern = /^$|^[-~@]|[\s:,!&*?[\]{}\p{Cc}]/u.test(name);
  return {
    severity: pattern ? "error" : "warning",
    code: "invalid-name",
    message: pattern ? `\`${name}\` is not a group name` : `\`${name}\` is no name for a group that every tool takes`,
    place,
    help: "a letter, a digit or `_`, then letters, digits, `_`, `-` and `.`",
  };
}
