/** `include`, `import` and `from … import`. */
import type { Expression, Statement } from "../parse/ast.ts";
import { Frame, placeOf, placed } from "./context.ts";
import type { Context, Unit } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { fail, Fault } from "../errors/fault.ts";
import { listNames } from "../../text/suggest.ts";
import { didYouMean } from "../errors/hints.ts";
import { Module } from "../values/namespace.ts";
import { Out } from "./out.ts";
import { withArticle } from "../values/python.ts";
import { kind, revealed, Undefined } from "../values/values.ts";
import type { Value } from "../values/values.ts";

export function include(node: Statement & { readonly is: "include" }, context: Context, out: Out): void {
  const unit = chosen(node.template, context, node.ignoreMissing);
  if (unit === undefined) return;
  const frame = new Frame(node.withContext ? context.frame : undefined);
  const scope = node.withContext ? context.scope : undefined;
  context.run.deeper(() => context.run.unit(unit, { frame, scope }, out));
}

export function importModule(node: Statement & { readonly is: "import" }, context: Context): void {
  context.frame.set(node.alias, load(node, context));
}

export function importNames(node: Statement & { readonly is: "from" }, context: Context): void {
  const module = load(node, context);
  for (const { name, alias, span } of node.names) {
    const value = module.attribute(name);
    if (value === undefined) throw placed(missing(name, module), span, context);
    context.frame.set(alias, value);
  }
}

/** Jinja lets a missing name be until it is used; here it is a mistake at once. */
function missing(name: string, module: Module): Fault {
  const names = module.names();
  const help = names.length === 0 ? "it defines nothing" : `it defines ${listNames(names)}`;
  return new Fault(`the imported template does not define \`${name}\``, { ...didYouMean(name, names), help });
}

function load(node: Statement & { readonly is: "import" | "from" }, context: Context): Module {
  const unit = chosen(node.template, context, false);
  if (unit === undefined) return fail("no template to import");
  const frame = new Frame(node.withContext ? context.frame : undefined);
  const scope = node.withContext ? context.scope : undefined;
  context.run.deeper(() => context.run.unit(unit, { frame, scope }, new Out()));
  return new Module(frame.own());
}

/** The template that an expression names: one name, or the first of a list that there is. */
export function chosen(template: Expression, context: Context, ignoreMissing: boolean): Unit | undefined {
  const names = asNames(evaluate(template, context), template, context);
  for (const name of names) {
    const unit = context.run.load(name, context.unit, placeOf(template, context));
    if (unit !== undefined) return unit;
  }
  if (ignoreMissing) return undefined;
  const what =
    names.length === 1
      ? `template ${listNames(names)} is not there`
      : `none of the templates ${listNames(names)} is there`;
  throw placed(new Fault(what), template, context);
}

function asNames(value: Value, node: Expression, context: Context): readonly string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.map((each) => {
    const name = revealed(each);
    if (typeof name === "string") return name;
    if (name instanceof Undefined) return name.raise();
    throw placed(new Fault(`a template's name must be a string, got ${withArticle(kind(name))}`), node, context);
  });
}
