/**
 * A map for templates whose entries are made when they are asked for: `hostvars`, say, of which a template reads one
 * host's. Values are plain data, or lazy maps again.
 */
export class LazyMap {
  readonly #source: {
    readonly get: (name: string) => unknown;
    readonly has: (name: string) => boolean;
    readonly names: () => Iterable<string>;
  };

  constructor(source: {
    readonly get: (name: string) => unknown;
    readonly has: (name: string) => boolean;
    readonly names: () => Iterable<string>;
  }) {
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
}
