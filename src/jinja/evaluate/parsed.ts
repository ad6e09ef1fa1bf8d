import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import type { Body, Expression } from "../parse/ast.ts";
import type { Unit } from "./context.ts";
import { SyntaxFault } from "../errors/fault.ts";
import { FILTERS } from "../builtins/filters.ts";
import { tokenize, tokenizeExpression } from "../parse/lexer.ts";
import type { Token } from "../parse/lexer.ts";
import type { Origin } from "../errors/origin.ts";
import { parseExpression } from "../parse/parse-expression.ts";
import { parseTemplate } from "../parse/parse-statement.ts";
import { Stream } from "../parse/stream.ts";
import type { Vocabulary } from "../parse/stream.ts";
import type { Syntax } from "../parse/syntax.ts";
import { TESTS } from "../builtins/tests.ts";
import { UNSUPPORTED } from "../builtins/unsupported.ts";

const VOCABULARY: Vocabulary = {
  filters: new Set(FILTERS.keys()),
  tests: new Set(TESTS.keys()),
  unsupported: UNSUPPORTED,
};

/** Parsed texts; the same task is rendered for each host. */
class Cache<T> {
  readonly #entries = new Map<string, T>();
  readonly #most = 2000;

  get(key: string, make: () => T): T {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const made = make();
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#most && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, made);
    return made;
  }
}

const bodies = new Cache<Body>();
const expressions = new Cache<Expression>();

/** @param main whether a `#jinja2:` line in it counts */
export function parseUnit(text: string, syntax: Syntax, origin: Origin, main: boolean): Unit {
  const key = `${main}${Object.values(syntax).join("\0")}\0${text}`;
  const body = located(origin, () =>
    bodies.get(key, () => parseTemplate(new Stream(tokenize(text, syntax, main), VOCABULARY))),
  );
  return { text, body, origin, syntax };
}

/** The unit and the expression of a text without braces. */
export function parseBare(
  text: string,
  syntax: Syntax,
  origin: Origin,
): { readonly unit: Unit; readonly node: Expression } {
  const key = `${syntax.literalBackslashes}\0${text}`;
  const node = located(origin, () => expressions.get(key, () => bare(text, syntax)));
  return { unit: { text, body: [], origin, syntax }, node };
}

function bare(text: string, syntax: Syntax): Expression {
  const tokens = tokenizeExpression(text, syntax);
  refuseBraces(tokens);
  const stream = new Stream(tokens, VOCABULARY);
  const node = parseExpression(stream);
  if (!stream.is("end")) stream.unexpected("an operator or the end");
  return node;
}

/** `when: "{{ a }}"`: a common mistake, which Ansible warns of. */
function refuseBraces(tokens: readonly Token[]): void {
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (token.type !== "operator" || token.text !== "{" || next?.text !== "{" || next.start !== token.end) return;
    const span = { start: token.start, end: next.end };
    throw new SyntaxFault("drop the braces: this is already an expression", span, { label: "not needed here" });
  });
}

function located<T>(origin: Origin, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw new InputError([problem(error, origin)]);
  }
}

function problem(fault: SyntaxFault, origin: Origin): Problem {
  const related = fault.related.map(({ span, label }) => ({ place: origin(span), label }));
  const base: Problem = {
    severity: "error",
    code: "template-syntax",
    message: fault.message,
    place: origin(fault.span),
    ...fault.details,
  };
  return related.length === 0 ? base : { ...base, related };
}
