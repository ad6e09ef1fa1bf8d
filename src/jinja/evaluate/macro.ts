import type { Macro, Parameter } from "../parse/ast.ts";
import { Frame, placeOf } from "./context.ts";
import type { Context } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { execute } from "./execute.ts";
import { fail, UndefinedError } from "../errors/fault.ts";
import { didYouMean } from "../errors/hints.ts";
import { Out } from "./out.ts";
import { Callable, Dict, Undefined, tuple } from "../values/values.ts";
import type { Keywords, Value } from "../values/values.ts";

/** A macro as a value: what it sees is where it was defined. */
export function macro(node: Macro, context: Context): Callable {
  const names = node.parameters.map(({ name }) => name);
  const about = new Map<string, Value>([
    ["name", node.name],
    ["arguments", tuple(names)],
    ["catch_kwargs", node.reads.has("kwargs")],
    ["catch_varargs", node.reads.has("varargs")],
    ["caller", node.reads.has("caller")],
  ]);
  return new Callable(node.name, (args, keywords) => run(node, args, keywords, context), about);
}

function run(node: Macro, args: readonly Value[], keywords: Keywords, defined: Context): Value {
  const within: Context = { ...defined, frame: new Frame(defined.frame) };
  node.parameters.forEach((parameter, i) => {
    within.frame.set(parameter.name, argument(node, parameter, args[i], keywords, within));
  });
  extras(node, args.slice(node.parameters.length), keywords, within.frame);
  const printed = new Out();
  defined.run.deeper(() => execute(node.body, within, printed));
  return defined.run.native ? printed.native((value) => value) : printed.string();
}

function argument(
  node: Macro,
  parameter: Parameter,
  positional: Value | undefined,
  keywords: Keywords,
  within: Context,
): Value {
  const named = keywords.get(parameter.name);
  if (positional !== undefined && named !== undefined) fail(`\`${node.name}\` gets \`${parameter.name}\` twice`);
  if (positional !== undefined) return positional;
  if (named !== undefined) return named;
  if (parameter.fallback !== undefined) return evaluate(parameter.fallback, within);
  return new Undefined(() => {
    const message = `\`${parameter.name}\` was not given to \`${node.name}\``;
    throw new UndefinedError([
      { severity: "error", code: "undefined-variable", message, place: placeOf(parameter.span, within) },
    ]);
  });
}

/** What was given beyond the parameters: `varargs`, `kwargs`, `caller`, if the body reads them. */
function extras(node: Macro, rest: Value[], keywords: Keywords, frame: Frame): void {
  const names = node.parameters.map(({ name }) => name);
  const extra = [...keywords].filter(([name]) => !names.includes(name) && name !== "caller");
  if (rest.length > 0 && !node.reads.has("varargs")) {
    const most = names.length === 0 ? "no arguments" : `at most ${names.length}`;
    fail(`\`${node.name}\` takes ${most}, got ${names.length + rest.length}`);
  }
  const [unknown] = extra;
  if (unknown !== undefined && !node.reads.has("kwargs")) {
    fail(`\`${node.name}\` has no argument \`${unknown[0]}\``, didYouMean(unknown[0], names));
  }
  if (node.reads.has("varargs")) frame.set("varargs", tuple(rest));
  if (node.reads.has("kwargs")) frame.set("kwargs", new Dict(extra));
  const caller = keywords.get("caller");
  if (caller !== undefined && !names.includes("caller")) callerOf(node, caller, frame);
}

function callerOf(node: Macro, caller: Value, frame: Frame): void {
  if (!node.reads.has("caller")) fail(`\`${node.name}\` does not call \`caller()\``);
  frame.set("caller", caller);
}
