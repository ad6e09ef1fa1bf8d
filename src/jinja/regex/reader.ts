import { fail } from "../errors/fault.ts";

const NAMED: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
]);

/** A pattern's characters, one after the other. */
export class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character, or nothing at the end. */
  get peek(): string {
    return this.ahead(0);
  }

  ahead(by: number): string {
    const code = this.#text.codePointAt(this.#at + by);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  next(): string {
    const char = this.peek;
    this.#at += char.length;
    return char;
  }

  accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  back(by: number): void {
    this.#at -= by;
  }

  skip<T>(by: number, value: T): T {
    this.#at += by;
    return value;
  }

  /** In verbose patterns: blanks and comments; says whether there were any. */
  skipBlanks(): boolean {
    return this.match(/(?:\s|#[^\n]*)+/y) !== undefined;
  }

  /** The character that a backslash, which was read, and what follows mean. */
  escapedChar(inSet: boolean): number {
    const hex = this.match(/x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})/iy);
    if (hex !== undefined) return this.#code(Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16));
    const octal = this.match(inSet ? /[0-7]{1,3}/y : /0[0-7]{0,2}|[1-3][0-7]{2}/y);
    if (octal !== undefined) return Number.parseInt(octal[0], 8);
    const char = this.next();
    if (char === "") return this.fail("the pattern ends with a backslash");
    if (inSet && char === "b") return 8;
    if (/[A-Za-z0-9]/.test(char)) return NAMED.get(char) ?? this.fail(`\`\\${char}\` means nothing`);
    return char.codePointAt(0) ?? 0;
  }

  #code(code: number): number {
    return code <= 0x10ffff ? code : this.fail("there is no such character");
  }

  fail(why: string): never {
    return fail(`the regular expression is wrong: ${why}`, { note: `at its character ${this.#at}` });
  }
}
