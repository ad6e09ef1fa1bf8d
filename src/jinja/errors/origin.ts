import type { Place, Source } from "../../core/source.ts";
import type { Span } from "../../text/span.ts";

/** Maps a span of a template's text to its place in the source. */
export type Origin = (span: Span) => Place;

/** The text is the whole source, from `start` on. */
export function ofFile(source: Source): Origin {
  return (span) => ({ source, start: span.start, end: Math.max(span.start, span.end) });
}

/**
 * The text is the value of a YAML scalar (or some text) at a place. Quotes, escapes, folded lines and indentation are
 * followed character by character. If that fails, the whole place is used for every part of the text.
 */
export function ofValue(text: string, at: Place): Origin {
  let offsets: readonly number[] | undefined | null = null;
  return (span) => {
    if (offsets === null) offsets = align(text, at.source.text.slice(at.start, at.end));
    if (offsets === undefined) return at;
    const start = at.start + (offsets[span.start] ?? at.end - at.start);
    const last = offsets[span.end - 1];
    const end = last === undefined || span.end <= span.start ? start : at.start + last + 1;
    return { source: at.source, start, end: Math.max(start, end) };
  };
}

/** For each character of the value its offset in the raw text, and one more for the end. */
function align(text: string, raw: string): readonly number[] | undefined {
  if (raw.startsWith(text)) return run(0, text.length);
  return follow(text, raw) ?? unique(text, raw);
}

function run(from: number, length: number): number[] {
  return Array.from({ length: length + 1 }, (_, i) => from + i);
}

/** The value is somewhere in a larger place: this works if it occurs there once. */
function unique(text: string, raw: string): readonly number[] | undefined {
  const found = raw.indexOf(text);
  if (found < 0 || raw.includes(text, found + 1)) return undefined;
  return run(found, text.length);
}

function follow(text: string, raw: string): readonly number[] | undefined {
  const quote = /^["']/.exec(raw)?.[0] ?? "";
  const header = /^[|>][-+0-9]*[^\n]*\n/.exec(raw)?.[0] ?? "";
  const offsets: number[] = [];
  let at = quote.length + header.length;
  for (const char of units(text)) {
    const step = next(char, raw, at, quote);
    if (step === undefined) return undefined;
    offsets.push(step.at);
    at = step.after;
  }
  offsets.push(Math.min(at, raw.length));
  return offsets;
}

function units(text: string): readonly string[] {
  return text.split("");
}

interface Step {
  readonly at: number;
  readonly after: number;
}

/** Where the next character of the value is in the raw text. */
function next(char: string, raw: string, from: number, quote: string): Step | undefined {
  let at = from;
  for (;;) {
    const here = raw[at];
    if (here === undefined) return /\s/.test(char) ? { at: raw.length, after: raw.length } : undefined;
    if (quote === '"' && here === "\\") {
      const escape = escaped(raw, at);
      if (escape.value !== "") return escape.value.startsWith(char) ? { at, after: escape.after } : undefined;
      at = escape.after;
    } else if (quote === "'" && here === "'" && char === "'") return { at, after: at + 2 };
    else if (here === char || (blank(here) && blank(char))) return { at, after: at + 1 };
    else if (blank(here)) at += 1;
    else return undefined;
  }
}

function blank(char: string): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r";
}

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: "\n", t: "\t", r: "\r", "0": "\0", a: "\x07", b: "\b", e: "\x1b", f: "\f", v: "\v", N: "\x85" }),
);

/** A backslash escape of YAML's double quotes; an escaped line break means nothing. */
function escaped(raw: string, at: number): { readonly value: string; readonly after: number } {
  const code = raw[at + 1] ?? "";
  const digits = { x: 2, u: 4, U: 8 }[code] ?? 0;
  if (digits > 0) {
    const point = Number.parseInt(raw.slice(at + 2, at + 2 + digits), 16);
    return { value: point <= 0x10ffff ? String.fromCodePoint(point) : "", after: at + 2 + digits };
  }
  if (code === "\n" || code === "\r") return { value: "", after: at + 2 };
  return { value: ESCAPES.get(code) ?? code, after: at + 2 };
}
