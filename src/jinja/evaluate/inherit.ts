/** `extends` and `block`. */
import type { Body, Statement } from "../parse/ast.ts";
import { Frame } from "./context.ts";
import type { BlockBody, Context, Inheritance, Unit } from "./context.ts";
import { execute } from "./execute.ts";
import { fail } from "../errors/fault.ts";
import { chosen } from "./include.ts";
import { Out } from "./out.ts";
import { Callable } from "../values/values.ts";

export function extend(node: Statement & { readonly is: "extends" }, context: Context): void {
  if (context.inheritance.parent !== undefined) fail("a template can extend only one other");
  context.inheritance.parent = chosen(node.template, context, false);
}

/** Notes a unit's blocks after those of the templates that extend it. */
export function addBlocks(unit: Unit, inheritance: Inheritance): void {
  for (const { name, body } of blocks(unit.body)) {
    const all = inheritance.blocks.get(name) ?? [];
    inheritance.blocks.set(name, [...all, { body, unit }]);
  }
}

function* blocks(body: Body): Iterable<Statement & { readonly is: "block" }> {
  for (const node of body) {
    if (node.is === "block") yield node;
    for (const each of bodies(node)) yield* blocks(each);
  }
}

function bodies(node: Statement): readonly Body[] {
  switch (node.is) {
    case "if":
      return [...node.branches.map(({ body }) => body), node.otherwise];
    case "for":
      return [node.body, node.otherwise];
    case "setBlock":
    case "filterBlock":
    case "with":
    case "block":
      return [node.body];
    default:
      return [];
  }
}

/** Prints the outermost child's block of that name. */
export function printBlock(node: Statement & { readonly is: "block" }, context: Context, out: Out): void {
  const all = context.inheritance.blocks.get(node.name) ?? [];
  printNth(all, 0, { ...context, frame: node.scoped ? context.frame : outermost(context.frame) }, out);
}

function outermost(frame: Frame): Frame {
  return frame.outer === undefined ? frame : outermost(frame.outer);
}

function printNth(all: readonly BlockBody[], n: number, context: Context, out: Out): void {
  const block = all[n];
  if (block === undefined) return fail("there is no parent block");
  const frame = new Frame(context.frame);
  frame.set("super", new Callable("super", () => parentBlock(all, n + 1, context)));
  context.run.deeper(() => execute(block.body, { ...context, unit: block.unit, frame }, out));
}

function parentBlock(all: readonly BlockBody[], n: number, context: Context): string {
  const printed = new Out();
  printNth(all, n, context, printed);
  return printed.string();
}
