/** Reads JSON as Python does: `1.0` is a float and `1` an integer of any size; NaN and Infinity are numbers. */
import { fail } from "../../errors/fault.ts";
import { LIMITS } from "../../errors/limits.ts";
import { Dict, float, integer } from "../../values/values.ts";
import type { Value } from "../../values/values.ts";

export function parseJson(text: string): Value {
  const reader = new Reader(text);
  const value = reader.value(0);
  return reader.end(value);
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const BLANK = /[ \t\n\r]*/y;

const WORDS: readonly (readonly [string, Value])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Value {
    if (depth > LIMITS.depth) return fail("the JSON is nested too deeply");
    this.#match(BLANK);
    const value = this.#any(depth);
    this.#match(BLANK);
    return value;
  }

  end(value: Value): Value {
    return this.#at < this.#text.length ? this.#fail("more text follows its end") : value;
  }

  #any(depth: number): Value {
    if (this.#accept("[")) return this.#list(depth);
    if (this.#accept("{")) return this.#dict(depth);
    const word = WORDS.find(([each]) => this.#accept(each));
    if (word !== undefined) return word[1];
    return this.#text[this.#at] === '"' ? this.#string() : this.#number();
  }

  #list(depth: number): Value {
    const items: Value[] = [];
    this.#match(BLANK);
    if (this.#accept("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#accept(","));
    return this.#accept("]") ? items : this.#fail("`,` or `]` is missing");
  }

  #dict(depth: number): Value {
    const dict = new Dict();
    this.#match(BLANK);
    if (this.#accept("}")) return dict;
    do {
      this.#match(BLANK);
      const name = this.#string();
      this.#match(BLANK);
      if (!this.#accept(":")) this.#fail("`:` is missing");
      dict.set(name, this.value(depth + 1));
    } while (this.#accept(","));
    return this.#accept("}") ? dict : this.#fail("`,` or `}` is missing");
  }

  #string(): string {
    const found = this.#match(STRING)?.[0] ?? this.#fail("a text in double quotes is missing or not closed");
    return JSON.parse(found) as string;
  }

  #number(): Value {
    const found = this.#match(NUMBER) ?? this.#fail("a value is missing");
    const [all, fraction, exponent] = found;
    if (fraction !== undefined || exponent !== undefined) return float(Number(all));
    return all.length > LIMITS.bits / 4 ? this.#fail("the number is too long") : integer(BigInt(all));
  }

  #accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found ?? undefined;
  }

  #fail(why: string): never {
    const before = this.#text.slice(0, this.#at).split("\n");
    const at = `line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1}`;
    return fail("the text is not JSON", { note: `${why}, at its ${at}` });
  }
}
