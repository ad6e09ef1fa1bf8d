/** Splits lines of ssh_config into words with their places, as ssh(1) does. */
import type { Place, Source } from "../core/source.ts";

/** A word without its quotes and backslashes. Its place covers it as it is written. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

export interface Line {
  readonly keyword: Word;
  /** Everything after the keyword, literally, including a comment: what commands use. Empty: there is nothing. */
  readonly rest: Word;
  /** The words of the rest up to a comment; `undefined` when a quote is not closed. */
  readonly words: readonly Word[] | undefined;
  /** The quote that is not closed. */
  readonly open: Place | undefined;
}

const BLANK = /[ \t\r\n]/;

export function lexLines(source: Source): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < source.text.length) {
    const newline = source.text.indexOf("\n", start);
    const end = newline < 0 ? source.text.length : newline;
    const line = lexLine(source, start, trimmedEnd(source.text, start, end));
    if (line !== undefined) lines.push(line);
    start = end + 1;
  }
  return lines;
}

function trimmedEnd(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && /[ \t\r\f]/.test(text[last - 1] ?? "")) last -= 1;
  return last;
}

function lexLine(source: Source, start: number, end: number): Line | undefined {
  const begin = delimited(source, start, end);
  // Blanks before the keyword, and an `=` after these blanks, are ignored.
  const first = begin?.word.text === "" && begin.next > start ? delimited(source, begin.next, end) : begin;
  if (first === undefined || first.word.text === "" || first.word.text.startsWith("#")) return undefined;
  const from = afterBlank(source.text, first.next, end);
  const rest = { text: source.text.slice(from, end), place: { source, start: from, end } };
  const split = splitWords(source, from, end);
  const words = Array.isArray(split) ? { words: split, open: undefined } : { words: undefined, open: split as Place };
  return { keyword: first.word, rest, ...words };
}

function afterBlank(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && BLANK.test(text[at] ?? "")) at += 1;
  return at;
}

interface Delimited {
  readonly word: Word;
  readonly next: number;
}

/**
 * The next word up to a blank or one `=`; a part in double quotes belongs to the word and ends it. ssh reads the
 * keyword of a line and the criteria of `Match` this way. `undefined` if the quote is not closed.
 */
export function delimited(source: Source, start: number, end: number): Delimited | undefined {
  const { text } = source;
  let at = start;
  while (at < end && !BLANK.test(text[at] ?? "") && text[at] !== '"' && text[at] !== "=") at += 1;
  const word = (to: number, value: string): Word => ({ text: value, place: { source, start, end: to } });
  if (at < end && text[at] === '"') {
    const close = text.indexOf('"', at + 1);
    if (close < 0 || close >= end) return undefined;
    const value = text.slice(start, at) + text.slice(at + 1, close);
    return { word: word(close + 1, value), next: afterBlank(text, close + 1, end) };
  }
  let next = at;
  if (at < end) {
    next = afterBlank(text, at + 1, end);
    if (text[at] !== "=" && next < end && text[next] === "=") next = afterBlank(text, next + 1, end);
  }
  return { word: word(at, text.slice(start, at)), next };
}

/** The words up to a comment, or the place of the quote that is not closed. */
function splitWords(source: Source, start: number, end: number): readonly Word[] | Place {
  const words: Word[] = [];
  let at = start;
  for (;;) {
    while (at < end && /[ \t]/.test(source.text[at] ?? "")) at += 1;
    if (at >= end || source.text[at] === "#") return words;
    const word = wordAt(source, at, end);
    if ("source" in word) return word;
    words.push(word);
    at = word.place.end;
  }
}

/** Both kinds of quotes; a backslash counts before a quote, a backslash and, outside quotes, a space. */
function wordAt(source: Source, start: number, end: number): Word | Place {
  const { text } = source;
  let value = "";
  let quote: { readonly mark: string; readonly at: number } | undefined;
  let at = start;
  for (; at < end; at += 1) {
    const character = text[at] ?? "";
    const following = at + 1 < end ? (text[at + 1] ?? "") : "";
    if (character === "\\" && isEscaped(following, quote !== undefined)) {
      value += following;
      at += 1;
    } else if (quote === undefined && /[ \t]/.test(character)) break;
    else if (quote === undefined && /["']/.test(character)) quote = { mark: character, at };
    else if (character === quote?.mark) quote = undefined;
    else value += character;
  }
  if (quote !== undefined) return { source, start: quote.at, end: quote.at + 1 };
  return { text: value, place: { source, start, end: at } };
}

function isEscaped(following: string, quoted: boolean): boolean {
  return following === "'" || following === '"' || following === "\\" || (!quoted && following === " ");
}
