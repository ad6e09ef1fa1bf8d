/** The functions that every template has. */
import { pairs } from "../values/collection-methods.ts";
import { fail } from "../errors/fault.ts";
import { boundedLoop } from "../errors/limits.ts";
import { lookup } from "./lookup.ts";
import { Cycler, joiner, Namespace } from "../values/namespace.ts";
import { invoke, native } from "../values/native.ts";
import type { Args, Natives } from "../values/native.ts";
import type { Run } from "../values/run.ts";
import type { Scope } from "../values/scope.ts";
import { Moment } from "../values/time.ts";
import { Callable, Dict, key, undefinedValue } from "../values/values.ts";
import type { Value } from "../values/values.ts";

const GLOBALS: Natives = {
  range: native("start, stop=none, step=1", range),
  dict: native("pairs=none, **keywords", dict),
  namespace: native(
    "pairs=none, **keywords",
    (args) => {
      const entries = dict(args).entries();
      return new Namespace(entries.map(([name, value]) => [String(name), value]));
    },
    { raw: true },
  ),
  cycler: native("*values", (args) => new Cycler(args.rest)),
  joiner: native("sep=', '", (args) => joiner(args.value("sep"))),
  lookup: native("name, *terms, **options", (args, run) => lookup(args, run, false)),
  query: native("name, *terms, **options", (args, run) => lookup(args, run, true)),
  q: native("name, *terms, **options", (args, run) => lookup(args, run, true)),
  now: native("utc=false, fmt=none", (args, run) => {
    const date = run.options.now?.() ?? new Date();
    const moment = new Moment(date.getTime() / 1000, args.flag("utc"));
    const format = args.optionalText("fmt");
    return format === undefined ? moment : moment.format(format);
  }),
  undef: native("hint=''", (args) =>
    undefinedValue(args.string("hint") || "a mandatory variable has not been overridden"),
  ),
};

export function globalNames(): readonly string[] {
  return [...Object.keys(GLOBALS), "vars"];
}

export function globalValue(name: string, run: Run, scope: Scope | undefined): Value | undefined {
  if (name === "vars" && scope !== undefined) return allVariables(run, scope);
  const found = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined;
  if (found === undefined) return undefined;
  return new Callable(name, (args, keywords) => invoke(name, found, args, keywords, run));
}

/** `vars['name']` */
function allVariables(run: Run, scope: Scope): Dict {
  return new Dict([], {
    keys: () => scope.names(),
    has: (name) => typeof name === "string" && scope.has(name),
    get: (name) => run.variable(String(name)) ?? null,
  });
}

function range(args: Args): Value {
  const first = args.int("start");
  const [start, stop] = args.value("stop") === null ? [0, first] : [first, args.int("stop")];
  const step = args.int("step");
  if (step === 0) fail("`range` cannot have a step of 0");
  const size = Math.max(0, Math.ceil((stop - start) / step));
  boundedLoop(size, "`range`");
  return Array.from({ length: size }, (_, i) => start + i * step);
}

function dict(args: Args): Dict {
  const given = args.value("pairs");
  const entries = given instanceof Dict ? given.entries() : given === null ? [] : pairs(given).map(entry);
  return new Dict([...entries, ...args.keywords]);
}

function entry([name, value]: readonly [Value, Value]): [string | number | bigint | boolean | null, Value] {
  return [key(name), value];
}
