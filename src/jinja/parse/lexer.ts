import { SyntaxFault } from "../errors/fault.ts";
import type { Span } from "../../text/span.ts";
import { header, HEADER_KEYS } from "./syntax.ts";
import type { Syntax } from "./syntax.ts";
import { didYouMean } from "../errors/hints.ts";
import { Tags } from "./tags.ts";

export type TokenType =
  | "data"
  | "output start"
  | "output end"
  | "block start"
  | "block end"
  | "name"
  | "string"
  | "integer"
  | "float"
  | "operator"
  | "end";

export interface Token extends Span {
  readonly type: TokenType;
  /** What it is made of; for data and strings what it means. */
  readonly text: string;
}

/** Cuts a whole template into tokens; `main` says that a `#jinja2:` line counts. */
export function tokenize(text: string, syntax: Syntax, main: boolean): Token[] {
  if (!main) return new Lexer(text, syntax, 0).run();
  const head = header(text, syntax);
  const [unknown] = head.unknown;
  if (unknown !== undefined) {
    const span = { start: unknown.at, end: unknown.at + unknown.key.length };
    const help = `it knows ${HEADER_KEYS.join(", ")}`;
    throw new SyntaxFault(`unknown setting \`${unknown.key}\` in the \`#jinja2:\` line`, span, {
      ...didYouMean(unknown.key, HEADER_KEYS),
      help,
    });
  }
  return new Lexer(text, head.syntax, head.start).run();
}

/** The tokens of one expression, as `when:` has it. */
export function tokenizeExpression(text: string, syntax: Syntax): Token[] {
  const tags = new Tags(text, syntax);
  const tokens = tags.bare();
  return [...tokens, { type: "end", text: "", start: text.length, end: text.length }];
}

class Lexer {
  readonly #text: string;
  readonly #end: number;
  readonly #syntax: Syntax;
  readonly #tags: Tags;
  readonly #starts: RegExp;
  readonly #tokens: Token[] = [];
  #at: number;
  #lineStart = true;

  constructor(text: string, syntax: Syntax, start: number) {
    this.#text = text;
    this.#syntax = syntax;
    this.#at = start;
    // Jinja drops one final line break; templates.ts restores it.
    this.#end = Math.max(start, text.length - (/(?:\r\n|\n|\r)$/.exec(text)?.[0].length ?? 0));
    this.#tags = new Tags(text.slice(0, this.#end), syntax);
    this.#starts = starts(syntax);
  }

  run(): Token[] {
    while (this.#at < this.#end) this.#step();
    this.#push("end", "", this.#end, this.#end);
    return this.#tokens;
  }

  #step(): void {
    this.#starts.lastIndex = this.#at;
    const found = this.#starts.exec(this.#text);
    if (found === null || found.index >= this.#end) return this.#data(this.#at, this.#end, "", false);
    const delimiter = kindOf(found);
    const sign = found.groups?.["sign"] ?? "";
    this.#data(this.#at, found.index, sign, delimiter !== "output");
    const start = { start: found.index, end: found.index + found[0].length };
    const raw = delimiter === "block" ? this.#rawTag(found.index) : undefined;
    if (raw !== undefined) this.#raw({ start: found.index, end: found.index + raw.length }, raw);
    else if (delimiter === "comment") this.#comment(start);
    else this.#tag(delimiter, start);
    this.#lineStart = /[\n\r]/.test(this.#text[this.#at - 1] ?? "");
  }

  #push(type: TokenType, text: string, start: number, end: number): void {
    this.#tokens.push({ type, text, start, end });
  }

  /** Plain text up to a tag, with what the tag's sign leaves of the blanks before it. */
  #data(start: number, end: number, sign: string, block: boolean): void {
    let text = this.#text.slice(start, end);
    if (sign === "-") text = text.trimEnd();
    else if (sign !== "+" && block && this.#syntax.lstripBlocks) text = this.#withoutIndent(text);
    if (text !== "") this.#push("data", text.replace(/\r\n?/g, "\n"), start, end);
    this.#at = end;
  }

  #withoutIndent(text: string): string {
    const line = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
    const blank = /^\s+$/.test(text.slice(line));
    return blank && (line > 0 || this.#lineStart) ? text.slice(0, line) : text;
  }

  #tag(delimiter: "block" | "output", start: Span): void {
    this.#push(`${delimiter} start`, this.#text.slice(start.start, start.end), start.start, start.end);
    const { tokens, end } = this.#tags.tag(delimiter, start);
    this.#tokens.push(...tokens);
    this.#push(`${delimiter} end`, this.#text.slice(end.start, end.end), end.start, end.end);
    this.#at = end.after;
  }

  #comment(start: Span): void {
    const { commentStart, commentEnd } = this.#syntax;
    const close = this.#text.indexOf(commentEnd, start.end);
    if (close < 0 || close >= this.#end) {
      throw new SyntaxFault(`the comment is never closed`, start, {
        label: "opened here",
        help: `\`${commentStart} … ${commentEnd}\``,
      });
    }
    const sign = close > start.end ? (this.#text[close - 1] ?? "") : "";
    this.#at = this.#tags.afterEnd(close + commentEnd.length, sign, true);
  }

  #rawTag(at: number): string | undefined {
    const tag = startRaw(this.#syntax);
    tag.lastIndex = at;
    return tag.exec(this.#text)?.[0];
  }

  #raw(start: Span, tag: string): void {
    const ends = endRaw(this.#syntax);
    ends.lastIndex = start.end;
    const found = ends.exec(this.#text);
    if (found === null || found.index >= this.#end) {
      throw new SyntaxFault("`raw` is never closed", start, {
        label: "opened here",
        help: "`{% endraw %}` is missing",
      });
    }
    const eats = tag.endsWith(`-${this.#syntax.blockEnd}`);
    const from = eats ? this.#tags.afterEnd(start.end, "-", false) : start.end;
    this.#data(Math.min(from, found.index), found.index, found.groups?.["sign"] ?? "", true);
    this.#at = this.#tags.afterEnd(found.index + found[0].length, found.groups?.["close"] ?? "", true);
  }
}

function kindOf(found: RegExpExecArray): "block" | "output" | "comment" {
  if (found.groups?.["block"] !== undefined) return "block";
  return found.groups?.["output"] !== undefined ? "output" : "comment";
}

export function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

const cache = new Map<string, RegExp>();

function cached(source: string, flags: string): RegExp {
  const known = cache.get(flags + source);
  if (known !== undefined) return known;
  const made = new RegExp(source, flags);
  cache.set(flags + source, made);
  return made;
}

/** Any start of a tag; where one is the beginning of another the longer wins. */
function starts(syntax: Syntax): RegExp {
  const tags = [
    { name: "block", text: syntax.blockStart },
    { name: "output", text: syntax.variableStart },
    { name: "comment", text: syntax.commentStart },
  ].sort((a, b) => b.text.length - a.text.length);
  return cached(`(?:${tags.map(({ name, text }) => `(?<${name}>${quoted(text)})`).join("|")})(?<sign>[-+]?)`, "g");
}

function startRaw(syntax: Syntax): RegExp {
  return cached(`${quoted(syntax.blockStart)}[-+]?\\s*raw\\s*-?${quoted(syntax.blockEnd)}`, "y");
}

function endRaw(syntax: Syntax): RegExp {
  const [start, end] = [quoted(syntax.blockStart), quoted(syntax.blockEnd)];
  return cached(`${start}(?<sign>[-+]?)\\s*endraw\\s*(?<close>[-+]?)${end}`, "g");
}
