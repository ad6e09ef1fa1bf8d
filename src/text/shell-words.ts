/**
 * Splits a command line into words as a POSIX shell's tokeniser does (IEEE Std 1003.1, 2.2 Quoting). It knows single
 * quotes, double quotes with backslash before `$`, backtick, `"`, `\` and newline, and a backslash outside. Nothing is
 * expanded.
 */

/** A quote that is not closed, or a backslash with nothing after it. */
export class Unclosed {
  readonly what: string;
  /** The words before it. */
  readonly words: readonly string[];

  constructor(what: string, words: readonly string[]) {
    this.what = what;
    this.words = words;
  }
}

const TOKEN = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

/** The words, or what is not closed. */
export function splitWords(line: string): readonly string[] | Unclosed {
  const words: string[] = [];
  let word: string | undefined;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(line);
    if (match === null)
      return new Unclosed(line.charAt(at) === "\\" ? "backslash at the end" : `quote ${line.charAt(at)}`, words);
    const piece = pieceOf(match);
    if (piece !== undefined) word = (word ?? "") + piece;
    else if (word !== undefined) words.push(word);
    if (piece === undefined) word = undefined;
  }
  return word === undefined ? words : [...words, word];
}

/** The text of a token; `undefined` for white space. */
function pieceOf([, single, double, escaped, plain]: RegExpExecArray): string | undefined {
  if (escaped !== undefined) return escaped === "\n" ? "" : escaped;
  if (double !== undefined) return double.replaceAll(/\\([$`"\\])|\\\n/g, "$1");
  return single ?? plain;
}
