/** Parses what follows a value: `.name`, `[…]`, `(…)`, `| filter`, `is test`. */
import type { Arguments, Expression, Use } from "./ast.ts";
import type { Span } from "../../text/span.ts";
import { SyntaxFault } from "../errors/fault.ts";
import { didYouMean } from "../errors/hints.ts";
import { isReserved, parseExpression, parsePrimary } from "./parse-expression.ts";
import { spanFrom } from "./stream.ts";
import type { Stream } from "./stream.ts";

export function parsePostfix(stream: Stream, value: Expression): Expression {
  let node = value;
  for (;;) {
    if (stream.isOperator(".")) node = attribute(stream, node);
    else if (stream.isOperator("[")) node = subscript(stream, node);
    else if (stream.isOperator("(")) node = call(stream, node);
    else return node;
  }
}

export function parseFiltersAndTests(stream: Stream, value: Expression): Expression {
  let node = value;
  for (;;) {
    if (stream.isOperator("|")) {
      stream.next();
      const use = parseFilter(stream);
      node = { is: "filter", of: node, use, ...spanFrom(node, stream) };
    } else if (stream.isName("is")) node = test(stream, node);
    else if (stream.isOperator("(")) node = call(stream, node);
    else return node;
  }
}

function attribute(stream: Stream, of: Expression): Expression {
  stream.next();
  const token = stream.current;
  const nameSpan = { start: token.start, end: token.end };
  if (token.type === "name") {
    stream.next();
    return { is: "attribute", of, name: token.text, nameSpan, ...spanFrom(of, stream) };
  }
  if (token.type !== "integer") return stream.unexpected("a name");
  stream.next();
  const index: Expression = { is: "constant", value: Number(token.text), ...nameSpan };
  return { is: "item", of, index, ...spanFrom(of, stream) };
}

function subscript(stream: Stream, of: Expression): Expression {
  stream.next();
  const bounds = stream.deeper(() => subscriptBounds(stream));
  stream.expect("operator", "]");
  const span = spanFrom(of, stream);
  const [index] = bounds;
  if (bounds.length > 1 || index === undefined) return { is: "slice", of, bounds, ...span };
  return { is: "item", of, index, ...span };
}

/** One expression, or up to three with colons between them. */
function subscriptBounds(stream: Stream): (Expression | undefined)[] {
  const bounds: (Expression | undefined)[] = [bound(stream)];
  while (bounds.length < 3 && stream.accept("operator", ":")) bounds.push(bound(stream));
  if (bounds.length === 1 && bounds[0] === undefined) stream.unexpected("a value");
  return bounds;
}

function bound(stream: Stream): Expression | undefined {
  return stream.isOperator(":", "]") ? undefined : parseExpression(stream);
}

function call(stream: Stream, callee: Expression): Expression {
  const args = parseArguments(stream);
  return { is: "call", callee, args, ...spanFrom(callee, stream) };
}

const NONE: Arguments = { positional: [], keywords: [] };

interface Collected {
  readonly positional: Expression[];
  readonly keywords: [string, Expression][];
  rest?: Expression;
  restKeywords?: Expression;
}

export function parseArguments(stream: Stream): Arguments {
  stream.expect("operator", "(");
  const collected: Collected = { positional: [], keywords: [] };
  while (!stream.isOperator(")")) {
    stream.deeper(() => argument(stream, collected));
    if (!stream.accept("operator", ",")) break;
  }
  stream.expect("operator", ")", "`,` or `)`");
  return collected;
}

function argument(stream: Stream, into: Collected): void {
  const { current } = stream;
  if (stream.accept("operator", "**")) into.restKeywords = parseExpression(stream);
  else if (stream.accept("operator", "*")) into.rest = parseExpression(stream);
  else if (current.type === "name" && stream.peek().type === "operator" && stream.peek().text === "=") {
    stream.next();
    stream.next();
    if (into.keywords.some(([name]) => name === current.text)) {
      throw new SyntaxFault(`argument \`${current.text}\` is given twice`, current);
    }
    into.keywords.push([current.text, parseExpression(stream)]);
  } else positional(stream, into);
}

function positional(stream: Stream, into: Collected): void {
  const value = parseExpression(stream);
  if (into.keywords.length > 0 || into.rest !== undefined || into.restKeywords !== undefined) {
    throw new SyntaxFault("an argument without a name follows one with a name", value);
  }
  into.positional.push(value);
}

/** A filter's name and arguments, after the `|`. */
export function parseFilter(stream: Stream): Use {
  const { name, nameSpan } = dottedName(stream, "a filter's name");
  if (!stream.vocabulary.filters.has(name)) unknown("filter", name, nameSpan, stream);
  const args = stream.isOperator("(") ? parseArguments(stream) : NONE;
  return { name, nameSpan, ...args };
}

function unknown(what: "filter" | "test", name: string, span: Span, { vocabulary }: Stream): never {
  const why = vocabulary.unsupported.get(name.replace(/^.*\./, ""));
  if (why !== undefined) throw new SyntaxFault(`${what} \`${name}\` is not supported`, span, { note: why });
  const names = what === "filter" ? vocabulary.filters : vocabulary.tests;
  throw new SyntaxFault(`unknown ${what} \`${name}\``, span, didYouMean(name, names));
}

function dottedName(stream: Stream, what: string): { readonly name: string; readonly nameSpan: Span } {
  const first = stream.expect("name", undefined, what);
  let name = first.text;
  while (stream.accept("operator", ".")) name += `.${stream.expect("name", undefined, "a name").text}`;
  return { name, nameSpan: spanFrom(first, stream) };
}

const STARTS_A_VALUE: ReadonlySet<string> = new Set(["name", "string", "integer", "float"]);

function test(stream: Stream, of: Expression): Expression {
  stream.next();
  const negated = stream.accept("name", "not");
  const { name, nameSpan } = dottedName(stream, "a test's name");
  if (!stream.vocabulary.tests.has(name)) unknownTest(stream, name, nameSpan);
  const use: Use = { name, nameSpan, ...testArguments(stream) };
  return { is: "test", of, use, negated, ...spanFrom(of, stream) };
}

function testArguments(stream: Stream): Arguments {
  if (stream.isOperator("(")) return parseArguments(stream);
  const { current } = stream;
  if (stream.isName("is"))
    throw new SyntaxFault("`is` cannot follow a test", current, { help: "join them with `and`" });
  const value = STARTS_A_VALUE.has(current.type) && !isReserved(current);
  if (!value && !stream.isOperator("[", "{")) return NONE;
  return { positional: [parsePostfix(stream, parsePrimary(stream))], keywords: [] };
}

function unknownTest(stream: Stream, name: string, span: Span): never {
  if (stream.vocabulary.filters.has(name)) {
    throw new SyntaxFault(`\`${name}\` is a filter, not a test`, span, { help: `write \`| ${name}\`` });
  }
  return unknown("test", name, span, stream);
}
