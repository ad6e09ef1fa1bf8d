/** Filters that call other filters and tests on each item. */
import { getAttribute } from "../values/attributes.ts";
import { fail } from "../errors/fault.ts";
import { boundedLoop } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args, Native } from "../values/native.ts";
import { truth } from "../values/python.ts";
import type { Run } from "../values/run.ts";
import { Undefined } from "../values/values.ts";
import type { Keywords, Value } from "../values/values.ts";
import { getter } from "./parts/getter.ts";
import type { Getter } from "./parts/getter.ts";

export const select = filterFamily({
  map: native("value, *args, **options", map),
  select: chooser(false, true),
  reject: chooser(false, false),
  selectattr: chooser(true, true),
  rejectattr: chooser(true, false),
  attr: native("value, name", (args) => getAttribute(args.value("value"), args.text("name"))),
});

/** Jinja takes what is empty, None included, as an empty list. */
function each(args: Args): readonly Value[] {
  const value = args.value("value");
  if (!truth(value)) return [];
  const all = args.items("value");
  boundedLoop(all.length, "the list");
  return all;
}

function map(args: Args, run: Run): Value {
  const change = mapping(args, run);
  return each(args).map(change);
}

function mapping(args: Args, run: Run): Getter {
  const [name, ...rest] = args.rest;
  const attribute = args.keywords.get("attribute");
  if (name === undefined && attribute !== undefined) return getter(attribute, args.keywords.get("default") ?? null);
  const filter = nameOf(name, "filter", (known) => run.hasFilter(known));
  return (item) => run.filter(filter, item, rest, args.keywords);
}

function nameOf(name: Value | undefined, what: string, known: (name: string) => boolean): string {
  if (typeof name !== "string") return fail(`the name of a ${what} is missing`, { help: `\`'name'\`` });
  return known(name) ? name : fail(`unknown ${what} \`${name}\``);
}

function chooser(byAttribute: boolean, wanted: boolean): Native {
  return native("value, *args, **options", (args, run) => {
    const [attribute, ...others] = byAttribute ? args.rest : [null, ...args.rest];
    if (attribute === undefined) return fail("the attribute's name is missing");
    const get = getter(attribute);
    const fits = tester(others, args.keywords, run);
    return each(args).filter((item) => fits(get(item)) === wanted);
  });
}

function tester([name, ...rest]: readonly Value[], keywords: Keywords, run: Run): (value: Value) => boolean {
  if (name === undefined) return (value) => (value instanceof Undefined ? value.raise() : truth(value));
  const test = nameOf(name, "test", (known) => run.hasTest(known));
  return (value) => run.test(test, value, rest, keywords);
}
