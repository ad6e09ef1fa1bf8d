/** Templates: text, `{{ … }}` and the tags that hold other text. */
import type { Bare, Body, Expression, Macro, Statement, Target, Use } from "./ast.ts";
import { SyntaxFault } from "../errors/fault.ts";
import type { Token } from "./lexer.ts";
import { parseFrom, parseImport, parseInclude, parseExtends } from "./parse-include.ts";
import { parseMacro, parseSignature, reads } from "./parse-macro.ts";
import { parseExpression, parseOr, parseTuple } from "./parse-expression.ts";
import { parseFilter } from "./parse-postfix.ts";
import { parseTarget } from "./parse-target.ts";
import { spanFrom } from "./stream.ts";
import type { Stream } from "./stream.ts";
import { TAGS, unknownTag } from "./unknown-tag.ts";

/** A whole template. */
export function parseTemplate(stream: Stream): Body {
  const body: Statement[] = [];
  while (!stream.is("end")) {
    if (stream.is("block start")) refuseEndTag(stream);
    body.push(parsePart(stream));
  }
  return body;
}

function refuseEndTag(stream: Stream): void {
  const name = stream.peek();
  if (name.type !== "name" || TAGS.has(name.text)) return;
  const opener = /^end(.+)$/.exec(name.text)?.[1];
  if (opener !== undefined || name.text === "else" || name.text === "elif") {
    const what = opener === undefined ? "`if` or `for`" : `\`${opener}\``;
    throw new SyntaxFault(`\`${name.text}\` without ${what}`, name, { label: "nothing is open that it could end" });
  }
}

function parsePart(stream: Stream): Statement {
  const { current } = stream;
  if (current.type === "data") {
    stream.next();
    return { is: "data", text: current.text, start: current.start, end: current.end };
  }
  if (current.type === "output start") return parseOutput(stream);
  return stream.deeper(() => parseTag(stream));
}

function parseOutput(stream: Stream): Statement {
  const start = stream.next();
  const of = parseTuple(stream, parseExpression, () => stream.is("output end"));
  stream.expect("output end", undefined, "an operator or the end of the tag");
  return { is: "output", of, ...spanFrom(start, stream) };
}

function parseTag(stream: Stream): Statement {
  const start = stream.next();
  const name = stream.expect("name", undefined, "a tag's name");
  const statement = parseNamed(stream, name);
  stream.expect("block end", undefined, "the end of the tag");
  return { ...statement, ...spanFrom(start, stream) };
}

/** Everything of a tag but its last `%}`. */
function parseNamed(stream: Stream, name: Token): Bare {
  switch (name.text) {
    case "if":
      return parseIf(stream, name);
    case "for":
      return parseFor(stream, name);
    case "set":
      return parseSet(stream, name);
    case "macro":
      return { is: "macro", macro: parseMacro(stream, name, parseUntil) };
    case "call":
      return parseCall(stream, name);
    case "filter":
      return parseFilterBlock(stream, name);
    case "with":
      return parseWith(stream, name);
    case "block":
      return parseBlock(stream, name);
    case "print":
      return { is: "output", of: parseTuple(stream, parseExpression, () => stream.is("block end")) };
    case "include":
      return parseInclude(stream);
    case "import":
      return parseImport(stream);
    case "from":
      return parseFrom(stream);
    case "extends":
      return parseExtends(stream);
    default:
      return unknownTag(name);
  }
}

/** A body up to one of the tags that may end it; that tag's name is eaten. */
export function parseUntil(stream: Stream, opener: Token, ends: readonly string[]): { body: Body; end: Token } {
  stream.expect("block end", undefined, "the end of the tag");
  const body: Statement[] = [];
  for (;;) {
    if (stream.is("end")) throw neverClosed(opener, ends);
    const name = stream.peek();
    if (stream.is("block start") && name.type === "name" && !TAGS.has(name.text)) {
      if (!ends.includes(name.text)) refuseOtherEnd(name, opener, ends);
      stream.next();
      return { body, end: stream.next() };
    }
    body.push(parsePart(stream));
  }
}

function neverClosed(opener: Token, ends: readonly string[]): SyntaxFault {
  const help = `\`{% ${ends.at(-1) ?? ""} %}\` is missing`;
  return new SyntaxFault(`\`${opener.text}\` is never closed`, opener, { label: "opened here", help });
}

function refuseOtherEnd(name: Token, opener: Token, ends: readonly string[]): void {
  if (!/^(?:end.*|else|elif)$/.test(name.text)) return unknownTag(name);
  const expected = ends.map((end) => `\`${end}\``).join(" or ");
  throw new SyntaxFault(`expected ${expected}, found \`${name.text}\``, name, {}, [
    { span: opener, label: `this \`${opener.text}\` is still open` },
  ]);
}

function parseIf(stream: Stream, name: Token): Bare {
  const branches: { test: Expression; body: Body }[] = [];
  for (;;) {
    const test = parseTuple(stream, parseOr, () => stream.is("block end"));
    const { body, end } = parseUntil(stream, name, ["elif", "else", "endif"]);
    branches.push({ test, body });
    if (end.text === "endif") return { is: "if", branches, otherwise: [] };
    if (end.text === "elif") continue;
    return { is: "if", branches, otherwise: parseUntil(stream, name, ["endif"]).body };
  }
}

function parseFor(stream: Stream, name: Token): Bare {
  const target = parseTarget(stream, { namespace: false });
  stream.expect("name", "in");
  const over = parseTuple(stream, parseOr, () => stream.is("block end") || stream.isName("recursive", "if"));
  const test = stream.accept("name", "if") ? parseExpression(stream) : undefined;
  const recursive = stream.accept("name", "recursive");
  const { body, end } = parseUntil(stream, name, ["else", "endfor"]);
  const otherwise = end.text === "else" ? parseUntil(stream, name, ["endfor"]).body : [];
  return { is: "for", target, over, test, recursive, body, otherwise };
}

function parseSet(stream: Stream, name: Token): Bare {
  const target = parseTarget(stream, { namespace: true });
  if (stream.accept("operator", "=")) {
    const value = parseTuple(stream, parseExpression, () => stream.is("block end"));
    return { is: "set", target, value };
  }
  const filters: Use[] = [];
  while (stream.accept("operator", "|")) filters.push(parseFilter(stream));
  if (!stream.is("block end")) stream.unexpected("`=`");
  const { body } = parseUntil(stream, name, ["endset"]);
  return { is: "setBlock", target, filters, body };
}

function parseCall(stream: Stream, name: Token): Bare {
  const parameters = stream.isOperator("(") ? parseSignature(stream) : [];
  const call = parseExpression(stream);
  if (call.is !== "call") throw new SyntaxFault("expected a macro's call", call, { help: "`{% call name() %}`" });
  const { body } = parseUntil(stream, name, ["endcall"]);
  const caller: Macro = { name: "caller", parameters, body, reads: reads(body) };
  return { is: "callBlock", call, caller };
}

function parseFilterBlock(stream: Stream, name: Token): Bare {
  const filters = [parseFilter(stream)];
  while (stream.accept("operator", "|")) filters.push(parseFilter(stream));
  const { body } = parseUntil(stream, name, ["endfilter"]);
  return { is: "filterBlock", filters, body };
}

function parseWith(stream: Stream, name: Token): Bare {
  const bindings: [Target, Expression][] = [];
  while (!stream.is("block end")) {
    if (bindings.length > 0) stream.expect("operator", ",");
    const target = parseTarget(stream, { namespace: false });
    stream.expect("operator", "=");
    bindings.push([target, parseExpression(stream)]);
  }
  return { is: "with", bindings, body: parseUntil(stream, name, ["endwith"]).body };
}

function parseBlock(stream: Stream, name: Token): Bare {
  const { text } = stream.expect("name", undefined, "a block's name");
  const scoped = stream.accept("name", "scoped");
  stream.accept("name", "required");
  const { body } = parseUntil(stream, name, ["endblock"]);
  stream.accept("name", text);
  return { is: "block", name: text, scoped, body };
}
