import { getItem } from "../../values/attributes.ts";
import { fail } from "../../errors/fault.ts";
import { withArticle } from "../../values/python.ts";
import { isInteger, kind, tuple, Undefined } from "../../values/values.ts";
import type { Value } from "../../values/values.ts";

export type Getter = (item: Value) => Value;

/** What `attribute='a.b.0'` means: the item's entry, its entry …; digits are positions. None is the item itself. */
export function getter(attribute: Value, fallback: Value = null): Getter {
  const path = parts(attribute);
  return (item) =>
    path.reduce<Value>((value, part) => {
      const next = getItem(value, part);
      return next instanceof Undefined && fallback !== null ? fallback : next;
    }, item);
}

/** `attribute='a,b'`: the entries as one key to sort by. */
export function keysGetter(attribute: Value, process: Getter): Getter {
  if (attribute === null) return process;
  const single = typeof attribute === "string" ? attribute.split(",") : [attribute];
  const getters = single.map((each) => getter(each));
  return (item) => tuple(getters.map((get) => process(get(item))));
}

function parts(attribute: Value): readonly (string | number)[] {
  if (attribute === null) return [];
  if (isInteger(attribute)) return [Number(attribute)];
  if (typeof attribute !== "string")
    return fail(`an attribute must be a name or a number, got ${withArticle(kind(attribute))}`);
  return attribute.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Texts in lower case, other values unchanged: how Jinja sorts without `case_sensitive`. */
export function lowered(value: Value): Value {
  return typeof value === "string" ? value.toLowerCase() : value;
}

export function caseOf(sensitive: boolean): Getter {
  return sensitive ? (value) => value : lowered;
}
