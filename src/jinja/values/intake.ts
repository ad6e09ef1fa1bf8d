/** Converts values on their way from the program into templates, and out again. */
import { Secret } from "../../core/secret.ts";
import { fail, UndefinedError } from "../errors/fault.ts";
import { LIMITS, work } from "../errors/limits.ts";
import { LazyMap } from "./lazy.ts";
import { unprintable } from "./print.ts";
import { Moment } from "./time.ts";
import { Callable, Dict, Float, Hidden, Instance, integer, Opaque, Undefined } from "./values.ts";
import type { Key, Value } from "./values.ts";

type Reveal = (secret: string) => void;

/** @param reveal is called with each secret that a template reads */
export function intake(value: unknown, reveal: Reveal, depth = 0): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "bigint") return integer(value);
  if (value instanceof Secret) return hidden(value, reveal);
  if (typeof value !== "object") return new Opaque(value);
  if (depth > LIMITS.depth) return fail("the value is nested too deeply");
  if (Array.isArray(value)) return value.map((item) => intake(item, reveal, depth + 1));
  return ofObject(value, reveal, depth);
}

function hidden(secret: Secret, reveal: Reveal): Hidden {
  return new Hidden(secret, () => {
    const text = secret.reveal();
    reveal(text);
    return text;
  });
}

function ofObject(value: object, reveal: Reveal, depth: number): Value {
  const enter = (item: unknown): Value => intake(item, reveal, depth + 1);
  if (value instanceof Date) return new Moment(value.getTime() / 1000, true, value.getTime() % 86_400_000 === 0);
  if (value instanceof LazyMap) return lazyDict(value, enter);
  if (value instanceof Map) return new Dict([...value].map(([key, each]) => [keyOf(key), enter(each)]));
  if (isEngineValue(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return new Opaque(value);
  return objectDict(value, enter);
}

function isEngineValue(value: object): value is Float | Undefined | Callable | Instance | Opaque | Hidden {
  return [Float, Undefined, Callable, Instance, Opaque, Hidden].some((type) => value instanceof type);
}

/** Own entries only, each converted when it is read. */
function objectDict(value: object, enter: (item: unknown) => Value): Dict {
  const keys = Object.keys(value);
  return new Dict([], {
    keys: () => keys,
    has: (key) => typeof key === "string" && Object.hasOwn(value, key),
    get: (key) => enter(Object.getOwnPropertyDescriptor(value, String(key))?.value),
  });
}

function lazyDict(value: LazyMap, enter: (item: unknown) => Value): Dict {
  return new Dict([], {
    keys: () => [...value.keys()],
    has: (key) => typeof key === "string" && value.has(key),
    get: (key) => entry(() => enter(value.get(String(key)))),
    absent: (name) => value.absent(name),
  });
}

/** An entry whose own value names something undefined is undefined itself, so that `default` works on it. */
function entry(get: () => Value): Value {
  try {
    return get();
  } catch (error) {
    if (!(error instanceof UndefinedError)) throw error;
    return new Undefined(() => {
      throw error;
    });
  }
}

function keyOf(key: unknown): Key {
  if (typeof key === "string" || typeof key === "number" || typeof key === "boolean" || key === null) return key;
  return typeof key === "bigint" ? integer(key) : fail("a map's key must be a text, a number or a boolean");
}

/** The cost of making a value, in evaluated nodes. */
const COPY = 6;

/** Plain data: lists, objects, texts, numbers. An integer that no JavaScript number is comes out as its digits. */
export function outcome(value: Value, depth = 0): unknown {
  if (depth > LIMITS.depth) return fail("the value is nested too deeply");
  work(COPY);
  if (value instanceof Float) return value.value;
  if (typeof value === "bigint") return BigInt(Number(value)) === value ? Number(value) : value.toString();
  if (value instanceof Undefined) return value.lenient ? "" : value.raise();
  if (Array.isArray(value)) return Array.from(value, (item) => outcome(item, depth + 1));
  if (value instanceof Dict) return ofDict(value, depth);
  if (value instanceof Hidden) return value.secret;
  if (value instanceof Opaque) return value.raw;
  if (value instanceof Instance) return value.print();
  if (value instanceof Callable) return unprintable(value);
  return value;
}

function ofDict(dict: Dict, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, value] of dict.entries()) {
    const item = outcome(value, depth + 1);
    // an assignment to `__proto__` would set the prototype
    Object.defineProperty(made, keyText(key), { value: item, enumerable: true, writable: true, configurable: true });
  }
  return made;
}

/** A key as JSON has it. */
export function keyText(key: Key): string {
  return typeof key === "string"
    ? key
    : JSON.stringify(typeof key === "bigint" ? key.toString() : key).replaceAll('"', "");
}

/** The same data with every text in it a secret: for values that were made from a secret. */
export function hide(value: unknown): unknown {
  if (typeof value === "string") return new Secret(value);
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item)]));
}
