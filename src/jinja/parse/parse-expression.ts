/**
 * Jinja's expressions, with Jinja's precedence: if, or, and, not, comparisons, + -, ~, * / // %, **, signs, filters.
 */
import { join } from "./ast.ts";
import type { Comparison, Expression } from "./ast.ts";
import type { BinaryOperator } from "../values/arithmetic.ts";
import { parsePostfix, parseFiltersAndTests } from "./parse-postfix.ts";
import { spanFrom } from "./stream.ts";
import type { Stream } from "./stream.ts";
import { float, integer } from "../values/values.ts";
import { SyntaxFault } from "../errors/fault.ts";
import { LIMITS } from "../errors/limits.ts";
import type { Token } from "./lexer.ts";

export function parseExpression(stream: Stream): Expression {
  return stream.deeper(() => parseConditional(stream));
}

function parseConditional(stream: Stream): Expression {
  let value = parseOr(stream);
  while (stream.accept("name", "if")) {
    const test = parseOr(stream);
    const otherwise = stream.accept("name", "else") ? stream.deeper(() => parseConditional(stream)) : undefined;
    value = { is: "if", test, then: value, otherwise, ...spanFrom(value, stream) };
  }
  return value;
}

/** An expression without `a if b else c`, as `for` and `if` want it. */
export function parseOr(stream: Stream): Expression {
  let left = parseAnd(stream);
  while (stream.accept("name", "or")) {
    const right = parseAnd(stream);
    left = { is: "or", left, right, ...join(left, right) };
  }
  return left;
}

function parseAnd(stream: Stream): Expression {
  let left = parseNot(stream);
  while (stream.accept("name", "and")) {
    const right = parseNot(stream);
    left = { is: "and", left, right, ...join(left, right) };
  }
  return left;
}

function parseNot(stream: Stream): Expression {
  if (!stream.isName("not")) return parseComparison(stream);
  const token = stream.next();
  const of = stream.deeper(() => parseNot(stream));
  return { is: "not", of, ...join(token, of) };
}

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

function parseComparison(stream: Stream): Expression {
  const first = parseSum(stream);
  const rest: { operator: Comparison; right: Expression }[] = [];
  for (let operator = comparison(stream); operator !== undefined; operator = comparison(stream)) {
    rest.push({ operator, right: parseSum(stream) });
  }
  return rest.length === 0 ? first : { is: "compare", first, rest, ...spanFrom(first, stream) };
}

function comparison(stream: Stream): Comparison | undefined {
  const { current } = stream;
  if (stream.accept("name", "in")) return "in";
  if (current.type === "operator" && COMPARISONS.has(current.text)) return stream.next().text as Comparison;
  if (!stream.isName("not") || stream.peek().type !== "name" || stream.peek().text !== "in") return undefined;
  stream.next();
  stream.next();
  return "not in";
}

function parseSum(stream: Stream): Expression {
  return parseBinary(stream, ["+", "-"], parseConcat);
}

function parseConcat(stream: Stream): Expression {
  const first = parseProduct(stream);
  const parts = [first];
  while (stream.accept("operator", "~")) parts.push(parseProduct(stream));
  return parts.length === 1 ? first : { is: "concat", parts, ...spanFrom(first, stream) };
}

function parseProduct(stream: Stream): Expression {
  return parseBinary(stream, ["*", "/", "//", "%"], parsePower);
}

function parsePower(stream: Stream): Expression {
  return parseBinary(stream, ["**"], (inner) => parseUnary(inner, true));
}

function parseBinary(
  stream: Stream,
  operators: readonly BinaryOperator[],
  operand: (stream: Stream) => Expression,
): Expression {
  let left = operand(stream);
  while (stream.isOperator(...operators)) {
    const operator = stream.next().text as BinaryOperator;
    const right = operand(stream);
    left = { is: "binary", operator, left, right, ...join(left, right) };
  }
  return left;
}

function parseUnary(stream: Stream, filters: boolean): Expression {
  const sign = stream.isOperator("-", "+") ? stream.next() : undefined;
  const of = sign === undefined ? parsePrimary(stream) : stream.deeper(() => parseUnary(stream, false));
  const signed: Expression =
    sign === undefined ? of : { is: "unary", operator: sign.text === "-" ? "-" : "+", of, ...join(sign, of) };
  const postfixed = parsePostfix(stream, signed);
  return filters ? parseFiltersAndTests(stream, postfixed) : postfixed;
}

const RESERVED: ReadonlySet<string> = new Set(["and", "or", "not", "in", "is", "if", "else", "elif"]);

export function isReserved(token: Token): boolean {
  return token.type === "name" && RESERVED.has(token.text);
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);

/** A name, a literal, or something in brackets. */
export function parsePrimary(stream: Stream): Expression {
  const { current } = stream;
  if (current.type === "name" && !isReserved(current)) return name(stream.next());
  if (current.type === "string") return strings(stream);
  if (current.type === "integer" || current.type === "float") return number(stream.next());
  if (stream.isOperator("(")) return parenthesis(stream);
  if (stream.isOperator("[")) return list(stream);
  if (stream.isOperator("{") && stream.peek().text !== "{") return dict(stream);
  return stream.unexpected("a value");
}

function name(token: Token): Expression {
  const constant = CONSTANTS.get(token.text);
  const span = { start: token.start, end: token.end };
  if (constant !== undefined) return { is: "constant", value: constant, ...span };
  return { is: "name", name: token.text, ...span };
}

/** Adjacent texts are one text. */
function strings(stream: Stream): Expression {
  const first = stream.next();
  let value = first.text;
  while (stream.is("string")) value += stream.next().text;
  return { is: "constant", value, ...spanFrom(first, stream) };
}

function number(token: Token): Expression {
  const text = token.text.replaceAll("_", "");
  if (text.length > LIMITS.bits / 4) throw new SyntaxFault("the number is too long", token);
  const value = token.type === "float" ? float(Number(text)) : integer(BigInt(text));
  return { is: "constant", value, start: token.start, end: token.end };
}

function parenthesis(stream: Stream): Expression {
  const open = stream.next();
  const inside = stream.deeper(() => parseTuple(stream, parseExpression, () => stream.isOperator(")"), open.start));
  stream.expect("operator", ")");
  return { ...inside, ...spanFrom(open, stream) };
}

/**
 * One expression, or several with commas: then a tuple. `end` says where a trailing comma is possible. An empty tuple
 * is possible only in parentheses, which began at `open`.
 */
export function parseTuple(
  stream: Stream,
  parse: (stream: Stream) => Expression,
  end: () => boolean,
  open?: number,
): Expression {
  const items: Expression[] = [];
  const start = stream.current;
  let comma = false;
  while (!((comma || open !== undefined) && end())) {
    items.push(parse(stream));
    if (!stream.accept("operator", ",")) break;
    comma = true;
  }
  const [only] = items;
  if (only !== undefined && !comma) return only;
  return { is: "tuple", items, ...spanFrom({ start: open ?? start.start, end: start.start }, stream) };
}

function list(stream: Stream): Expression {
  const open = stream.next();
  const items: Expression[] = [];
  while (!stream.isOperator("]")) {
    items.push(parseExpression(stream));
    if (!stream.accept("operator", ",")) break;
  }
  stream.expect("operator", "]", "`,` or `]`");
  return { is: "list", items, ...spanFrom(open, stream) };
}

function dict(stream: Stream): Expression {
  const open = stream.next();
  const entries: [Expression, Expression][] = [];
  while (!stream.isOperator("}")) {
    const key = parseExpression(stream);
    stream.expect("operator", ":");
    entries.push([key, parseExpression(stream)]);
    if (!stream.accept("operator", ",")) break;
  }
  stream.expect("operator", "}", "`,` or `}`");
  return { is: "dict", entries, ...spanFrom(open, stream) };
}
