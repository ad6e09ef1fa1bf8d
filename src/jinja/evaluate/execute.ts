/** What tags do. */
import type { Body, Expression, Statement, Target, Use } from "../parse/ast.ts";
import type { Span } from "../../text/span.ts";
import { inner, placed } from "./context.ts";
import type { Context } from "./context.ts";
import { applyFilter, call, evaluate } from "./evaluate.ts";
import { fail } from "../errors/fault.ts";
import { loop } from "./loop.ts";
import { include, importModule, importNames } from "./include.ts";
import { extend, printBlock } from "./inherit.ts";
import { macro } from "./macro.ts";
import { Namespace } from "../values/namespace.ts";
import { Out } from "./out.ts";
import { items, truth } from "../values/python.ts";
import type { Value } from "../values/values.ts";

export function execute(body: Body, context: Context, out: Out): void {
  for (const statement of body) {
    try {
      step(statement, context, out);
    } catch (error) {
      throw placed(error, statement, context);
    }
  }
}

function step(node: Statement, context: Context, out: Out): void {
  // after `extends` only the parent prints; the child's definitions still count
  const silent = context.inheritance.parent !== undefined;
  switch (node.is) {
    case "data":
      return silent ? undefined : out.text(node.text);
    case "output":
      return silent ? undefined : print(node.of, context, out);
    case "if":
      return choose(node, context, out);
    case "for":
      return loop(node, context, out);
    case "set":
      return assign(node.target, evaluate(node.value, context), context);
    case "setBlock":
      return assign(node.target, filtered(node.body, node.filters, context), context);
    case "macro":
      return context.frame.set(node.macro.name, macro(node.macro, context));
    case "callBlock":
      return callBlock(node, context, out);
    case "filterBlock":
      return out.value(filtered(node.body, node.filters, context), blame(node, context));
    case "with":
      return bindings(node, context, out);
    case "include":
      return silent ? undefined : include(node, context, out);
    case "import":
      return importModule(node, context);
    case "from":
      return importNames(node, context);
    case "block":
      return silent ? undefined : printBlock(node, context, out);
    case "extends":
      return extend(node, context);
  }
}

function print(of: Expression, context: Context, out: Out): void {
  try {
    out.value(evaluate(of, context), blame(of, context));
  } catch (error) {
    throw placed(error, of, context);
  }
}

function blame(span: Span, context: Context): (error: unknown) => unknown {
  return (error) => placed(error, span, context);
}

function choose(node: Statement & { readonly is: "if" }, context: Context, out: Out): void {
  const branch = node.branches.find(({ test }) => holds(test, context));
  execute(branch?.body ?? node.otherwise, context, out);
}

/** The truth of an expression; what has none is blamed on the expression. */
export function holds(test: Expression, context: Context): boolean {
  try {
    return truth(evaluate(test, context));
  } catch (error) {
    throw placed(error, test, context);
  }
}

/** What a body prints, with filters applied to it. */
function filtered(body: Body, filters: readonly Use[], context: Context): Value {
  const printed = new Out();
  execute(body, inner(context), printed);
  return filters.reduce<Value>((value, use) => {
    try {
      return applyFilter(value, use, context);
    } catch (error) {
      throw placed(error, use.nameSpan, context);
    }
  }, printed.string());
}

function callBlock(node: Statement & { readonly is: "callBlock" }, context: Context, out: Out): void {
  const caller = macro(node.caller, context);
  const callee = evaluate(node.call.callee, context);
  try {
    out.value(call(callee, node.call, context, new Map([["caller", caller]])), blame(node.call, context));
  } catch (error) {
    throw placed(error, node.call, context);
  }
}

function bindings(node: Statement & { readonly is: "with" }, context: Context, out: Out): void {
  const within = inner(context);
  const values = node.bindings.map(([target, value]) => ({ target, value: evaluate(value, context) }));
  for (const { target, value } of values) assign(target, value, within);
  execute(node.body, within, out);
}

/** Gives a value to a name, to several, or to a namespace's member. */
export function assign(target: Target, value: Value, context: Context): void {
  if (target.is === "name") return context.frame.set(target.name, value);
  if (target.is === "tuple") return unpack(target, value, context);
  const namespace = context.frame.get(target.namespace);
  if (namespace instanceof Namespace) return namespace.set(target.name, value);
  return fail(`\`${target.namespace}\` is not a namespace`, {
    help: `\`{% set ${target.namespace} = namespace(${target.name}=…) %}\` makes one`,
  });
}

function unpack(target: Target & { readonly is: "tuple" }, value: Value, context: Context): void {
  const values = items(value, "unpacking");
  if (values.length !== target.items.length) {
    fail(`expected ${target.items.length} values to unpack, got ${values.length}`);
  }
  target.items.forEach((item, i) => assign(item, values[i] ?? null, context));
}
