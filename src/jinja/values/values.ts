/**
 * The values of expressions: Python's types where JavaScript lacks them. Nothing here has a prototype that a template
 * could reach: attributes are looked up only in `attributes.ts`.
 */
import { Fault, fail } from "../errors/fault.ts";
import type { Details } from "../errors/fault.ts";
import type { Missing } from "./lazy.ts";
import { work } from "../errors/limits.ts";

/** A float with an integral value: Python prints `2.0`, not `2`. Other floats are plain numbers. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A fixed list: prints in parentheses. */
export class Tuple extends Array<Value> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** What `groupby` yields: a pair that also has `.grouper` and `.list`. */
export class Group extends Tuple {}

export function tuple(items: readonly Value[]): Tuple {
  const made = new Tuple();
  for (const item of items) made.push(item);
  return made;
}

export function group(grouper: Value, list: Value[]): Group {
  const made = new Group();
  made.push(grouper, list);
  return made;
}

export type Keywords = ReadonlyMap<string, Value>;

export type Key = string | number | bigint | boolean | null;

/** Where a dict's entries come from when they are not held yet. */
export interface Entries {
  get(key: Key): Value;
  has(key: Key): boolean;
  keys(): Iterable<Key>;
  /** Why there is no entry of a name. */
  absent?(name: string): Missing | undefined;
}

/** A dict. Entries of a source are fetched one by one, when they are asked for; a change fetches them all first. */
export class Dict {
  readonly #held: Map<Key, Value>;
  #source: Entries | undefined;

  constructor(entries: Iterable<readonly [Key, Value]> = [], source?: Entries) {
    this.#held = new Map(entries);
    this.#source = source;
  }

  get(key: Key): Value | undefined {
    const held = this.#held.get(key);
    if (held !== undefined || this.#source === undefined || !this.#source.has(key)) return held;
    const value = this.#source.get(key);
    this.#held.set(key, value);
    return value;
  }

  has(key: Key): boolean {
    return this.#held.has(key) || this.#source?.has(key) === true;
  }

  keys(): Key[] {
    const keys = [...(this.#source ?? this.#held).keys()];
    work(keys.length);
    return keys;
  }

  absent(name: string): Missing | undefined {
    return this.#source?.absent?.(name);
  }

  get size(): number {
    return this.#source === undefined ? this.#held.size : this.keys().length;
  }

  entries(): [Key, Value][] {
    return this.keys().map((key) => [key, this.get(key) ?? null]);
  }

  values(): Value[] {
    return this.entries().map(([, value]) => value);
  }

  copy(): Dict {
    return new Dict(this.entries());
  }

  set(key: Key, value: Value): void {
    this.#fetchAll();
    this.#held.set(key, value);
  }

  delete(key: Key): boolean {
    this.#fetchAll();
    return this.#held.delete(key);
  }

  #fetchAll(): void {
    if (this.#source === undefined) return;
    const entries = this.entries();
    this.#source = undefined;
    this.#held.clear();
    for (const [key, value] of entries) this.#held.set(key, value);
  }
}

/** A value that is not there. Using it raises; asking whether it is defined does not. */
export class Undefined {
  readonly raise: () => never;
  /** It prints as nothing and is false: what `a if b` is where `b` is false. */
  readonly lenient: boolean;

  constructor(raise: () => never, lenient = false) {
    this.raise = raise;
    this.lenient = lenient;
  }
}

export function undefinedValue(message: string, details?: Details, lenient = false): Undefined {
  return new Undefined(() => {
    throw new Fault(message, details, true);
  }, lenient);
}

/** A function, method or macro. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly Value[], keywords: Keywords) => Value;
  /** What a macro's attributes are (`name`, `arguments` …). */
  readonly about: ReadonlyMap<string, Value>;

  constructor(
    name: string,
    call: (args: readonly Value[], keywords: Keywords) => Value,
    about: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.name = name;
    this.call = call;
    this.about = about;
  }
}

/** An object of the engine's own: `namespace()`, `loop`, an imported template, a time. */
export abstract class Instance {
  abstract readonly type: string;
  abstract attribute(name: string): Value | undefined;
  /** The result of a call, if it can be called. */
  call: ((args: readonly Value[], keywords: Keywords) => Value) | undefined;
  print(): string {
    return `<${this.type}>`;
  }
}

/** A secret text. Reading it reveals it, and makes the result of the rendering a secret as well. */
export class Hidden {
  /** The value outside of templates. */
  readonly secret: unknown;
  readonly reveal: () => string;
  constructor(secret: unknown, reveal: () => string) {
    this.secret = secret;
    this.reveal = reveal;
  }
}

/** A value of the program that templates can pass on but not look into. */
export class Opaque {
  readonly raw: unknown;
  constructor(raw: unknown) {
    this.raw = raw;
  }
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Value[]
  | Dict
  | Undefined
  | Callable
  | Instance
  | Hidden
  | Opaque;

/** A float of any value, in its one representation. */
export function float(value: number): Float | number {
  return Number.isInteger(value) ? new Float(value) : value;
}

/** An integer of any size, in its one representation: a number while it is safe, else a bigint. */
export function integer(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

export function isInteger(value: Value): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

export function isFloat(value: Value): value is number | Float {
  return value instanceof Float || (typeof value === "number" && !Number.isInteger(value));
}

/** The value itself where it is a secret. */
export function revealed(value: Value): Value {
  return value instanceof Hidden ? value.reveal() : value;
}

/** What people call the type of a value. */
export function kind(value: Value): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return "list";
  if (value instanceof Dict) return "map";
  if (value instanceof Undefined) return "undefined value";
  if (value instanceof Callable) return "function";
  if (value instanceof Instance) return value.type;
  if (typeof value === "string" || value instanceof Hidden) return "string";
  if (typeof value === "boolean") return "boolean";
  return value instanceof Opaque ? "value" : "number";
}

/** What Python calls it (`type_debug`, messages of Python's own functions). */
export function pythonType(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "string" || value instanceof Hidden) return "str";
  if (typeof value === "boolean") return "bool";
  if (isFloat(value)) return "float";
  if (isInteger(value)) return "int";
  if (Array.isArray(value)) return value instanceof Tuple ? "tuple" : "list";
  if (value instanceof Dict) return "dict";
  return value instanceof Undefined ? "AnsibleUndefined" : kind(value);
}

/** The value, or something else where there is none; None is a value. */
export function orElse<T>(value: Value | undefined, otherwise: () => T): Value | T {
  return value === undefined ? otherwise() : value;
}

/** A value as a dict's key. */
export function key(value: Value): Key {
  if (value instanceof Float) return value.value;
  if (value instanceof Undefined) return value.raise();
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "string" || typeof value === "bigint") return value;
  return fail(`a ${kind(value)} cannot be a key`);
}
