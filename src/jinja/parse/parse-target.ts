import type { Target } from "./ast.ts";
import { SyntaxFault } from "../errors/fault.ts";
import { isReserved } from "./parse-expression.ts";
import { spanFrom } from "./stream.ts";
import type { Stream } from "./stream.ts";

/** What a value is given to: a name, several with commas, or (`set` only) a namespace's member. */
export function parseTarget(stream: Stream, options: { readonly namespace: boolean }): Target {
  const start = stream.current;
  const first = single(stream, options.namespace);
  if (!stream.isOperator(",")) return first;
  const items = [first];
  while (stream.accept("operator", ",") && (stream.is("name") || stream.isOperator("("))) {
    if (stream.isName("in")) break;
    items.push(single(stream, false));
  }
  return { is: "tuple", items, ...spanFrom(start, stream) };
}

function single(stream: Stream, namespace: boolean): Target {
  if (stream.isOperator("(")) return parenthesis(stream);
  const token = stream.expect("name", undefined, "a name");
  const span = { start: token.start, end: token.end };
  if (isReserved(token) || CONSTANT.has(token.text)) {
    throw new SyntaxFault(`\`${token.text}\` cannot be a variable's name`, span);
  }
  if (!stream.isOperator(".")) return { is: "name", name: token.text, ...span };
  if (!namespace) stream.unexpected("a name without `.`");
  stream.next();
  const member = stream.expect("name", undefined, "a name");
  return { is: "member", namespace: token.text, name: member.text, ...spanFrom(token, stream) };
}

const CONSTANT: ReadonlySet<string> = new Set(["true", "True", "false", "False", "none", "None"]);

function parenthesis(stream: Stream): Target {
  const open = stream.next();
  const inside = stream.deeper(() => parseTarget(stream, { namespace: false }));
  stream.expect("operator", ")");
  const items = inside.is === "tuple" ? inside.items : [inside];
  return { is: "tuple", items, ...spanFrom(open, stream) };
}
