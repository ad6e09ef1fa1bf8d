/** Lists as sets: each item once, in the order of the first. */
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { identity } from "../values/python.ts";
import type { Value } from "../values/values.ts";
import { caseOf, getter } from "./parts/getter.ts";

export const sets = filterFamily({
  unique: native("value, case_sensitive=none, attribute=none", (args) => {
    const change = caseOf(args.flag("case_sensitive"));
    const get = getter(args.value("attribute"));
    return once(args.items("value"), (item) => identity(change(get(item))));
  }),
  union: native("value, other", (args) => once([...args.items("value"), ...args.items("other")])),
  intersect: native("value, other", (args) => {
    const other = ids(args, "other");
    return once(args.items("value").filter((item) => other.has(identity(item))));
  }),
  difference: native("value, other", (args) => {
    const other = ids(args, "other");
    return once(args.items("value").filter((item) => !other.has(identity(item))));
  }),
  symmetric_difference: native("value, other", (args) => {
    const [one, other] = [ids(args, "value"), ids(args, "other")];
    const all = [...args.items("value"), ...args.items("other")];
    return once(all.filter((item) => !(one.has(identity(item)) && other.has(identity(item)))));
  }),
});

function ids(args: Args, name: string): ReadonlySet<string> {
  return new Set(args.items(name).map((item) => identity(item)));
}

function once(all: readonly Value[], by: (item: Value) => string = (item) => identity(item)): Value[] {
  const seen = new Set<string>();
  return all.filter((item) => {
    const id = by(item);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
