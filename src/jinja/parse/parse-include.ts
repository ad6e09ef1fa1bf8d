import type { Bare } from "./ast.ts";
import type { Span } from "../../text/span.ts";
import { parseExpression } from "./parse-expression.ts";
import type { Stream } from "./stream.ts";

export function parseInclude(stream: Stream): Bare {
  const template = parseExpression(stream);
  const ignoreMissing = stream.accept("name", "ignore");
  if (ignoreMissing) stream.expect("name", "missing");
  return { is: "include", template, ignoreMissing, withContext: context(stream) ?? true };
}

export function parseImport(stream: Stream): Bare {
  const template = parseExpression(stream);
  stream.expect("name", "as");
  const alias = stream.expect("name", undefined, "a name").text;
  return { is: "import", template, alias, withContext: context(stream) ?? false };
}

export function parseFrom(stream: Stream): Bare {
  const template = parseExpression(stream);
  stream.expect("name", "import");
  const names = [importedName(stream)];
  let withContext = context(stream);
  while (withContext === undefined && stream.accept("operator", ",") && stream.is("name")) {
    withContext = context(stream);
    if (withContext !== undefined) break;
    names.push(importedName(stream));
    withContext = context(stream);
  }
  return { is: "from", template, names, withContext: withContext ?? false };
}

export function parseExtends(stream: Stream): Bare {
  return { is: "extends", template: parseExpression(stream) };
}

function importedName(stream: Stream): { name: string; alias: string; span: Span } {
  const token = stream.expect("name", undefined, "a name");
  const alias = stream.accept("name", "as") ? stream.expect("name", undefined, "a name").text : token.text;
  return { name: token.text, alias, span: { start: token.start, end: token.end } };
}

/** `with context` or `without context`, if it says so. */
function context(stream: Stream): boolean | undefined {
  if (!stream.isName("with", "without") || stream.peek().text !== "context") return undefined;
  const word = stream.next().text;
  stream.next();
  return word === "with";
}
