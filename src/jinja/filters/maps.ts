/** Filters about maps. */
import { getItem } from "../values/attributes.ts";
import { fail } from "../errors/fault.ts";
import { LIMITS } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import { didYouMean } from "../errors/hints.ts";
import type { Args } from "../values/native.ts";
import { equals, identity, sorted, truth, withArticle } from "../values/python.ts";
import { Dict, key, kind, tuple, Undefined } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { caseOf } from "./parts/getter.ts";

export const maps = filterFamily({
  combine: native("value, *others, **options", combine),
  dict2items: native("value, key_name='key', value_name='value'", (args) => {
    const [keyName, valueName] = [args.text("key_name"), args.text("value_name")];
    return args
      .dict("value")
      .entries()
      .map(
        ([name, value]) =>
          new Dict([
            [keyName, name],
            [valueName, value],
          ]),
      );
  }),
  items2dict: native("value, key_name='key', value_name='value'", items2dict),
  dictsort: native("value, case_sensitive=false, by='key', reverse=false", dictsort),
  items: native(
    "value",
    (args) => {
      if (args.value("value") instanceof Undefined) return [];
      return args
        .dict("value")
        .entries()
        .map(([name, value]) => tuple([name, value]));
    },
    { raw: true },
  ),
  extract: native("value, container, morekeys=none", extract),
  rekey_on_member: native("value, key, duplicates='error'", rekey),
  subelements: native("value, subelements, skip_missing=false", subelements),
});

const MERGES = ["replace", "keep", "append", "prepend", "append_rp", "prepend_rp"] as const;
const OPTIONS = ["recursive", "list_merge"];
type Merge = (typeof MERGES)[number];

function combine(args: Args): Value {
  const dicts = [args.value("value"), ...args.rest].flatMap((each) => (Array.isArray(each) ? each : [each]));
  const unknown = [...args.keywords.keys()].find((name) => name !== "recursive" && name !== "list_merge");
  if (unknown !== undefined) return fail(`\`combine\` has no argument \`${unknown}\``, didYouMean(unknown, OPTIONS));
  const recursive = truth(args.keywords.get("recursive") ?? false);
  const listMerge = MERGES.find((name) => name === (args.keywords.get("list_merge") ?? "replace"));
  if (listMerge === undefined) return fail(`\`list_merge\` must be one of ${MERGES.join(", ")}`);
  const all = dicts.map((each) => {
    if (each instanceof Undefined) return each.raise();
    return each instanceof Dict ? each : fail(`\`combine\` needs maps, got ${withArticle(kind(each))}`);
  });
  return all.reduce((made, next) => merge(made, next, recursive, listMerge, 0), new Dict());
}

/** The entries of both; where both have one, the second's counts. */
function merge(first: Dict, second: Dict, recursive: boolean, listMerge: Merge, depth: number): Dict {
  if (depth > LIMITS.depth) return fail("the maps are nested too deeply");
  // so that equal maps keep the second's order of keys, as Ansible has it
  if (equals(first, second)) return second.copy();
  const made = first.copy();
  for (const [name, theirs] of second.entries()) {
    const ours = made.get(name);
    const both = ours instanceof Dict && theirs instanceof Dict && recursive;
    if (both) made.set(name, merge(ours, theirs, recursive, listMerge, depth + 1));
    else if (Array.isArray(ours) && Array.isArray(theirs)) made.set(name, mergeLists(ours, theirs, listMerge));
    else made.set(name, theirs);
  }
  return made;
}

function mergeLists(ours: Value[], theirs: Value[], how: Merge): Value[] {
  const missing = (): Value[] => {
    const known = new Set(theirs.map((item) => identity(item)));
    return ours.filter((item) => !known.has(identity(item)));
  };
  switch (how) {
    case "replace":
      return theirs;
    case "keep":
      return ours;
    case "append":
      return [...ours, ...theirs];
    case "prepend":
      return [...theirs, ...ours];
    case "append_rp":
      return [...missing(), ...theirs];
    case "prepend_rp":
      return [...theirs, ...missing()];
  }
}

function items2dict(args: Args): Dict {
  const [keyName, valueName] = [args.text("key_name"), args.text("value_name")];
  const all = args.value("value");
  if (!Array.isArray(all)) return fail(`\`items2dict\` needs a list, got ${withArticle(kind(all))}`);
  return new Dict(
    all.map((item) => {
      const name = item instanceof Dict ? item.get(keyName) : undefined;
      const value = item instanceof Dict ? item.get(valueName) : undefined;
      if (name === undefined || value === undefined) {
        return fail(`\`items2dict\` needs maps with the keys \`${keyName}\` and \`${valueName}\``);
      }
      return [key(name), value] as const;
    }),
  );
}

function dictsort(args: Args): Value {
  const by = args.text("by");
  if (by !== "key" && by !== "value") return fail("`by` must be 'key' or 'value'");
  const change = caseOf(args.flag("case_sensitive"));
  const pairs = args
    .dict("value")
    .entries()
    .map(([name, value]) => tuple([name, value]));
  const of = (pair: Value): Value => change(getItem(pair, by === "key" ? 0 : 1));
  return sorted(pairs, of, args.flag("reverse"));
}

function extract(args: Args): Value {
  const more = args.value("morekeys");
  const keys = more === null ? [] : Array.isArray(more) ? more : [more];
  return [args.value("value"), ...keys].reduce<Value>((value, name) => getItem(value, name), args.value("container"));
}

function rekey(args: Args): Dict {
  const value = args.value("value");
  const [name, duplicates] = [args.value("key"), args.text("duplicates")];
  if (duplicates !== "error" && duplicates !== "overwrite") return fail("`duplicates` must be 'error' or 'overwrite'");
  const made = new Dict();
  for (const item of value instanceof Dict ? value.values() : args.items("value")) {
    const member =
      item instanceof Dict ? item.get(key(name)) : fail(`an item is ${withArticle(kind(item))}, not a map`);
    if (member === undefined) return fail(`an item has no key \`${String(key(name))}\``);
    if (duplicates === "error" && made.has(key(member))) return fail("two items have the same key");
    made.set(key(member), item);
  }
  return made;
}

function subelements(args: Args): Value {
  const value = args.value("value");
  const path = args.value("subelements");
  const names = Array.isArray(path) ? path : args.text("subelements").split(".");
  const elements = value instanceof Dict ? value.values() : args.items("value");
  return elements.flatMap((element) => {
    const found = names.reduce<Value>((at, name) => getItem(at, name), element);
    if (found instanceof Undefined && args.flag("skip_missing")) return [];
    if (found instanceof Undefined) return found.raise();
    if (!Array.isArray(found))
      return fail(`\`${names.map(String).join(".")}\` must be a list, got ${withArticle(kind(found))}`);
    return found.map((each) => tuple([element, each]));
  });
}
