/**
 * Words of a line of an INI inventory: as Python's `shlex.split(line, comments=True)` splits them, with their places.
 */
import type { Place } from "../core/source.ts";

export interface Word {
  /** Without quotes and backslashes. */
  readonly text: string;
  /** As it is written. */
  readonly place: Place;
}

export interface Words {
  readonly words: readonly Word[];
  /** A quote that is never closed, or a backslash at the very end. */
  readonly open?: Place;
}

/**
 * `#` begins a comment anywhere outside of quotes, also in the midst of a word.
 * @param line a single line; white space is blank, tab, CR and LF
 */
export function splitLine(line: Place): Words {
  const { source, start, end } = line;
  const text = source.text;
  const words: Word[] = [];
  let at = start;
  while (at < end) {
    if (/\s/.test(text.charAt(at)) && !/[\u0080-\uffff\v\f]/.test(text.charAt(at))) at += 1;
    else if (text.charAt(at) === "#") break;
    else {
      const word = wordAt(line, at);
      if ("open" in word) return { words, open: word.open };
      words.push(word);
      at = word.place.end;
    }
  }
  return { words };
}

/** Blanks end a word, so do comments; quoted stretches and escaped characters belong to it. */
const PIECE = /"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^]|[^\s"'\\#]+|[^\S \t\r\n]/y;

function wordAt({ source, end }: Place, start: number): Word | { readonly open: Place } {
  const text = source.text.slice(0, end);
  let made = "";
  let at = start;
  for (;;) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text)?.[0];
    if (piece === undefined) break;
    made += unquoted(piece);
    at += piece.length;
  }
  const stopped = text.charAt(at);
  if (at < end && /["'\\]/.test(stopped)) return { open: { source, start: at, end } };
  return { text: made, place: { source, start, end: at } };
}

function unquoted(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1);
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\])/g, "$1");
  return piece.startsWith("\\") ? piece.slice(1) : piece;
}
