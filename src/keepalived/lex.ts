/**
 * Splits lines into keepalived's words (lib/parser.c, 2.2.7):
 *
 * - White space separates words.
 * - A `"` ends any word before it and begins a word that runs to the next `"`; it cannot be escaped.
 * - `#` or `!` outside quotes begins a comment.
 * - `{` and `}` outside quotes are words of their own.
 * - A physical line has at most 1022 bytes; the rest would be read as the next line.
 */

export const LONGEST_LINE = 1022;

/** The words of one line, as keepalived reads it; or what is wrong with it. */
export function lex(text: string): readonly string[] | { readonly wrong: string } {
  const words: string[] = [];
  for (let rest = text.trimStart(); rest !== "";) {
    const word = rest.startsWith('"') ? quoted(rest) : bare(rest);
    if (word === undefined) return { wrong: 'there is a `"` without its other half' };
    words.push(word.text);
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

function quoted(rest: string): { readonly text: string; readonly length: number } | undefined {
  const end = rest.indexOf('"', 1);
  return end < 0 ? undefined : { text: rest.slice(1, end), length: end + 1 };
}

function bare(rest: string): { readonly text: string; readonly length: number } {
  const [text = ""] = /^[^\s"]+/.exec(rest) ?? [];
  return { text, length: text.length };
}

/** Why keepalived.conf cannot contain a word, in any quotes. */
export function unwritable(word: string): string | undefined {
  if (/[\n\r]/.test(word)) return "a line break: keepalived reads line by line";
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(word)) return "a control character";
  if (word.includes('"')) return 'a `"`: keepalived has no way to write one';
  if (word === "{" || word === "}") return "a brace by itself, which keepalived takes for a block's even in quotes";
  if (word.endsWith("\\")) return "a `\\` at the end, by which keepalived would join the next line to this";
  return undefined;
}

/** A word as it is written: in quotes if it contains white space, a comment sign or a brace. */
export function quote(word: string): string {
  return word === "" || /[\s#!{}]/.test(word) ? `"${word}"` : word;
}

/** The first word of an entry, which must not look like a condition, a definition, a loop or an include. */
export function quoteFirst(word: string): string {
  return /^(?:[@$~]|include)/.test(word) ? `"${word}"` : quote(word);
}
