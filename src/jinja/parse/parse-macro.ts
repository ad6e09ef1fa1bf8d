import type { Body, Macro, Parameter } from "./ast.ts";
import { SyntaxFault } from "../errors/fault.ts";
import type { Token } from "./lexer.ts";
import { parseExpression } from "./parse-expression.ts";
import type { parseUntil } from "./parse-statement.ts";
import type { Stream } from "./stream.ts";
import { freeNames } from "./names.ts";

/** A macro after its tag's name, up to the last `%}` of `endmacro`. */
export function parseMacro(stream: Stream, opener: Token, until: typeof parseUntil): Macro {
  const { text } = stream.expect("name", undefined, "a macro's name");
  const parameters = parseSignature(stream);
  const { body } = until(stream, opener, ["endmacro"]);
  return { name: text, parameters, body, reads: reads(body) };
}

export function parseSignature(stream: Stream): Parameter[] {
  stream.expect("operator", "(");
  const parameters: Parameter[] = [];
  while (!stream.isOperator(")")) {
    parameters.push(parameter(stream, parameters));
    if (!stream.accept("operator", ",")) break;
  }
  stream.expect("operator", ")", "`,` or `)`");
  return parameters;
}

function parameter(stream: Stream, before: readonly Parameter[]): Parameter {
  const token = stream.expect("name", undefined, "a parameter's name");
  const span = { start: token.start, end: token.end };
  if (before.some(({ name }) => name === token.text)) {
    throw new SyntaxFault(`parameter \`${token.text}\` is there twice`, span);
  }
  const fallback = stream.accept("operator", "=") ? parseExpression(stream) : undefined;
  if (fallback === undefined && before.some((each) => each.fallback !== undefined)) {
    throw new SyntaxFault(`parameter \`${token.text}\` without a default follows one that has a default`, span);
  }
  return { name: token.text, span, fallback };
}

/** Which of the names that Jinja gives to macros the body reads; only those it may be called with. */
export function reads(body: Body): ReadonlySet<string> {
  const free = freeNames(body);
  return new Set(["varargs", "kwargs", "caller"].filter((name) => free.has(name)));
}
