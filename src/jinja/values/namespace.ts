import { fail } from "../errors/fault.ts";
import { Callable, Instance } from "./values.ts";
import type { Keywords, Value } from "./values.ts";

/** Jinja's `namespace()`: what `set` can change from inside a loop. */
export class Namespace extends Instance {
  readonly type = "namespace";
  readonly #values: Map<string, Value>;

  constructor(values: Iterable<readonly [string, Value]>) {
    super();
    this.#values = new Map(values);
  }

  attribute(name: string): Value | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}

/** `cycler('a', 'b')`: `.next()`, `.current`, `.reset()`. */
export class Cycler extends Instance {
  readonly type = "cycler";
  readonly #values: readonly Value[];
  #at = 0;

  constructor(values: readonly Value[]) {
    super();
    if (values.length === 0) fail("`cycler` needs values");
    this.#values = values;
  }

  attribute(name: string): Value | undefined {
    if (name === "current") return this.#current();
    if (name === "next") return new Callable("cycler.next", () => this.#next());
    if (name === "reset") return new Callable("cycler.reset", () => this.#reset());
    return undefined;
  }

  #current(): Value {
    return this.#values[this.#at % this.#values.length] ?? null;
  }

  #next(): Value {
    const value = this.#current();
    this.#at += 1;
    return value;
  }

  #reset(): Value {
    this.#at = 0;
    return null;
  }
}

/** `joiner(', ')`: nothing the first time it is called, the separator from then on. */
export function joiner(separator: Value): Callable {
  let used = false;
  return new Callable("joiner", () => {
    if (used) return separator;
    used = true;
    return "";
  });
}

/** An imported template: what it set and the macros it has. */
export class Module extends Instance {
  readonly type = "imported template";
  readonly #names: Keywords;

  constructor(names: Keywords) {
    super();
    this.#names = names;
  }

  attribute(name: string): Value | undefined {
    return name.startsWith("_") ? undefined : this.#names.get(name);
  }

  names(): readonly string[] {
    return [...this.#names.keys()].filter((name) => !name.startsWith("_"));
  }
}
