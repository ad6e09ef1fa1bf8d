import { boundedText } from "../errors/limits.ts";
import { str } from "../values/print.ts";
import { Undefined } from "../values/values.ts";
import type { Value } from "../values/values.ts";

interface Chunk {
  readonly value: Value;
  /** Gives a fault the place of the tag that printed the value. */
  readonly blame: (error: unknown) => unknown;
}

/** What a template has printed so far. */
export class Out {
  readonly #chunks: (string | Chunk)[] = [];
  #length = 0;

  text(text: string): void {
    if (text === "") return;
    this.#length += text.length;
    boundedText(this.#length);
    this.#chunks.push(text);
  }

  /** The value of a tag; it stays a value if nothing else is printed. Ansible prints nothing for None. */
  value(value: Value, blame: Chunk["blame"]): void {
    if (value instanceof Undefined && !value.lenient) value.raise();
    if (value === null || value instanceof Undefined) return;
    if (typeof value === "string") return this.text(value);
    this.#chunks.push({ value, blame });
    // a second value makes texts of all of them, there and then: what is printed later may change a list
    if (this.#chunks.length > 1) this.#settle();
  }

  #settle(): void {
    for (let i = this.#chunks.length - 2; i < this.#chunks.length; i++) this.#print(i);
  }

  #print(i: number): void {
    const chunk = this.#chunks[i];
    if (chunk === undefined || typeof chunk === "string") return;
    const text = attempt(chunk, str);
    this.#length += text.length;
    boundedText(this.#length);
    this.#chunks[i] = text;
  }

  /** All as one text. */
  string(): string {
    for (let i = 0; i < this.#chunks.length; i++) this.#print(i);
    return this.#chunks.filter((chunk) => typeof chunk === "string").join("");
  }

  /** The value, if one value is all there is, else the text; as the program wants it. */
  native<T>(convert: (value: Value) => T): T {
    const [only] = this.#chunks;
    if (this.#chunks.length !== 1 || only === undefined || typeof only === "string") return convert(this.string());
    return attempt(only, convert);
  }
}

function attempt<T>(chunk: Chunk, convert: (value: Value) => T): T {
  try {
    return convert(chunk.value);
  } catch (error) {
    throw chunk.blame(error);
  }
}
