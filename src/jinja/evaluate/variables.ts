/** Resolves variables whose values name other variables, only when they are read. */
import { InputError } from "../../core/problem.ts";
import { lineAndColumn } from "../../core/source.ts";
import type { Place } from "../../core/source.ts";
import { SecretTemplate } from "../../core/secret.ts";
import { hide } from "../values/intake.ts";
import { plain as plainOf } from "../../yaml/index.ts";
import type { Node, ScalarNode } from "../../yaml/index.ts";
import { ofScalar } from "../filters/parts/yaml-read.ts";
import { LazyMap } from "../values/lazy.ts";
import { LIMITS } from "../errors/limits.ts";
import type { Scope } from "../values/scope.ts";
import { Float } from "../values/values.ts";

/** A variable as it is written. */
export interface Variable {
  readonly value: unknown;
  /** The place of the value. */
  readonly place: Place | undefined;
  /** The value as the YAML reader gives it, if it does: then every part of it has a place of its own. */
  readonly node?: Node;
  /** It came from a host: it is data, and never rendered no matter how it looks. */
  readonly untrusted?: boolean;
  /** It is not known yet: reading it throws. */
  readonly later?: () => never;
}

export type Layer = ReadonlyMap<string, Variable>;

/** Encrypted by itself, or text of a file that is encrypted. */
function isSecret({ sealed, value, place }: ScalarNode): boolean {
  return sealed !== undefined || (typeof value === "string" && place.source.secret === true);
}

type Render = (text: string, scope: Scope, at: Place) => unknown;

interface Step {
  readonly name: string;
  readonly path: string;
  readonly place: Place | undefined;
}

/** Variables that need each other's values. */
export class CycleError extends InputError {}

/** How many variables are being resolved within each other, in all scopes (`hostvars` leads from one to another). */
let depth = 0;

/** The variables of one host: of several layers that have a name the last one's counts. */
export class VariableScope implements Scope {
  readonly #layers: readonly Layer[];
  readonly #render: Render;
  readonly #resolved = new Map<string, unknown>();
  readonly #steps: Step[] = [];

  constructor(layers: readonly Layer[], render: Render) {
    this.#layers = layers;
    this.#render = render;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  *names(): Iterable<string> {
    const seen = new Set<string>();
    for (const layer of this.#layers) {
      for (const name of layer.keys()) {
        if (!seen.has(name)) yield name;
        seen.add(name);
      }
    }
  }

  place(name: string): Place | undefined {
    return this.#find(name)?.place;
  }

  get(name: string): unknown {
    return plain(this.lazy(name));
  }

  lazy(name: string): unknown {
    if (this.#resolved.has(name)) return this.#resolved.get(name);
    const variable = this.#find(name);
    if (variable === undefined) return undefined;
    const value = this.#value(name, variable);
    this.#resolved.set(name, value);
    return value;
  }

  #value(name: string, { value, node, place, untrusted, later }: Variable): unknown {
    if (later !== undefined) return later();
    if (untrusted === true) return value;
    return node === undefined ? this.#resolve(value, name, name, place) : this.#resolveNode(node, name, name);
  }

  #resolveNode(node: Node, name: string, path: string): unknown {
    switch (node.kind) {
      case "scalar":
        if (isSecret(node)) return this.#resolve(plainOf(node), name, path, node.place);
        return node.unsafe ? node.value : this.#resolve(ofScalar(node), name, path, node.place);
      case "list":
        return node.items.map((item, i) => this.#resolveNode(item, name, `${path}[${i}]`));
      case "map": {
        const entries = new Map(node.entries.map(({ key, value }) => [key, value]));
        return this.#lazyMap(entries, path, (value, at) => this.#resolveNode(value, name, at));
      }
    }
  }

  #find(name: string): Variable | undefined {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const variable = this.#layers[i]?.get(name);
      if (variable !== undefined) return variable;
    }
    return undefined;
  }

  /** @param path which part of the variable it is, to distinguish `a.b` that names `a.c` from a cycle */
  #resolve(value: unknown, name: string, path: string, place: Place | undefined): unknown {
    if (typeof value === "string") return isTemplate(value) ? this.#text(value, { name, path, place }) : value;
    if (typeof value === "number") return ofScalar({ value, text: textAt(place) });
    if (value instanceof SecretTemplate) return hide(this.#text(value.reveal(), { name, path, place }));
    if (Array.isArray(value)) return value.map((item, i) => this.#resolve(item, name, `${path}[${i}]`, place));
    const entries = entriesOf(value);
    return entries === undefined
      ? value
      : this.#lazyMap(entries, path, (each, at) => this.#resolve(each, name, at, place));
  }

  #lazyMap<T>(entries: ReadonlyMap<string, T>, path: string, resolve: (value: T, path: string) => unknown): LazyMap {
    const resolved = new Map<string, unknown>();
    return new LazyMap({
      names: () => entries.keys(),
      has: (key) => entries.has(key),
      get: (key) => {
        const value = entries.get(key);
        if (value !== undefined && !resolved.has(key)) resolved.set(key, resolve(value, `${path}.${key}`));
        return resolved.get(key);
      },
    });
  }

  #text(text: string, step: Step): unknown {
    if (this.#steps.some(({ path }) => path === step.path)) throw this.#cycle(step);
    if (depth >= LIMITS.depth) throw tooDeep(step);
    this.#steps.push(step);
    depth += 1;
    try {
      return this.#render(text, this, step.place ?? nowhere(step.name, text));
    } finally {
      depth -= 1;
      this.#steps.pop();
    }
  }

  #cycle(step: Step): CycleError {
    const start = this.#steps.findIndex(({ path }) => path === step.path);
    const links = this.#steps.slice(start);
    const message = `variable cycle: ${links.map(link).join(" → ")} → ${step.name}`;
    const place = links[0]?.place;
    const help = "one of them needs a value that does not name the others";
    return new CycleError([
      { severity: "error", code: "cycle", message, help, ...(place === undefined ? {} : { place }) },
    ]);
  }
}

function link({ name, place }: Step): string {
  return place === undefined ? name : `${name} (${place.source.file}:${lineAndColumn(place).line})`;
}

function tooDeep({ name, place }: Step): InputError {
  const message = `variables name each other more than ${LIMITS.depth} levels deep, up to \`${name}\``;
  return new InputError([
    { severity: "error", code: "limit-exceeded", message, ...(place === undefined ? {} : { place }) },
  ]);
}

/** A place for the value of a variable that was not read from anywhere. */
function nowhere(name: string, text: string): Place {
  return { source: { file: `variable ${name}`, text }, start: 0, end: text.length };
}

/** Whether a text has anything to render. */
export function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

/** The entries of a map or of an object that is nothing more than its entries. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [String(key), each]));
  if (typeof value !== "object" || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? new Map(Object.entries(value)) : undefined;
}

/** How a value is written. */
function textAt(place: Place | undefined): string {
  return place === undefined ? "" : place.source.text.slice(place.start, place.end);
}

/** The same with every entry resolved. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Float) return value.value;
  if (!(value instanceof LazyMap)) return value;
  return Object.fromEntries([...value.keys()].map((key) => [key, plain(value.get(key))]));
}
