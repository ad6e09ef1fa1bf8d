import { boundedText } from "./limits.ts";
import { str } from "./print.ts";
import { Undefined } from "./values.ts";
import type { Value } from "./values.ts";

/** What a template has printed so far. */
export class Out {
  readonly #chunks: (string | { readonly value: Value })[] = [];
  #length = 0;

  text(text: string): void {
    if (text === "") return;
    this.#length += text.length;
    boundedText(this.#length);
    this.#chunks.push(text);
  }

  /** The value of a `{{ }}`; it stays a value if nothing else is printed. Ansible prints nothing for None. */
  value(value: Value): void {
    if (value instanceof Undefined && !value.lenient) value.raise();
    if (value === null || value instanceof Undefined) return;
    if (typeof value === "string") this.text(value);
    else this.#chunks.push({ value });
  }

  /** Makes a text of the last value, so that what cannot be printed fails where it was printed. */
  settle(): void {
    if (this.#chunks.length < 2) return;
    for (let i = Math.max(0, this.#chunks.length - 2); i < this.#chunks.length; i++) this.#print(i);
  }

  #print(i: number): void {
    const chunk = this.#chunks[i];
    if (chunk === undefined || typeof chunk === "string") return;
    const text = str(chunk.value);
    this.#length += text.length;
    boundedText(this.#length);
    this.#chunks[i] = text;
  }

  /** All as one text. */
  string(): string {
    for (let i = 0; i < this.#chunks.length; i++) this.#print(i);
    return this.#chunks.join("");
  }

  /** The value, if one value is all there is; else the text. */
  native(): Value {
    const [only] = this.#chunks;
    return this.#chunks.length === 1 && only !== undefined && typeof only !== "string" ? only.value : this.string();
  }
}
