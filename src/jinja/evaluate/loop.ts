import type { Statement } from "../parse/ast.ts";
import { Frame, inner, placed } from "./context.ts";
import type { Context } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { assign, execute, holds } from "./execute.ts";
import { fail } from "../errors/fault.ts";
import { boundedLoop, LIMITS, work } from "../errors/limits.ts";
import { Out } from "./out.ts";
import { equals, items, withArticle } from "../values/python.ts";
import { Callable, Instance, kind, undefinedValue, orElse } from "../values/values.ts";
import type { Value } from "../values/values.ts";

type For = Statement & { readonly is: "for" };

export function loop(node: For, context: Context, out: Out): void {
  let all: readonly Value[];
  try {
    all = loopItems(evaluate(node.over, context));
  } catch (error) {
    throw placed(error, node.over, context);
  }
  turns(node, all, context, out, 0);
}

function loopItems(over: Value): readonly Value[] {
  if (over instanceof Instance || over === null || typeof over === "boolean" || typeof over === "number") {
    return fail(`\`for\` needs a list, got ${withArticle(kind(over))}`);
  }
  return items(over, "`for`");
}

function turns(node: For, all: readonly Value[], context: Context, out: Out, depth: number): void {
  boundedLoop(all.length, "the loop");
  work(all.length);
  const chosen = node.test === undefined ? [...all] : all.filter((item) => passes(node, item, context));
  if (chosen.length === 0) return execute(node.otherwise, inner(context), out);
  const state = new Loop(chosen, depth, node.recursive ? again(node, context, depth) : undefined);
  for (const item of chosen) {
    const within = inner(context);
    within.frame.set("loop", state);
    assign(node.target, item, within);
    execute(node.body, within, out);
    state.step();
  }
}

function passes(node: For, item: Value, context: Context): boolean {
  const within = inner(context);
  assign(node.target, item, within);
  return node.test === undefined || holds(node.test, within);
}

/** `loop(children)` in a recursive loop. */
function again(node: For, context: Context, depth: number): Callable["call"] {
  return ([children]) => {
    if (depth >= LIMITS.depth) fail(`the loop calls itself more than ${LIMITS.depth} levels deep`);
    const printed = new Out();
    turns(node, loopItems(children ?? null), inner(context, new Frame(context.frame)), printed, depth + 1);
    return printed.string();
  };
}

/** Jinja's `loop`. */
class Loop extends Instance {
  readonly type = "loop";
  readonly #items: readonly Value[];
  readonly #depth: number;
  #at = 0;
  #last: Value[] | undefined;

  constructor(all: readonly Value[], depth: number, again: Callable["call"] | undefined) {
    super();
    this.#items = all;
    this.#depth = depth;
    this.call = again;
  }

  step(): void {
    this.#at += 1;
  }

  attribute(name: string): Value | undefined {
    const [at, size] = [this.#at, this.#items.length];
    switch (name) {
      case "index":
        return at + 1;
      case "index0":
        return at;
      case "revindex":
        return size - at;
      case "revindex0":
        return size - at - 1;
      case "first":
        return at === 0;
      case "last":
        return at === size - 1;
      case "length":
        return size;
      case "depth":
        return this.#depth + 1;
      case "depth0":
        return this.#depth;
      case "previtem":
        return orElse(this.#items[at - 1], () => undefinedValue("there is no item before the first"));
      case "nextitem":
        return orElse(this.#items[at + 1], () => undefinedValue("there is no item after the last"));
      case "cycle":
        return new Callable("loop.cycle", (args) => orElse(args[at % args.length], () => fail("`cycle` needs values")));
      case "changed":
        return new Callable("loop.changed", (args) => this.#changed([...args]));
      default:
        return undefined;
    }
  }

  #changed(values: Value[]): boolean {
    const same = this.#last !== undefined && equals(this.#last, values);
    this.#last = values;
    return !same;
  }
}
