/** Writes YAML's pieces: libyaml's emitter, as far as Ansible's `to_yaml` uses it. */
import { boundedText } from "../../errors/limits.ts";

export class YamlWriter {
  text = "";
  readonly width: number;
  readonly #bounded: boolean;
  /** The column that a new line begins at. */
  indent = 0;
  column = 0;
  /** The last character is a blank, or the line is empty. */
  whitespace = true;
  /** The line has nothing but blanks and `-` so far. */
  indention = true;

  constructor(width: number, bounded: boolean) {
    this.width = width;
    this.#bounded = bounded;
  }

  indicator(
    text: string,
    needBlank: boolean,
    after: { readonly whitespace?: boolean; readonly indention?: boolean } = {},
  ): void {
    this.#write(this.whitespace || !needBlank ? text : ` ${text}`);
    this.whitespace = after.whitespace ?? false;
    this.indention = this.indention && (after.indention ?? false);
  }

  /** Begins a new line, unless this one is still at the indent. */
  newLine(): void {
    const inside = !this.indention || this.column > this.indent || (this.column === this.indent && !this.whitespace);
    if (inside) this.#break("\n");
    if (this.column >= this.indent) return;
    this.whitespace = true;
    this.#write(" ".repeat(this.indent - this.column));
  }

  get full(): boolean {
    return this.column > this.width;
  }

  plain(text: string, split: boolean): void {
    if (text === "") return;
    if (!this.whitespace) this.#write(" ");
    this.whitespace = false;
    this.indention = false;
    const pieces = text.split(/( +)/);
    pieces.forEach((piece, i) => {
      if (piece !== " " || !split || !this.full || i === pieces.length - 1) return this.#write(piece);
      this.newLine();
      this.whitespace = false;
      this.indention = false;
    });
  }

  single(text: string, split: boolean): void {
    this.indicator("'", true);
    const pieces = text.split(/( +|[\n\x85\u2028\u2029]+)/).filter((piece) => piece !== "");
    pieces.forEach((piece, i) => {
      if (/^[\n\x85\u2028\u2029]/.test(piece)) this.#breaks(piece);
      else if (piece === " " && split && this.full && i > 0 && i < pieces.length - 1) this.newLine();
      else this.#write(piece.replaceAll("'", "''"));
    });
    this.indicator("'", false);
  }

  double(text: string, split: boolean): void {
    this.indicator('"', true);
    const chars = [...text];
    chars.forEach((char, i) => {
      const inside = i > 0 && i < chars.length - 1;
      if (char !== " " || !split || !inside || chars[i - 1] === " " || !this.full)
        return this.#write(escaped(char) ?? char);
      this.newLine();
      if (chars[i + 1] === " ") this.#write("\\");
    });
    this.indicator('"', false);
  }

  /** A text after a tag, line by line. */
  literal(tag: string, text: string): void {
    this.indicator(tag, true);
    this.indicator(text.endsWith("\n") ? "|" : "|-", true);
    for (const line of text.replace(/\n$/, "").split("\n")) {
      this.#break("\n");
      this.#write(" ".repeat(this.indent) + line);
    }
    this.whitespace = false;
    this.indention = false;
  }

  #breaks(piece: string): void {
    if (piece.startsWith("\n")) this.#break("\n");
    for (const char of piece) this.#break(char);
    this.newLine();
  }

  #break(text: string): void {
    this.text += text;
    this.whitespace = true;
    this.indention = true;
    this.column = 0;
  }

  #write(text: string): void {
    this.text += text;
    this.column += [...text].length;
    if (this.#bounded) boundedText(this.text.length);
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\0", "0"],
  ["\x07", "a"],
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\v", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\x1b", "e"],
  ['"', '"'],
  ["\\", "\\"],
  ["\x85", "N"],
  ["\xa0", "_"],
  ["\u2028", "L"],
  ["\u2029", "P"],
]);

function escaped(char: string): string | undefined {
  const named = ESCAPES.get(char);
  if (named !== undefined && char !== "\xa0") return `\\${named}`;
  if (/^[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(char)) return undefined;
  const code = char.codePointAt(0) ?? 0;
  const hex = (digits: number): string => code.toString(16).toUpperCase().padStart(digits, "0");
  if (code <= 0xff) return `\\x${hex(2)}`;
  return code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
