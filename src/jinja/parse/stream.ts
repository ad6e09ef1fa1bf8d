import type { Span } from "../../text/span.ts";
import { SyntaxFault } from "../errors/fault.ts";
import type { Details } from "../errors/fault.ts";
import type { Token, TokenType } from "./lexer.ts";
import { LIMITS } from "../errors/limits.ts";

/** Which filters and tests there are: an unknown one is a mistake in the text, found before anything is evaluated. */
export interface Vocabulary {
  readonly filters: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
  /** Those that Ansible has and we have not, with the reason. */
  readonly unsupported: ReadonlyMap<string, string>;
}

/** The tokens of a template on their way through the parser. */
export class Stream {
  readonly vocabulary: Vocabulary;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.#tokens = tokens;
    this.#end = tokens.at(-1) ?? { type: "end", text: "", start: 0, end: 0 };
  }

  get current(): Token {
    return this.#tokens[this.#at] ?? this.#end;
  }

  get previous(): Token {
    return this.#tokens[this.#at - 1] ?? this.#end;
  }

  peek(): Token {
    return this.#tokens[this.#at + 1] ?? this.#end;
  }

  next(): Token {
    const token = this.current;
    this.#at += 1;
    return token;
  }

  is(type: TokenType, text?: string): boolean {
    return this.current.type === type && (text === undefined || this.current.text === text);
  }

  isOperator(...texts: readonly string[]): boolean {
    return this.current.type === "operator" && texts.includes(this.current.text);
  }

  isName(...texts: readonly string[]): boolean {
    return this.current.type === "name" && texts.includes(this.current.text);
  }

  accept(type: "operator" | "name", text: string): boolean {
    if (!this.is(type, text)) return false;
    this.next();
    return true;
  }

  expect(type: TokenType, text?: string, what?: string): Token {
    if (this.is(type, text)) return this.next();
    return this.unexpected(what ?? `\`${text ?? type}\``);
  }

  /** The current token is not what had to come here. */
  unexpected(expected: string, details: Details = {}): never {
    const { current } = this;
    const after = this.#after();
    const found = current.type === "end" ? "" : `, found \`${shown(current)}\``;
    throw new SyntaxFault(`expected ${expected}${after}${found}`, current, { ...this.#hint(), ...details });
  }

  #after(): string {
    const { previous } = this;
    return this.#at === 0 || previous.type === "data" ? "" : ` after \`${shown(previous)}\``;
  }

  #hint(): Details {
    const { current } = this;
    if (current.text === "{" && this.peek().text === "{" && this.peek().start === current.end) return NO_BRACES;
    if (current.text === "=") return { help: "`==` compares" };
    if (current.text === "|" && this.previous.text === "|") return { help: "write `or`" };
    return {};
  }

  /** Runs a part of the parser one level down; brackets in brackets have a limit. */
  deeper<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > LIMITS.depth) {
      throw new SyntaxFault(`the expression is nested more than ${LIMITS.depth} levels deep`, this.current);
    }
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}

const NO_BRACES: Details = { help: "write names without braces: this is already an expression" };

function shown(token: Token): string {
  if (token.type !== "string") return token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text;
  return "'…'";
}

export function spanFrom(first: Span, stream: Stream): Span {
  return { start: first.start, end: Math.max(first.end, stream.previous.end) };
}
