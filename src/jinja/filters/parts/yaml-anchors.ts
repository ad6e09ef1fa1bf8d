/** Finds lists and maps that occur more than once in a document, and names them as PyYAML does. */
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

  /** Numbers follow the order in which values occur again. */
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

  /** `&id001` at its first occurrence, `*id001` from then on; nothing for a value that occurs once. */
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
