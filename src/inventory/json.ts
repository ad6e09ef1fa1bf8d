/** JSON to nodes that know their place, as Python's `json` reads it (`NaN` and `Infinity` are numbers to it). */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import type { Place, Source } from "../core/source.ts";
import type { Entry, Node, ScalarNode } from "../yaml/index.ts";
import { readSealed, sealedInJson } from "../yaml/vault.ts";

/** What a text may hold, so that none can hang or exhaust the reader. */
const MOST = { depth: 64, nodes: 1_000_000 } as const;

export interface JsonOptions {
  /** Called for a value that is read differently from how it looks. */
  readonly warn: (problem: Problem) => void;
  /** A key that occurs twice: the last one counts, with a warning. An error otherwise. */
  readonly lastKeyCounts?: boolean;
}

/** @throws InputError at the first place where the text is no JSON */
export function readJson(source: Source, options: JsonOptions): Node {
  return new Reader(source, options).whole();
}

const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

const WORDS: ReadonlyMap<string, ScalarNode["value"]> = new Map<string, ScalarNode["value"]>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

const WORD = /true|false|null|NaN|-?Infinity/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const BLANK = /[ \t\r\n]*/y;
const TOKEN = /[^\s,:[\]{}"]+|[^]/uy;

class Reader {
  readonly #source: Source;
  readonly #options: JsonOptions;
  #at: number;
  #nodes = 0;

  constructor(source: Source, options: JsonOptions) {
    this.#source = source;
    this.#options = options;
    this.#at = source.text.startsWith("\ufeff") ? 1 : 0;
  }

  whole(): Node {
    const node = this.#value(0);
    this.#blank();
    if (this.#at < this.#source.text.length) this.#fail("the JSON ends here, and more follows");
    return node;
  }

  #blank(): void {
    BLANK.lastIndex = this.#at;
    BLANK.exec(this.#source.text);
    this.#at = BLANK.lastIndex;
  }

  #peek(): string {
    this.#blank();
    return this.#source.text.charAt(this.#at);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #place(start: number): Place {
    return { source: this.#source, start, end: this.#at };
  }

  #value(depth: number): Node {
    this.#nodes += 1;
    if (this.#nodes > MOST.nodes) this.#fail(`the JSON holds more than ${MOST.nodes} values`);
    const next = this.#peek();
    if (next === "{" || next === "[") {
      if (depth === MOST.depth) this.#fail(`lists and maps are nested more than ${MOST.depth} levels deep`);
      return next === "{" ? this.#object(depth) : this.#array(depth);
    }
    if (next === '"') return this.#string();
    return this.#word() ?? this.#number() ?? this.#fail("expected a value");
  }

  #array(depth: number): Node {
    const start = this.#at++;
    const items: Node[] = [];
    if (this.#peek() === "]") this.#at += 1;
    else {
      do items.push(this.#value(depth + 1));
      while (this.#separator("]", start));
    }
    return { kind: "list", items, place: this.#place(start) };
  }

  #object(depth: number): Node {
    const start = this.#at++;
    const entries = new Map<string, Entry>();
    if (this.#peek() === "}") this.#at += 1;
    else {
      do this.#entry(entries, depth);
      while (this.#separator("}", start));
    }
    return this.#marked([...entries.values()], this.#place(start));
  }

  /** `{"__ansible_vault": "…"}` means the same as `!vault` in YAML; `{"__ansible_unsafe": "…"}` is read, too. */
  #marked(entries: readonly Entry[], place: Place): Node {
    const vault = sealedInJson(entries);
    if (vault !== undefined) {
      const made = readSealed(String(vault.value), vault.text, vault.place);
      if ("problem" in made) throw new InputError([made.problem]);
      return { kind: "scalar", value: null, text: vault.text, place, unsafe: true, sealed: made.sealed };
    }
    const [only] = entries;
    const unsafe = entries.length === 1 && only?.key === "__ansible_unsafe" && only.value.kind === "scalar";
    return unsafe ? { ...only.value, unsafe: true } : { kind: "map", entries, place };
  }

  #entry(entries: Map<string, Entry>, depth: number): void {
    if (this.#peek() !== '"') this.#fail("expected a key in double quotes");
    const { value, place } = this.#string();
    const key = String(value);
    if (RESERVED.has(key)) throw new InputError([problem(`\`${key}\` is a reserved name and cannot be a key`, place)]);
    this.#once(entries.get(key), key, place);
    if (this.#peek() !== ":") this.#fail("expected `:`");
    this.#at += 1;
    entries.delete(key);
    entries.set(key, { key, keyPlace: place, value: this.#value(depth + 1) });
  }

  #once(before: Entry | undefined, key: string, place: Place): void {
    if (before === undefined) return;
    const related = [{ place: before.keyPlace, label: "first defined here" }];
    const twice: Problem = { ...problem(`key \`${key}\` is defined twice`, place), code: "duplicate-key", related };
    if (this.#options.lastKeyCounts !== true) throw new InputError([twice]);
    this.#options.warn({ ...twice, severity: "warning", label: "this one counts" });
  }

  /** After a value: `,` and so another one, or the end. */
  #separator(close: string, start: number): boolean {
    const next = this.#peek();
    if (next !== "," && next !== close) this.#unclosed(close, start, next);
    this.#at += 1;
    return next === ",";
  }

  #unclosed(close: string, start: number, next: string): never {
    if (next !== "") this.#fail(`expected \`,\` or \`${close}\``);
    const open = this.#source.text.charAt(start);
    throw new InputError([
      problem(`this \`${open}\` is never closed`, { source: this.#source, start, end: start + 1 }),
    ]);
  }

  #string(): ScalarNode {
    const start = this.#at;
    const text = this.#match(STRING);
    if (text === undefined) return this.#badString(start);
    return this.#scalar(JSON.parse(text) as string, start);
  }

  #badString(start: number): never {
    const good = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
    good.lastIndex = start;
    good.exec(this.#source.text);
    const at = good.lastIndex;
    const next = this.#source.text.charAt(at);
    if (next === "" || next === "\n" || next === "\r") {
      this.#at = at;
      throw new InputError([problem("this quote is never closed", { source: this.#source, start, end: start + 1 })]);
    }
    this.#at = at + (next === "\\" && at + 1 < this.#source.text.length ? 2 : 1);
    const message = next === "\\" ? "JSON knows no such escape" : "a control character must be escaped in JSON";
    throw new InputError([problem(message, this.#place(at))]);
  }

  #word(): ScalarNode | undefined {
    const start = this.#at;
    const word = this.#match(WORD);
    return word === undefined ? undefined : this.#scalar(WORDS.get(word) ?? null, start);
  }

  #number(): ScalarNode | undefined {
    const start = this.#at;
    const text = this.#match(NUMBER);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/[.eE]/.test(text) || Number.isSafeInteger(value)) return this.#scalar(value, start);
    this.#options.warn({
      severity: "warning",
      code: "ambiguous-value",
      message: `\`${text}\` is too large for a number and is read as text`,
      place: this.#place(start),
      help: `write \`"${text}"\``,
    });
    return this.#scalar(text, start);
  }

  #scalar(value: ScalarNode["value"], start: number): ScalarNode {
    const place = this.#place(start);
    return { kind: "scalar", value, text: this.#source.text.slice(start, this.#at), place, unsafe: false };
  }

  #fail(message: string): never {
    this.#blank();
    const start = this.#at;
    const found = this.#match(TOKEN);
    const text = found === undefined ? `${message}, and the text ends` : message;
    throw new InputError([problem(text, { source: this.#source, start, end: this.#at })]);
  }
}

function problem(message: string, place: Place): Problem {
  return { severity: "error", code: "inventory-syntax", message, place };
}
