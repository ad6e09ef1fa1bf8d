/** Filters that make lists of lists. */
import { fail } from "../errors/fault.ts";
import { boundedItems, work } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { codePoints } from "../values/text.ts";
import { group, tuple, undefinedValue, orElse } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { binary } from "../values/arithmetic.ts";
import { equals, items, numeric, order, sorted } from "../values/python.ts";
import { caseOf, getter, keysGetter } from "./parts/getter.ts";

const SORT = "value, reverse=false, case_sensitive=false, attribute=none";
const EXTREME = "value, case_sensitive=false, attribute=none";

export const lists = filterFamily({
  first: native("value", (args) =>
    orElse(args.items("value")[0], () => undefinedValue("there is no first item: the list is empty")),
  ),
  last: native("value", (args) =>
    orElse(args.items("value").at(-1), () => undefinedValue("there is no last item: the list is empty")),
  ),
  reverse: native("value", reverse),
  sort: native(SORT, (args) => {
    const by = keysGetter(args.value("attribute"), caseOf(args.flag("case_sensitive")));
    return sorted(args.items("value"), by, args.flag("reverse"));
  }),
  min: native(EXTREME, (args) => extreme(args, -1)),
  max: native(EXTREME, (args) => extreme(args, 1)),
  sum: native("value, attribute=none, start=0", sum),
  groupby: native("value, attribute, default=none, case_sensitive=false", groupBy),
  batch: native("value, linecount, fill_with=none", batch),
  slice: native("value, slices, fill_with=none", slices),
  flatten: native("value, levels=none, skip_nulls=true", (args) => {
    const levels = args.optionalInt("levels") ?? Infinity;
    return flatten(args.items("value"), levels, args.flag("skip_nulls"));
  }),
  zip: native("value, *others", (args) => zip([args.value("value"), ...args.rest], Math.min)),
  zip_longest: native("value, *others, **options", (args) => {
    return zip([args.value("value"), ...args.rest], Math.max, args.keywords.get("fillvalue") ?? null);
  }),
  product: native("value, *others, **options", (args) => {
    const lists = [args.value("value"), ...args.rest];
    const turns = numeric(args.keywords.get("repeat") ?? 1) ?? 1;
    boundedItems(lists.length * turns);
    return product(Array.from({ length: turns }, () => lists).flat()).map(asTuple);
  }),
  permutations: native("value, r=none", (args) => {
    const all = args.items("value");
    return arrangements(all, args.optionalInt("r") ?? all.length, (rest, i) => rest.filter((_, at) => at !== i));
  }),
  combinations: native("value, r", (args) => {
    return arrangements(args.items("value"), args.int("r"), (rest, i) => rest.slice(i + 1));
  }),
});

function asTuple(value: Value): Value {
  return Array.isArray(value) ? tuple(value) : value;
}

function reverse(args: Args): Value {
  const value = args.value("value");
  if (typeof value === "string") return codePoints(value).reverse().join("");
  return [...args.items("value")].reverse();
}

function extreme(args: Args, sign: number): Value {
  const [first, ...rest] = args.items("value");
  if (first === undefined) return undefinedValue("there is no smallest or largest item: the list is empty");
  const change = caseOf(args.flag("case_sensitive"));
  const get = getter(args.value("attribute"));
  const by = (item: Value): Value => change(get(item));
  return rest.reduce((best, item) => (sign * order(by(item), by(best)) > 0 ? item : best), first);
}

function sum(args: Args): Value {
  const get = getter(args.value("attribute"));
  const start = args.value("start");
  if (typeof start === "string") return fail("texts are not summed up", { help: "`| join` joins them" });
  return args.items("value").reduce<Value>((total, item) => binary("+", total, get(item)), start);
}

/** Sorted by the attribute; items whose attribute is equal are one group. */
function groupBy(args: Args): Value {
  const get = getter(args.value("attribute"), args.value("default"));
  const change = caseOf(args.flag("case_sensitive"));
  const by = (item: Value): Value => change(get(item));
  const groups: { readonly key: Value; readonly items: Value[] }[] = [];
  for (const item of sorted(args.items("value"), by)) {
    const last = groups.at(-1);
    if (last !== undefined && equals(last.key, by(item))) last.items.push(item);
    else groups.push({ key: by(item), items: [item] });
  }
  return groups.map(({ items: members }) => group(members[0] === undefined ? null : get(members[0]), members));
}

function batch(args: Args): Value {
  const [all, size, fill] = [args.items("value"), args.int("linecount"), args.value("fill_with")];
  if (size < 1) return fail("`linecount` must be at least 1");
  boundedItems(size);
  const rows: Value[][] = [];
  for (let i = 0; i < all.length; i += size) rows.push(all.slice(i, i + size));
  const last = rows.at(-1);
  if (fill !== null) while (last !== undefined && last.length < size) last.push(fill);
  return rows;
}

function slices(args: Args): Value {
  const [all, count, fill] = [args.items("value"), args.int("slices"), args.value("fill_with")];
  if (count < 1) return fail("`slices` must be at least 1");
  boundedItems(count);
  const [least, longer] = [Math.floor(all.length / count), all.length % count];
  let from = 0;
  return Array.from({ length: count }, (_, i) => {
    const part = all.slice(from, from + least + (i < longer ? 1 : 0));
    from += part.length;
    return fill !== null && i >= longer ? [...part, fill] : part;
  });
}

function flatten(list: readonly Value[], levels: number, skipNulls: boolean, into: Value[] = []): Value[] {
  work(list.length);
  for (const item of list) {
    if (skipNulls && (item === null || item === "None" || item === "null")) continue;
    if (Array.isArray(item) && levels > 0) flatten(item, levels - 1, skipNulls, into);
    else boundedItems(into.push(item));
  }
  return into;
}

function zip(lists: readonly Value[], size: (...sizes: number[]) => number, fill: Value = null): Value {
  const all = lists.map((list) => items(list, "`zip`"));
  const rows = size(...all.map((list) => list.length));
  return Array.from({ length: rows }, (_, i) => tuple(all.map((list) => orElse(list[i], () => fill))));
}

/** Every way to take `size` items; `rest` says what may come after the one taken. */
function arrangements(
  all: readonly Value[],
  size: number,
  rest: (all: readonly Value[], taken: number) => readonly Value[],
): Value[] {
  const made: Value[] = [];
  const extend = (taken: readonly Value[], left: readonly Value[]): void => {
    if (taken.length === size) {
      work(4 * size);
      boundedItems(made.push(tuple(taken)));
      return;
    }
    work(left.length);
    left.forEach((item, i) => extend([...taken, item], rest(left, i)));
  };
  if (size < 0) fail("`r` must not be negative");
  if (size <= all.length) extend([], all);
  return made;
}

/** Every way to take one item of each list, the last list's turning fastest. */
export function product(lists: readonly Value[]): Value[] {
  const all = lists.map((list) => items(list));
  boundedItems(all.reduce((size, list) => size * list.length, 1));
  return all.reduce<Value[][]>((made, list) => made.flatMap((start) => list.map((item) => [...start, item])), [[]]);
}
