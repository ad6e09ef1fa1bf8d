/** Python's methods of `dict` and `list`. Those that change a collection change the template's copy of it. */
import { fail } from "../errors/fault.ts";
import { boundedItems } from "../errors/limits.ts";
import { native } from "./native.ts";
import type { Args, Natives } from "./native.ts";
import { equals, items, sorted, withArticle } from "./python.ts";
import { Dict, key, kind, tuple, Tuple, undefinedValue, orElse } from "./values.ts";
import type { Value } from "./values.ts";

function dict(parameters: string, run: (self: Dict, args: Args) => Value): Natives<undefined>[string] {
  return native<undefined>(`self${parameters === "" ? "" : `, ${parameters}`}`, (args) => run(args.dict("self"), args));
}

export const DICT_METHODS: Natives<undefined> = {
  keys: dict("", (self) => self.keys()),
  values: dict("", (self) => self.values()),
  items: dict("", (self) => self.entries().map(([name, value]) => tuple([name, value]))),
  get: dict("key, default=none", (self, args) => orElse(self.get(key(args.value("key"))), () => args.value("default"))),
  copy: dict("", (self) => self.copy()),
  update: native<undefined>("self, other=none, **keywords", (args) => {
    update(args.dict("self"), args.value("other"));
    for (const [name, value] of args.keywords) args.dict("self").set(name, value);
    return null;
  }),
  setdefault: dict("key, default=none", (self, args) => {
    const name = key(args.value("key"));
    if (!self.has(name)) self.set(name, args.value("default"));
    return self.get(name) ?? null;
  }),
  pop: dict("key, default=none", (self, args) => {
    const name = key(args.value("key"));
    const value = self.get(name);
    if (value === undefined && !args.has("default")) return undefinedValue(`the map has no key \`${String(name)}\``);
    self.delete(name);
    return orElse(value, () => args.value("default"));
  }),
  popitem: dict("", (self) => {
    const last = self.entries().at(-1);
    if (last === undefined) return fail("the map is empty");
    self.delete(last[0]);
    return tuple(last);
  }),
  clear: dict("", (self) => {
    for (const name of self.keys()) self.delete(name);
    return null;
  }),
};

function update(self: Dict, other: Value): void {
  if (other === null) return;
  if (other instanceof Dict) for (const [name, value] of other.entries()) self.set(name, value);
  else for (const [name, value] of pairs(other)) self.set(key(name), value);
}

/** A list of pairs, as `dict()` and `update` take it. */
export function pairs(value: Value): readonly (readonly [Value, Value])[] {
  return items(value).map((pair) => {
    const [name, each, ...rest] = Array.isArray(pair) ? pair : [];
    if (name === undefined || each === undefined || rest.length > 0) return fail("a map is made of pairs");
    return [name, each];
  });
}

function list(parameters: string, run: (self: Value[], args: Args) => Value): Natives<undefined>[string] {
  const all = `self${parameters === "" ? "" : `, ${parameters}`}`;
  return native<undefined>(all, (args) => {
    const self = args.value("self");
    return Array.isArray(self) ? run(self, args) : fail(`${withArticle(kind(self))} is not a list`);
  });
}

/** Those that a tuple has as well. */
export const TUPLE_METHODS: Natives<undefined> = {
  count: list("value", (self, args) => self.filter((item) => equals(item, args.value("value"))).length),
  index: list("value", (self, args) => {
    const at = self.findIndex((item) => equals(item, args.value("value")));
    return at < 0 ? fail("the value is not in the list") : at;
  }),
};

export const LIST_METHODS: Natives<undefined> = {
  ...TUPLE_METHODS,
  append: list("value", (self, args) => grown(self, [args.value("value")])),
  extend: list("values", (self, args) => grown(self, args.items("values"))),
  insert: list("index, value", (self, args) => {
    boundedItems(self.length + 1);
    self.splice(args.int("index"), 0, args.value("value"));
    return null;
  }),
  remove: list("value", (self, args) => {
    const at = self.findIndex((item) => equals(item, args.value("value")));
    if (at < 0) return fail("the value is not in the list");
    self.splice(at, 1);
    return null;
  }),
  pop: list("index=-1", (self, args) => {
    const at = args.int("index") < 0 ? self.length + args.int("index") : args.int("index");
    const [value] = at < 0 ? [] : self.splice(at, 1);
    return value === undefined ? fail(`the list has ${self.length} items`) : value;
  }),
  clear: list("", (self) => {
    self.length = 0;
    return null;
  }),
  copy: list("", (self) => [...self]),
  reverse: list("", (self) => {
    self.reverse();
    return null;
  }),
  sort: list("reverse=false", (self, args) => {
    const result = sorted(self, (value) => value, args.flag("reverse"));
    self.splice(0, self.length, ...result);
    return null;
  }),
};

function grown(self: Value[], values: readonly Value[]): null {
  boundedItems(self.length + values.length);
  for (const value of [...values]) self.push(value);
  return null;
}

export function listMethods(value: Value[]): Natives<undefined> {
  return value instanceof Tuple ? TUPLE_METHODS : LIST_METHODS;
}
