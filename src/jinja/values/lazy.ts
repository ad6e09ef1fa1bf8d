/** Why a map has no entry of a name. */
export interface Missing {
  readonly reason: string;
  readonly label?: string;
  readonly help?: string;
}

interface Source {
  readonly get: (name: string) => unknown;
  readonly has: (name: string) => boolean;
  readonly names: () => Iterable<string>;
  /** What to say of a name that it does not have, if there is more to say than that. */
  readonly absent?: (name: string) => Missing;
}

/**
 * A map for templates whose entries are made when they are asked for: `hostvars`, say, of which a template reads one
 * host's. Values are plain data, or lazy maps again.
 */
export class LazyMap {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  get(name: string): unknown {
    return this.#source.get(name);
  }

  has(name: string): boolean {
    return this.#source.has(name);
  }

  keys(): Iterable<string> {
    return this.#source.names();
  }

  absent(name: string): Missing | undefined {
    return this.#source.absent?.(name);
  }
}
