/**
 * `value.name` and `value[index]`: the only ways into a value. Own entries and the methods listed here, nothing else.
 */
import { DICT_METHODS, listMethods } from "./collection-methods.ts";
import { listNames } from "../../text/suggest.ts";
import type { Details } from "../errors/fault.ts";
import type { Missing } from "./lazy.ts";
import { invoke } from "./native.ts";
import type { Native, Natives } from "./native.ts";
import { closestMatch } from "../../text/suggest.ts";
import { whole, withArticle } from "./python.ts";
import { STRING_METHODS } from "./string-methods.ts";
import { codePoints } from "./text.ts";
import {
  Callable,
  Dict,
  Group,
  Instance,
  isInteger,
  key,
  kind,
  revealed,
  Undefined,
  undefinedValue,
  orElse,
} from "./values.ts";
import type { Value } from "./values.ts";

/** Why there is no value; the evaluator adds the expression to the reason. */
export class Absent {
  readonly reason: string;
  readonly details: Details;
  constructor(reason: string, details: Details = {}) {
    this.reason = reason;
    this.details = details;
  }
}

/** `value.name`: a method or attribute first, then the entry of that name. */
export function findAttribute(value: Value, name: string): Value | Absent {
  if (value instanceof Undefined) return value;
  const own = attribute(revealed(value), name);
  if (own !== undefined) return own;
  if (value instanceof Dict) return orElse(value.get(name), () => noKey(value, name));
  return new Absent(`${withArticle(kind(value))} has no attribute \`${name}\``);
}

/** `value[index]`: the entry or item first, then the attribute of that name. */
export function findItem(value: Value, index: Value): Value | Absent {
  if (value instanceof Undefined) return value;
  if (index instanceof Undefined) return index;
  const [within, at] = [revealed(value), revealed(index)];
  if (within instanceof Dict) {
    return orElse(hashable(at) ? within.get(key(at)) : undefined, () => fallback(within, at));
  }
  const position = whole(at);
  if (position !== undefined && (Array.isArray(within) || typeof within === "string"))
    return nth(within, Number(position));
  return fallback(within, at);
}

function hashable(value: Value): boolean {
  return !Array.isArray(value) && !(value instanceof Dict);
}

function fallback(value: Value, index: Value): Value | Absent {
  const own = typeof index === "string" ? attribute(value, index) : undefined;
  if (own !== undefined) return own;
  if (value instanceof Dict) return noKey(value, index);
  if (!Array.isArray(value) && typeof value !== "string") return noItems(value, index);
  const help = Array.isArray(value) && typeof index === "string" ? { help: "a list's items have numbers, from 0" } : {};
  return new Absent(`${withArticle(kind(value))} has no item \`${shownIndex(index)}\``, help);
}

function noItems(value: Value, index: Value): Absent {
  const what = typeof index === "string" ? `attribute \`${index}\`` : "items";
  return new Absent(`${withArticle(kind(value))} has no ${what}`);
}

function nth(value: readonly Value[] | string, position: number): Value | Absent {
  const list = typeof value === "string" ? codePoints(value) : value;
  const item = list.at(position);
  if (item !== undefined) return item;
  const what = typeof value === "string" ? "character" : "item";
  return new Absent(
    `the ${typeof value === "string" ? "string" : "list"} has ${list.length} ${what}${list.length === 1 ? "" : "s"}`,
  );
}

function noKey(dict: Dict, index: Value): Absent {
  if (typeof index !== "string") return new Absent(`the map has no key \`${shownIndex(index)}\``);
  const known = dict.absent(index);
  if (known !== undefined) return withReason(known);
  const names = dict.keys().map(String);
  const near = closestMatch(index, names);
  const label = near === undefined ? {} : { label: `did you mean \`${near}\`?` };
  const help = names.length === 0 ? "the map is empty" : `the map has ${listNames(names)}`;
  return new Absent(`the map has no key \`${index}\``, { ...label, help });
}

function withReason({ reason, ...details }: Missing): Absent {
  return new Absent(reason, details);
}

function shownIndex(index: Value): string {
  if (typeof index === "string") return index;
  return isInteger(index) ? String(index) : kind(index);
}

/** The attributes of a value other than a dict's entries. */
function attribute(value: Value, name: string): Value | undefined {
  if (value instanceof Instance) return value.attribute(name);
  if (value instanceof Callable) return value.about.get(name);
  if (value instanceof Group && name === "grouper") return value[0];
  if (value instanceof Group && name === "list") return value[1];
  const methods = methodsOf(value);
  const found = methods === undefined || !Object.hasOwn(methods, name) ? undefined : methods[name];
  return found === undefined ? undefined : bound(value, name, found);
}

function methodsOf(value: Value): Natives<undefined> | undefined {
  if (typeof value === "string") return STRING_METHODS;
  if (value instanceof Dict) return DICT_METHODS;
  return Array.isArray(value) ? listMethods(value) : undefined;
}

function bound(self: Value, name: string, found: Native<undefined>): Callable {
  const full = `${kind(self)}.${name}`;
  return new Callable(full, (args, keywords) => invoke(name, found, [self, ...args], keywords, undefined));
}

export function getAttribute(value: Value, name: string): Value {
  return orUndefined(findAttribute(value, name));
}

export function getItem(value: Value, index: Value): Value {
  return orUndefined(findItem(value, index));
}

function orUndefined(found: Value | Absent): Value {
  return found instanceof Absent ? undefinedValue(found.reason, found.details) : found;
}
