/** Makes lines fit a terminal's width: broken between words, or cut at their ends. Colours take no room. */
import { widthOf } from "./width.ts";

const ESC = "\u001b";
const COLOR = /^\u001b\[[0-9;]*m$/;

/** Fewer columns are not worth a break: what is longer runs over. */
const LEAST = 10;

/** Colours, or a piece of a word up to where it may be broken when it is longer than a row: after a separator. */
const PARTS = /\u001b\[[0-9;]*m|[^\u001b,/=:;&|]*[,/=:;&|]+|[^\u001b,/=:;&|]+/gu;

/** Rows of at most `columns`; a word is broken only where it is longer than a row. */
export function wrap(line: string, columns: number): readonly string[] {
  const room = Math.max(columns, LEAST);
  if (widthOf(line) <= room) return [line];
  const rows: string[] = [];
  let row = "";
  for (const atom of atoms(line, room)) {
    if (widthOf(row + atom.trimEnd()) <= room) {
      row += atom;
      continue;
    }
    rows.push(row.trimEnd());
    row = atom.trimStart();
  }
  return row.trim() === "" ? rows : [...rows, row.trimEnd()];
}

/** A line and the rows under it, which are indented by `indent` columns. */
export function hang(line: string, columns: number, indent: number): readonly string[] {
  const lead = " ".repeat(indent);
  return wrap(line, columns).length === 1 ? [line] : hung(line, columns, lead);
}

/** The first row is as wide as the others, and has the indentation as its own text. */
function hung(line: string, columns: number, lead: string): readonly string[] {
  const start = /^ */.exec(line)?.[0] ?? "";
  const narrow = Math.max(start.length, lead.length);
  const [first = "", ...rest] = wrap(line.slice(start.length), columns - narrow);
  return [start + first, ...rest.map((row) => lead + row)];
}

/** At most `most` rows; what does not fit is cut at its end. */
export function wrapCut(line: string, columns: number, most: number): readonly string[] {
  const rows = wrap(line, columns);
  if (rows.length <= most) return rows;
  const last = rows[most - 1] ?? "";
  return [...rows.slice(0, most - 1), widthOf(last) < columns ? `${last}…` : cut(`${last} `, columns)];
}

/** Cuts a line to a width in columns; a colour that is open at the cut is closed. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let kept = "";
  let width = 0;
  let coloured = false;
  for (const [piece] of line.matchAll(/\u001b\[[0-9;]*m|[^]/gu)) {
    const isColor = piece.startsWith(ESC);
    const next = isColor ? 0 : widthOf(piece);
    if (width + next > columns - 1) break;
    coloured ||= isColor;
    kept += piece;
    width += next;
  }
  return `${kept}…${coloured ? `${ESC}[0m` : ""}`;
}

/** What a row is not broken within: spaces, words, and parts of words that are longer than a row. */
function atoms(line: string, room: number): readonly string[] {
  return (line.match(/\s+|\S+/gu) ?? []).flatMap((word) => {
    if (widthOf(word) <= room || word.trim() === "") return [word];
    return (word.match(PARTS) ?? []).flatMap((part) => pieces(part, room));
  });
}

/** Of a part that is longer than a row: its characters. */
function pieces(part: string, room: number): readonly string[] {
  return COLOR.test(part) || widthOf(part) <= room ? [part] : [...part];
}
