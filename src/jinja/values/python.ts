/** Python's truth, equality, order and iteration. */
import { fail, Fault } from "../errors/fault.ts";
import { boundedItems, LIMITS, textWork, work } from "../errors/limits.ts";
import { codePoints } from "./text.ts";
import { Moment } from "./time.ts";
import { Dict, Float, Hidden, isInteger, key, kind, Opaque, revealed, Tuple, Undefined } from "./values.ts";
import type { Value, Callable, Instance } from "./values.ts";

export function truth(value: Value): boolean {
  if (value === null || typeof value === "boolean") return value === true;
  if (value instanceof Undefined) return value.lenient ? false : value.raise();
  if (value instanceof Hidden) return value.reveal() !== "";
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  if (value instanceof Dict) return value.size > 0;
  const number = numeric(value);
  return number === undefined || number !== 0;
}

/** The number that a value counts as (`True` is 1), or undefined. Integers past 2^53 are rounded. */
export function numeric(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Float) return value.value;
  return typeof value === "bigint" ? Number(value) : undefined;
}

/** The integer that a value is (`True` is 1), or undefined. */
export function whole(value: Value): number | bigint | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  return isInteger(value) ? value : undefined;
}

export function equals(a: Value, b: Value, depth = 0): boolean {
  if (depth > LIMITS.depth) return fail("the values are nested too deeply to compare them");
  work(1);
  if (a instanceof Undefined) return a.raise();
  if (b instanceof Undefined) return b.raise();
  if (a instanceof Hidden || b instanceof Hidden) return equals(revealed(a), revealed(b), depth);
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b, depth);
  if (a instanceof Dict) return b instanceof Dict && dictsEqual(a, b, depth);
  if (a instanceof Moment && b instanceof Moment) return a.seconds === b.seconds;
  if (a instanceof Opaque && b instanceof Opaque) return a.raw === b.raw;
  const [x, y] = [numeric(a), numeric(b)];
  if (x === undefined || y === undefined) return a === b;
  return typeof a === "bigint" || typeof b === "bigint" ? order(a, b) === 0 : x === y;
}

function listsEqual(a: Value[], b: Value[], depth: number): boolean {
  if (a.length !== b.length || a instanceof Tuple !== b instanceof Tuple) return false;
  return a.every((item, i) => equals(item, b[i] ?? null, depth + 1));
}

function dictsEqual(a: Dict, b: Dict, depth: number): boolean {
  if (a.size !== b.size) return false;
  return a.entries().every(([name, value]) => {
    const other = b.get(name);
    return other !== undefined && equals(value, other, depth + 1);
  });
}

/** Negative, zero or positive, as sorting wants it; NaN where Python says that neither is less. */
export function order(a: Value, b: Value, depth = 0): number {
  const [x, y] = [revealed(a), revealed(b)];
  if (x instanceof Undefined) return x.raise();
  if (y instanceof Undefined) return y.raise();
  if (typeof x === "string" && typeof y === "string") return orderTexts(x, y);
  work(1);
  if (Array.isArray(x) && Array.isArray(y) && depth < LIMITS.depth) return orderLists(x, y, depth);
  if (x instanceof Moment && y instanceof Moment) return x.seconds - y.seconds;
  const [m, n] = [numeric(x), numeric(y)];
  if (m === undefined || n === undefined) return fail(`cannot compare ${kind(x)} with ${kind(y)}`, COMPARE);
  if (typeof x === "bigint" || typeof y === "bigint") return m === n ? orderBig(x, y) : m - n;
  return m < n ? -1 : m > n ? 1 : m === n ? 0 : Number.NaN;
}

const COMPARE = { help: "numbers compare with numbers, texts with texts: `| int` makes a number of a text" };

function orderBig(x: Value, y: Value): number {
  const [m, n] = [whole(x), whole(y)];
  if (m === undefined || n === undefined) return 0;
  return m < n ? -1 : m > n ? 1 : 0;
}

/** By code points, as Python does; UTF-16 order differs where there are surrogates. */
function orderTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (!/[\ud800-\udfff]/.test(a + b)) return a < b ? -1 : 1;
  const [x, y] = [codePoints(a), codePoints(b)];
  const i = x.findIndex((char, at) => char !== y[at]);
  if (i < 0 || y[i] === undefined) return x.length - y.length;
  return (x[i]?.codePointAt(0) ?? 0) - (y[i].codePointAt(0) ?? 0);
}

function orderLists(a: readonly Value[], b: readonly Value[], depth: number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? null, b[i] ?? null];
    if (!equals(x, y, depth + 1)) return order(x, y, depth + 1);
  }
  return a.length - b.length;
}

/** The items that a loop over the value sees: a list's items, a map's keys, a text's characters. */
export function items(value: Value, what = "this"): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Dict) return value.keys();
  if (value instanceof Undefined) return value.lenient ? [] : value.raise();
  const plain = revealed(value);
  if (typeof plain === "string") {
    work(plain.length);
    return codePoints(plain);
  }
  return fail(`${what} needs a list, got ${withArticle(kind(value))}`);
}

export function withArticle(noun: string): string {
  if (noun === "none") return noun;
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

export function isIterable(value: Value): boolean {
  return Array.isArray(value) || value instanceof Dict || typeof value === "string" || value instanceof Hidden;
}

/** Python's `len`. */
export function length(value: Value): number {
  if (value instanceof Dict) return value.size;
  if (!isIterable(value) && !(value instanceof Undefined)) return fail(`${withArticle(kind(value))} has no length`);
  return items(value).length;
}

/** Python's `in`. */
export function contains(container: Value, item: Value): boolean {
  if (item instanceof Undefined) return item.raise();
  const [within, wanted] = [revealed(container), revealed(item)];
  if (typeof within === "string") {
    if (typeof wanted !== "string") return fail(`cannot look for ${withArticle(kind(item))} in a string`, IN_TEXT);
    textWork(within.length);
    return within.includes(wanted);
  }
  if (within instanceof Dict) return !Array.isArray(wanted) && !(wanted instanceof Dict) && within.has(key(wanted));
  if (!isIterable(within) && !(within instanceof Undefined)) {
    return fail(`cannot look into ${withArticle(kind(within))} with \`in\``);
  }
  work(1);
  return items(within).some((each) => !(each instanceof Undefined) && equals(each, wanted));
}

const IN_TEXT = { help: "`| string` makes a text of it" };

/** A stable sort by keys that Python could compare. */
export function sorted(values: readonly Value[], by: (value: Value) => Value, reverse = false): Value[] {
  boundedItems(values.length);
  const keyed = values.map((value) => ({ value, by: by(value) }));
  const sign = reverse ? -1 : 1;
  return keyed.sort((a, b) => sign * (order(a.by, b.by) || 0)).map(({ value }) => value);
}

/**
 * A text that two values share exactly if they are equal: what a set of Python's would do. Floats with an integral
 * value, booleans and integers are one.
 */
export function identity(value: Value, depth = 0): string {
  if (depth > LIMITS.depth) throw new Fault("the values are nested too deeply to compare them");
  work(3);
  const plain = revealed(value);
  if (plain instanceof Undefined) return plain.raise();
  if (typeof plain === "string") return JSON.stringify(plain);
  if (plain === null) return "null";
  if (Array.isArray(plain)) return `[${plain.map((item) => identity(item, depth + 1)).join()}]`;
  if (plain instanceof Dict) {
    const entries = plain.entries().map(([name, each]) => `${identity(name)}:${identity(each, depth + 1)}`);
    return `{${entries.sort().join()}}`;
  }
  if (typeof plain === "bigint") return String(plain);
  return identityOfObject(plain);
}

const objects = new WeakMap<object, number>();
let seen = 0;

function identityOfObject(value: boolean | number | Float | Callable | Instance | Hidden | Opaque): string {
  const number = numeric(value);
  if (number !== undefined) return String(number);
  const object = Object(value instanceof Opaque ? value.raw : value) as object;
  const known = objects.get(object) ?? (seen += 1);
  objects.set(object, known);
  return `#${known}`;
}
