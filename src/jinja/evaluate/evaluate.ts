/** Evaluates expressions. */
import { binary, sign } from "../values/arithmetic.ts";
import { Absent, findAttribute, findItem } from "../values/attributes.ts";
import type { Arguments, Comparison, Expression, Use } from "../parse/ast.ts";
import type { Span } from "../../text/span.ts";
import { placed, placeOf } from "./context.ts";
import type { Context } from "./context.ts";
import { fail, UndefinedError } from "../errors/fault.ts";
import { boundedText, textWork, work } from "../errors/limits.ts";
import { lookUp } from "./look-up.ts";
import { str } from "../values/print.ts";
import { contains, equals, items, order, truth, withArticle } from "../values/python.ts";
import { slice } from "../values/slice.ts";
import { excerpt } from "../values/text.ts";
import { Callable, Dict, Instance, key, kind, tuple, Undefined, undefinedValue } from "../values/values.ts";
import type { Keywords, Value } from "../values/values.ts";

/** @throws InputError with the place of the innermost part that went wrong */
export function evaluate(node: Expression, context: Context): Value {
  try {
    work(1);
    return value(node, context);
  } catch (error) {
    throw placed(error, blamed(node), context);
  }
}

/** The part of an expression that an error points at. */
function blamed(node: Expression): Span {
  if (node.is === "filter" || node.is === "test") return { start: node.use.nameSpan.start, end: node.end };
  return node.is === "attribute" ? node.nameSpan : node;
}

function value(node: Expression, context: Context): Value {
  switch (node.is) {
    case "constant":
      return node.value;
    case "name":
      return lookUp(node.name, node, context);
    case "list":
      return node.items.map((item) => evaluate(item, context));
    case "tuple":
      return tuple(node.items.map((item) => evaluate(item, context)));
    case "dict":
      return new Dict(node.entries.map(([name, each]) => [key(evaluate(name, context)), evaluate(each, context)]));
    case "attribute":
      return present(findAttribute(evaluate(node.of, context), node.name), node, context);
    case "item":
      return present(findItem(evaluate(node.of, context), evaluate(node.index, context)), node, context);
    case "slice":
      return slice(
        evaluate(node.of, context),
        node.bounds.map((bound) => (bound === undefined ? null : evaluate(bound, context))),
      );
    case "call":
      return call(evaluate(node.callee, context), node, context);
    case "filter":
      return applyFilter(evaluate(node.of, context), node.use, context);
    case "test":
      return applyTest(node, context);
    case "unary":
      return sign(node.operator, evaluate(node.of, context));
    case "binary":
      return binary(node.operator, evaluate(node.left, context), evaluate(node.right, context));
    case "compare":
      return compareAll(node, context);
    case "and":
      return both(node, context, false);
    case "or":
      return both(node, context, true);
    case "not":
      return !truth(evaluate(node.of, context));
    case "concat":
      return concat(node.parts, context);
    case "if":
      return conditional(node, context);
  }
}

/** `and` ends with the first false value, `or` with the first true one; the value itself is the result. */
function both(node: Expression & { readonly is: "and" | "or" }, context: Context, end: boolean): Value {
  const left = evaluate(node.left, context);
  return truth(left) === end ? left : evaluate(node.right, context);
}

function conditional(node: Expression & { readonly is: "if" }, context: Context): Value {
  if (truth(evaluate(node.test, context))) return evaluate(node.then, context);
  if (node.otherwise !== undefined) return evaluate(node.otherwise, context);
  const made = undefinedValue("the condition is false and there is no `else`", { help: "add `else ''`" }, true);
  return located(made, node, context);
}

function concat(parts: readonly Expression[], context: Context): Value {
  let text = "";
  for (const part of parts) {
    text += str(evaluate(part, context));
    boundedText(text.length);
  }
  textWork(text.length);
  return text;
}

function compareAll(node: Expression & { readonly is: "compare" }, context: Context): boolean {
  let left = evaluate(node.first, context);
  for (const { operator, right } of node.rest) {
    const next = evaluate(right, context);
    if (!holds(operator, left, next)) return false;
    left = next;
  }
  return true;
}

export function holds(operator: Comparison, a: Value, b: Value): boolean {
  switch (operator) {
    case "==":
      return equals(a, b);
    case "!=":
      return !equals(a, b);
    case "<":
      return order(a, b) < 0;
    case "<=":
      return order(a, b) <= 0;
    case ">":
      return order(a, b) > 0;
    case ">=":
      return order(a, b) >= 0;
    case "in":
      return contains(b, a);
    case "not in":
      return !contains(b, a);
  }
}

/** Turns a missing value into an undefined value that knows its name and place. */
function present(found: Value | Absent, node: Expression, context: Context): Value {
  if (!(found instanceof Absent)) return found;
  const span = node.is === "attribute" ? node.nameSpan : node.is === "item" ? node.index : node;
  return new Undefined(() => {
    const text = excerpt(context.unit.text.slice(node.start, node.end), 60);
    const message = `\`${text}\` is not defined: ${found.reason}`;
    throw new UndefinedError([
      { severity: "error", code: "undefined-variable", message, place: placeOf(span, context), ...found.details },
    ]);
  });
}

/** Gives an undefined value that a filter or function made the place of its call. */
function located(made: Value, node: Span, context: Context): Value {
  if (!(made instanceof Undefined)) return made;
  return new Undefined(() => {
    try {
      return made.raise();
    } catch (error) {
      throw placed(error, node, context);
    }
  }, made.lenient);
}

function positional(args: Arguments, context: Context): Value[] {
  const values = args.positional.map((arg) => evaluate(arg, context));
  if (args.rest !== undefined) values.push(...items(evaluate(args.rest, context), "`*`"));
  return values;
}

function keywords(args: Arguments, context: Context): Keywords {
  const values = new Map(args.keywords.map(([name, arg]) => [name, evaluate(arg, context)] as const));
  if (args.restKeywords === undefined) return values;
  const rest = evaluate(args.restKeywords, context);
  if (!(rest instanceof Dict)) return fail(`\`**\` needs a map, got ${withArticle(kind(rest))}`);
  for (const [name, each] of rest.entries()) values.set(String(name), each);
  return values;
}

/** @param extra keywords in addition to those written: the `caller` of a `call` block */
export function call(
  callee: Value,
  node: Expression & { readonly is: "call" },
  context: Context,
  extra: Keywords = new Map(),
): Value {
  if (callee instanceof Undefined) return callee.raise();
  const run = callee instanceof Callable || callee instanceof Instance ? callee.call : undefined;
  if (run === undefined) {
    const name = excerpt(context.unit.text.slice(node.callee.start, node.callee.end), 60);
    return fail(`\`${name}\` is ${withArticle(kind(callee))} and cannot be called`);
  }
  const args = positional(node.args, context);
  const named = new Map([...keywords(node.args, context), ...extra]);
  const made = context.run.at(context, node, () => run(args, named));
  return located(made, node, context);
}

export function applyFilter(input: Value, use: Use, context: Context): Value {
  const [args, named] = [positional(use, context), keywords(use, context)];
  const span = { start: use.nameSpan.start, end: use.nameSpan.end };
  const made = context.run.at(context, span, () => context.run.filter(use.name, input, args, named));
  return located(made, span, context);
}

function applyTest(node: Expression & { readonly is: "test" }, context: Context): boolean {
  const input = evaluate(node.of, context);
  const [args, named] = [positional(node.use, context), keywords(node.use, context)];
  return context.run.test(node.use.name, input, args, named) !== node.negated;
}
