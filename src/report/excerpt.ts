/** Shows the lines around a place, with carets under it. */
import { widthOf } from "./width.ts";
import { lineAndColumn } from "../core/source.ts";
import type { Place } from "../core/source.ts";
import { REDACTED } from "../core/secret.ts";
import { visible } from "./escape.ts";
import { secretsOf } from "./redact-excerpt.ts";

/** A line to show: its number, the text made visible, and the mark under it (carets or dashes, after `indent`). */
export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  readonly mark?: { readonly indent: string; readonly length: number };
}

const CONTEXT = 2;

/** The line of a place, with up to two lines before it; `width` is the longest a line may be. */
export function excerpt(place: Place, context = CONTEXT, width = 120): readonly ExcerptLine[] {
  const lines = place.source.text.split("\n");
  const { line } = lineAndColumn(place);
  if (place.source.secret === true) return [sealed(line)];
  const shown: ExcerptLine[] = [];
  for (let number = Math.max(1, line - context); number < line; number++) {
    shown.push({ number, text: cut(safe(lines, number, width), width) });
  }
  while (shown[0]?.text.trim() === "") shown.shift();
  return [...shown, marked(lines, line, place, width)];
}

/** For an encrypted file it shows only the line's number. */
function sealed(number: number): ExcerptLine {
  return { number, text: REDACTED, mark: { indent: "", length: REDACTED.length } };
}

function safe(lines: readonly string[], number: number, width: number): string {
  const raw = (lines[number - 1] ?? "").replace(/\r$/, "");
  const from = secretsOf(lines, number - 1);
  const text = from === undefined ? raw : raw.slice(0, from) + REDACTED;
  return [...text.slice(0, width * 2)].map(show).join("");
}

/** Tabs stay, so that the line of carets can repeat them. */
function show(character: string): string {
  return character === "\t" ? "\t" : visible(character);
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}

/** The line in three parts, before, under and after the carets, cut so that the carets stay visible. */
function marked(lines: readonly string[], number: number, place: Place, width: number): ExcerptLine {
  const raw = (lines[number - 1] ?? "").replace(/\r$/, "");
  const offset = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const start = Math.min(place.start - offset, raw.length);
  const end = Math.max(start, Math.min(place.end - offset, raw.length));
  const parts = hide(raw, start, end, secretsOf(lines, number - 1));
  return { number, ...fit(parts, width) };
}

interface Parts {
  readonly before: string;
  readonly under: string;
  readonly after: string;
}

function hide(raw: string, start: number, end: number, from: number | undefined): Parts {
  if (from === undefined || end <= from) {
    const after = from === undefined ? raw.slice(end) : raw.slice(end, from) + REDACTED;
    return { before: raw.slice(0, start), under: raw.slice(start, end), after };
  }
  if (start <= from) return { before: raw.slice(0, start), under: raw.slice(start, from) + REDACTED, after: "" };
  return { before: raw.slice(0, from), under: REDACTED, after: "" };
}

function fit({ before, under, after }: Parts, width: number): Omit<ExcerptLine, "number"> {
  const left = [...before].map(show);
  const middle = [...under].map(show).slice(0, Math.max(1, width - 20));
  const room = Math.max(10, width - middle.length);
  const dropped = left.length > room ? left.length - Math.floor(room / 2) : 0;
  const lead = dropped === 0 ? left : ["…", ...left.slice(dropped)];
  const text = cut(`${lead.join("")}${middle.join("")}${[...after].map(show).join("")}`, width + 1);
  return {
    text,
    mark: { indent: blank(lead), length: Math.max(1, widthOf(middle.join("").replaceAll("\t", " "))) },
  };
}

function blank(characters: readonly string[]): string {
  return characters.map((each) => (each === "\t" ? "\t" : " ".repeat(widthOf(each)))).join("");
}
