/** Which lists and maps of a document stand in it more than once, and what PyYAML calls them. */
import { Dict, Instance } from "../../values/values.ts";
import type { Value } from "../../values/values.ts";

export class Anchors {
  /** What was seen; its name once it was seen again. */
  readonly #names = new Map<Value, string | undefined>();
  readonly #written = new Set<Value>();
  readonly #values: (dict: Dict) => readonly Value[];
  #count = 0;

  /** @param values a dict's values in the order in which they are written */
  constructor(document: Value, values: (dict: Dict) => readonly Value[]) {
    this.#values = values;
    this.#look(document);
  }

  /** Numbers are given in the order in which things are met again. */
  #look(value: Value): void {
    if (!isShared(value)) return;
    if (this.#names.has(value)) {
      if (this.#names.get(value) === undefined)
        this.#names.set(value, `id${String((this.#count += 1)).padStart(3, "0")}`);
      return;
    }
    this.#names.set(value, undefined);
    if (Array.isArray(value)) value.forEach((item) => this.#look(item));
    else if (value instanceof Dict) this.#values(value).forEach((item) => this.#look(item));
  }

  /** `&id001` where it comes first, `*id001` from then on; nothing for what stands in one place. */
  next(value: Value): string | undefined {
    const name = this.#names.get(value);
    if (name === undefined) return undefined;
    if (this.#written.has(value)) return `*${name}`;
    this.#written.add(value);
    return `&${name}`;
  }
}

function isShared(value: Value): boolean {
  return Array.isArray(value) || value instanceof Dict || value instanceof Instance;
}
