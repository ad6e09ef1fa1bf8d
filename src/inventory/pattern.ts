/** Host patterns as they are written (docs.ansible.com, "Patterns"): their parts, and which names a part matches. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { isIPv6 } from "../text/ip.ts";
import { budgeted } from "../jinja/errors/limits.ts";
import { Fault } from "../jinja/errors/fault.ts";
import { regex } from "../jinja/regex/regex.ts";
import type { Place } from "../core/source.ts";

export interface Part {
  readonly text: string;
  readonly place: Place;
  readonly how: "add" | "intersect" | "exclude";
  /** The name, glob or expression without `!`, `&` and subscript. */
  readonly pattern: string;
  /** `[0]`, `[-1]`: the one of that number; `[1:3]`, `[1:]`: both ends counted in. */
  readonly subscript: number | readonly [number, number] | undefined;
}

/** The parts of a pattern, joined by `,`, or by `:` or blanks outside of brackets and IPv6 addresses. */
export function partsOf(pattern: string, at: Place): readonly Part[] {
  const pieces = pattern.includes(",") ? pattern.matchAll(/[^,]+/g) : colons(pattern);
  return [...pieces].flatMap((match) => {
    const text = match[0].trim();
    const offset = match.index + match[0].indexOf(text);
    return text === "" ? [] : [partOf(text, placed(at, pattern, offset, text.length))];
  });
}

/** The place of a part of the pattern, if the source contains the pattern literally. */
function placed(at: Place, pattern: string, offset: number, length: number): Place {
  const start = at.start + at.source.text.slice(at.start, at.end).indexOf(pattern) + offset;
  return start < at.start + offset ? at : { source: at.source, start, end: start + length };
}

function colons(pattern: string): Iterable<RegExpExecArray> {
  const bare = pattern.trim().replace(/^[!&]/, "");
  return pattern.matchAll(isIPv6(bare) ? /\S+/g : /(?:[^\s:[\]]|\[[^\]]*\])+/g);
}

const HOW = { "!": "exclude", "&": "intersect" } as const;

export function partOf(text: string, place: Place): Part {
  const sign = text.charAt(0);
  const how = sign === "!" || sign === "&" ? HOW[sign] : "add";
  const bare = how === "add" ? text : text.slice(1);
  const found = bare.startsWith("~") ? null : /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/.exec(bare);
  if (found === null) return { text, place, how, pattern: bare, subscript: undefined };
  const [, pattern = "", one, from, to] = found;
  return { text, place, how, pattern, subscript: one === undefined ? range(Number(from), to) : Number(one) };
}

/** In Ansible 0 as the end of a range counts as none: `[2:0]` is `[2]`. */
function range(from: number, to: string | undefined): number | readonly [number, number] {
  if (to === undefined || to === "") return [from, Infinity];
  return Number(to) === 0 ? from : [from, Number(to)];
}

export function isGlob(pattern: string): boolean {
  return /[*?[~]/.test(pattern);
}

/** A test for names. @throws InputError for an expression that Python would refuse, or that takes too long */
export function tester({ pattern, place }: Part): (name: string) => boolean {
  if (pattern.startsWith("~")) return expression(pattern.slice(1), place);
  return /[*?[]/.test(pattern) ? glob(pattern) : (name) => name === pattern;
}

/** Anchored at the beginning only, as Python's `re.match`. */
function expression(text: string, place: Place): (name: string) => boolean {
  return (name) => {
    try {
      return budgeted(() => regex(text, {}).match(name) !== undefined);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const problem: Problem = {
        severity: "error",
        code: "host-pattern",
        message: `\`~${text}\`: ${error.message}`,
        place,
      };
      throw new InputError([problem]);
    }
  };
}

type Step = "any" | ((character: string) => boolean);

/** Shell globs, by Python's `fnmatch`: `*`, `?`, `[abc]`, `[!a-c]`; a `[` that is never closed is itself. */
function glob(pattern: string): (name: string) => boolean {
  const pieces = pattern.match(/\[!?\]?[^\]]*\]|\*+|[^]/gu) ?? [];
  const steps = pieces.map((piece): Step => {
    if (piece.startsWith("*")) return "any";
    if (piece === "?") return () => true;
    return piece.length > 2 && piece.startsWith("[") ? charClass(piece) : (character) => character === piece;
  });
  return (name) => matches(steps, [...name]);
}

function charClass(piece: string): Step {
  const negative = piece.startsWith("[!");
  const inner = piece.slice(negative ? 2 : 1, -1);
  const spans = [...inner.matchAll(/([^])-([^])|[^]/gu)].map(([one, from, to]) => [from ?? one, to ?? one] as const);
  return (character) => spans.some(([from, to]) => from <= character && character <= to) !== negative;
}

/** Two positions to return to are enough: only the last `*` is worth another try. */
function matches(steps: readonly Step[], name: readonly string[]): boolean {
  let [step, at, star, tried] = [0, 0, -1, 0];
  while (at < name.length) {
    const current = steps[step];
    if (current === "any") [star, tried, step] = [step, at, step + 1];
    else if (current?.(name[at] ?? "") === true) [step, at] = [step + 1, at + 1];
    else if (star === -1) return false;
    else [step, tried, at] = [star + 1, tried + 1, tried + 1];
  }
  return steps.slice(step).every((rest) => rest === "any");
}
