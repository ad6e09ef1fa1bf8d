import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import type { Place } from "../../core/source.ts";
import type { Span } from "../../text/span.ts";
import { placeOf } from "./context.ts";
import type { Context, Frame } from "./context.ts";
import { UndefinedError } from "../errors/fault.ts";
import { globalNames, globalValue } from "../builtins/globals.ts";
import { closestMatch } from "../../text/suggest.ts";
import { Undefined } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { CycleError } from "./variables.ts";

/** The value of a name: what the template gave it, a variable, a function of Jinja's or Ansible's; or undefined. */
export function lookUp(name: string, span: Span, context: Context): Value {
  const own = context.frame.get(name);
  if (own !== undefined) return own;
  if (context.scope?.has(name) === true) return variable(name, span, context);
  return globalValue(name, context.run, context.scope) ?? notDefined(name, span, context);
}

/** A variable whose own value names something undefined is undefined itself, so that `default` works on it. */
function variable(name: string, span: Span, context: Context): Value {
  try {
    return context.run.variable(name) ?? null;
  } catch (error) {
    // a cycle says by itself which variables led to it
    if (!(error instanceof InputError) || error instanceof CycleError) throw error;
    const traced = usedHere(error, name, placeOf(span, context));
    if (!(error instanceof UndefinedError)) throw traced;
    return new Undefined(() => {
      throw traced;
    });
  }
}

/** The same problem, with the place of the text that led to it. */
function usedHere(error: InputError, name: string, place: Place): InputError {
  const link = { place, label: `\`${name}\` is used here` };
  const problems = error.problems.map((problem): Problem => {
    const related = problem.related ?? [];
    return related.length >= 5 ? problem : { ...problem, related: [...related, link] };
  });
  return error instanceof UndefinedError ? new UndefinedError(problems) : new InputError(problems);
}

function notDefined(name: string, span: Span, context: Context): Undefined {
  return new Undefined(() => {
    throw new UndefinedError([describe(name, placeOf(span, context), context)]);
  });
}

function describe(name: string, place: Place, context: Context): Problem {
  const near = closestMatch(name, known(context));
  const problem: Problem = {
    severity: "error",
    code: "undefined-variable",
    message: `\`${name}\` is not defined`,
    place,
  };
  const help = `give it a value, or write \`${name} | default(…)\``;
  if (near === undefined) return { ...problem, help };
  const defined = context.scope?.place?.(near);
  const related = defined === undefined ? {} : { related: [{ place: defined, label: `\`${near}\` is defined here` }] };
  return { ...problem, label: `did you mean \`${near}\`?`, help, ...related };
}

function* known(context: Context): Iterable<string> {
  for (let frame: Frame | undefined = context.frame; frame !== undefined; frame = frame.outer)
    yield* frame.own().keys();
  if (context.scope !== undefined) yield* context.scope.names();
  yield* globalNames();
}
