import { SyntaxFault } from "../errors/fault.ts";
import type { Span } from "../../text/span.ts";
import type { Token } from "./lexer.ts";
import type { Syntax } from "./syntax.ts";

const BLANK = /\s+/y;
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const OPERATOR = /\*\*|\/\/|==|!=|<=|>=|[-+*/%~[\](){}<>=.:|,;]/y;

/** Operators that other languages have. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["!", "write `not`"],
  ["&", "write `and`"],
  ["?", "write `a if condition else b`"],
  ["`", "write `'…'` around text"],
  ["“", 'write `"` around text'],
  ["”", 'write `"` around text'],
  ["‘", "write `'` around text"],
  ["’", "write `'` around text"],
  ["$", "write names without `$`"],
]);

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/** The end of a tag, and where the text goes on after the blanks that the tag removes. */
interface End extends Span {
  readonly after: number;
}

/** Cuts the content of tags into tokens. */
export class Tags {
  readonly #text: string;
  readonly #syntax: Syntax;

  constructor(text: string, syntax: Syntax) {
    this.#text = text;
    this.#syntax = syntax;
  }

  /** The tokens from the start of a tag to its end. */
  tag(kind: "block" | "output", start: Span): { readonly tokens: readonly Token[]; readonly end: End } {
    const literal = kind === "output" && this.#syntax.literalBackslashes;
    const tokens: Token[] = [];
    const open: Token[] = [];
    let at = start.end;
    for (;;) {
      at = this.#skipBlanks(at);
      const end = open.length === 0 ? this.#tagEnd(kind, at) : undefined;
      if (end !== undefined) return { tokens, end };
      if (at >= this.#text.length) return this.#unclosed(kind, start, open);
      const token = this.#token(at, literal);
      this.#balance(token, open);
      tokens.push(token);
      at = token.end;
    }
  }

  /** The tokens of a text that is one expression. */
  bare(): readonly Token[] {
    const tokens: Token[] = [];
    const open: Token[] = [];
    let at = this.#skipBlanks(0);
    while (at < this.#text.length) {
      const token = this.#token(at, this.#syntax.literalBackslashes);
      this.#balance(token, open);
      tokens.push(token);
      at = this.#skipBlanks(token.end);
    }
    const unclosed = open.at(-1);
    if (unclosed !== undefined) throw notClosed(unclosed);
    return tokens;
  }

  /** Where the text goes on after a tag: `-` removes all blanks, `+` none, otherwise a block removes one line break. */
  afterEnd(end: number, sign: string, block: boolean): number {
    if (sign === "-") return this.#skipBlanks(end);
    if (sign === "+" || !block || !this.#syntax.trimBlocks) return end;
    return end + (/^(?:\r\n|\n|\r)/.exec(this.#text.slice(end, end + 2))?.[0].length ?? 0);
  }

  #skipBlanks(at: number): number {
    BLANK.lastIndex = at;
    return at + (BLANK.exec(this.#text)?.[0].length ?? 0);
  }

  #tagEnd(kind: "block" | "output", at: number): End | undefined {
    const close = kind === "block" ? this.#syntax.blockEnd : this.#syntax.variableEnd;
    const first = this.#text[at] ?? "";
    const sign = (first === "-" || (first === "+" && kind === "block")) && this.#text.startsWith(close, at + 1);
    if (!sign && !this.#text.startsWith(close, at)) return undefined;
    const end = at + close.length + (sign ? 1 : 0);
    return { start: at, end, after: this.afterEnd(end, sign ? first : "", kind === "block") };
  }

  #unclosed(kind: "block" | "output", start: Span, open: readonly Token[]): never {
    const bracket = open.at(-1);
    if (bracket !== undefined) throw notClosed(bracket);
    const tag = this.#text.slice(start.start, start.end);
    const close = kind === "block" ? this.#syntax.blockEnd : this.#syntax.variableEnd;
    throw new SyntaxFault(`\`${tag}\` is never closed`, start, {
      label: "opened here",
      help: `\`${close}\` is missing`,
    });
  }

  #token(at: number, literal: boolean): Token {
    const number = this.#match(FLOAT, at, "float") ?? this.#match(INTEGER, at, "integer");
    const token = number ?? this.#match(NAME, at, "name") ?? this.#string(at, literal);
    return token ?? this.#match(OPERATOR, at, "operator") ?? this.#unexpected(at);
  }

  #match(pattern: RegExp, at: number, type: Token["type"]): Token | undefined {
    pattern.lastIndex = at;
    const text = pattern.exec(this.#text)?.[0];
    return text === undefined ? undefined : { type, text, start: at, end: at + text.length };
  }

  #string(at: number, literal: boolean): Token | undefined {
    const token = this.#match(STRING, at, "string");
    if (token === undefined) return undefined;
    const inner = token.text.slice(1, -1).replace(/\r\n?/g, "\n");
    return { ...token, text: literal ? inner : unescaped(inner, token) };
  }

  #unexpected(at: number): never {
    const char = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    const span = { start: at, end: at + char.length };
    if (char === "'" || char === '"') {
      throw new SyntaxFault("the text is never closed", span, { label: "opened here", help: `\`${char}\` is missing` });
    }
    const help = FOREIGN.get(char);
    throw new SyntaxFault(`unexpected character \`${char}\``, span, help === undefined ? {} : { help });
  }

  #balance(token: Token, open: Token[]): void {
    if (token.type !== "operator") return;
    if (CLOSING.has(token.text)) open.push(token);
    if (![...CLOSING.values()].includes(token.text)) return;
    const opened = open.pop();
    if (opened === undefined)
      throw new SyntaxFault(`unexpected \`${token.text}\``, token, { label: "nothing is open" });
    const expected = CLOSING.get(opened.text) ?? "";
    if (expected === token.text) return;
    throw new SyntaxFault(`expected \`${expected}\`, found \`${token.text}\``, token, {}, [
      { span: opened, label: "opened here" },
    ]);
  }
}

function notClosed(bracket: Token): SyntaxFault {
  const help = `\`${CLOSING.get(bracket.text) ?? ""}\` is missing`;
  return new SyntaxFault(`\`${bracket.text}\` is never closed`, bracket, { label: "opened here", help });
}

const SIMPLE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    n: "\n",
    t: "\t",
    r: "\r",
    a: "\x07",
    b: "\b",
    f: "\f",
    v: "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "\n": "",
  }),
);

/** Python's escapes; one that Python does not know stays unchanged. */
function unescaped(text: string, span: Span): string {
  if (!text.includes("\\")) return text;
  const escape = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/g;
  return text.replace(escape, (all: string, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
    const hex = x ?? u ?? U;
    if (hex !== undefined) return point(Number.parseInt(hex, 16), span);
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (other !== undefined && "xuUN".includes(other)) {
      throw new SyntaxFault(`\`\\${other}\` is not a whole escape`, span, { help: "write `\\\\` for a backslash" });
    }
    return SIMPLE.get(other ?? "") ?? all;
  });
}

function point(code: number, span: Span): string {
  if (code > 0x10ffff) throw new SyntaxFault("there is no such character", span);
  return String.fromCodePoint(code);
}
