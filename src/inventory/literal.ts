/**
 * Reads values in an INI inventory as Python's `ast.literal_eval` does: numbers, texts in quotes, lists, tuples,
 * dictionaries, True, False, None. Anything else is the text itself (Ansible's ini inventory plugin).
 */
import type { Place } from "../core/source.ts";
import type { Entry, Node, ScalarNode } from "../yaml/index.ts";
import { readBytes, readText } from "./literal-text.ts";

export interface Literal {
  readonly node: Node;
  /** Where Ansible differs, or refuses the value: reported at the value's place. */
  readonly remark?: string;
}

/** Nested lists and dictionaries. */
const DEEPEST = 64;

/** The value as a node; every part of it has the place `place`. */
export function readLiteral(text: string, place: Place): Literal {
  const reader = new Reader(text.replace(/^[ \t]+/, ""), place);
  const node = reader.whole();
  if (reader.remark !== undefined) return { node: node ?? textNode(text, place), remark: reader.remark };
  return { node: node ?? textNode(text, place) };
}

export function textNode(text: string, place: Place): ScalarNode {
  return { kind: "scalar", value: text, text, place, unsafe: false };
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ["True", true],
  ["False", false],
  ["None", null],
]);

const DIGITS = String.raw`[0-9](?:_?[0-9])*`;
const EXPONENT = `[eE][-+]?${DIGITS}`;
const FLOAT = new RegExp(`(?:(?:${DIGITS})?\\.${DIGITS}|${DIGITS}\\.)(?:${EXPONENT})?|${DIGITS}${EXPONENT}`, "y");
const INTEGER = /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*(?![0-9_])|[1-9](?:_?[0-9])*/y;
const STRING = /([A-Za-z]{0,2})("""|'''|"|')/y;
const AFTER_NUMBER = /[\w.\u0080-\uffff]/;

/** A piece of a text in quotes; bytes and text do not mix. */
interface Piece {
  readonly text: string;
  readonly bytes: boolean;
}

/** `undefined` from any of its methods: this is no literal. */
class Reader {
  remark: string | undefined;
  readonly #text: string;
  readonly #place: Place;
  #at = 0;
  #depth = 0;

  constructor(text: string, place: Place) {
    this.#text = text;
    this.#place = place;
  }

  whole(): Node | undefined {
    const first = this.#value();
    if (first === undefined) return undefined;
    const node = this.#peek() === "," ? this.#rest([first], "") : first;
    this.#blank();
    return this.#at === this.#text.length ? node : undefined;
  }

  /** Skips blanks, and a comment up to the end. */
  #blank(): void {
    while (/[ \t\f]/.test(this.#text.charAt(this.#at))) this.#at += 1;
    if (this.#text.charAt(this.#at) === "#") this.#at = this.#text.length;
  }

  #peek(): string {
    this.#blank();
    return this.#text.charAt(this.#at);
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found ?? undefined;
  }

  #value(): Node | undefined {
    const next = this.#peek();
    if (next === "[" || next === "(" || next === "{") return this.#nested(next);
    if (next === "-" || next === "+") return this.#signed();
    if (/[0-9.]/.test(next)) return this.#number();
    return this.#word() ?? this.#strings();
  }

  #nested(open: string): Node | undefined {
    if (this.#depth === DEEPEST) {
      this.remark ??= `lists and maps are nested more than ${DEEPEST} levels deep`;
      return undefined;
    }
    this.#at += 1;
    this.#depth += 1;
    const node = open === "{" ? this.#braces() : this.#items(open);
    this.#depth -= 1;
    return node;
  }

  #items(open: string): Node | undefined {
    const close = open === "[" ? "]" : ")";
    if (this.#take(close)) return this.#list([]);
    const first = this.#value();
    if (first === undefined) return undefined;
    if (open === "(" && this.#take(close)) return first;
    return this.#rest([first], close);
  }

  /** What follows the first value, up to `close`; at the end of the text where that is empty. */
  #rest(items: Node[], close: string): Node | undefined {
    while (this.#take(",")) {
      if (this.#ends(close)) return this.#list(items);
      const next = this.#value();
      if (next === undefined) return undefined;
      items.push(next);
    }
    return this.#ends(close) ? this.#list(items) : undefined;
  }

  #ends(close: string): boolean {
    return close === "" ? this.#peek() === "" : this.#take(close);
  }

  #list(items: readonly Node[]): Node {
    return { kind: "list", items, place: this.#place };
  }

  #braces(): Node | undefined {
    if (this.#take("}")) return { kind: "map", entries: [], place: this.#place };
    const first = this.#value();
    if (first === undefined) return undefined;
    if (this.#peek() === ":") return this.#dictionary(first);
    if (first.kind !== "scalar") return undefined;
    const set = this.#rest([first], "}");
    if (set !== undefined) this.remark ??= "a Python set is read as a list here; write `[…]`";
    return set;
  }

  #dictionary(first: Node): Node | undefined {
    const entries = new Map<string, Entry>();
    let key: Node | undefined = first;
    while (key?.kind === "scalar" && this.#take(":")) {
      const value = this.#value();
      if (value === undefined) return undefined;
      entries.set(keyText(key), { key: keyText(key), keyPlace: this.#place, value });
      if (this.#take("}")) return this.#map(entries);
      if (!this.#take(",")) return undefined;
      if (this.#take("}")) return this.#map(entries);
      key = this.#value();
    }
    return undefined;
  }

  #map(entries: ReadonlyMap<string, Entry>): Node {
    return { kind: "map", entries: [...entries.values()], place: this.#place };
  }

  #scalar(value: ScalarNode["value"], text: string): ScalarNode {
    return { kind: "scalar", value, text, place: this.#place, unsafe: false };
  }

  /** One sign only, before a number only; brackets around the number do not count. */
  #signed(): Node | undefined {
    const sign = this.#text.charAt(this.#at);
    this.#at += 1;
    let open = 0;
    while (this.#take("(")) open += 1;
    const node = this.#number();
    for (; open > 0; open--) if (!this.#take(")")) return undefined;
    if (node === undefined) return undefined;
    if (typeof node.value !== "number") return sign === "-" ? this.#scalar(`-${node.text}`, `-${node.text}`) : node;
    if (sign === "+") return node;
    const float = /[.eE]/.test(node.text);
    return this.#scalar(node.value === 0 && !float ? 0 : -node.value, `-${node.text}`);
  }

  #number(): ScalarNode | undefined {
    this.#blank();
    const found = this.#match(FLOAT) ?? this.#match(INTEGER);
    if (found === undefined || AFTER_NUMBER.test(this.#text.charAt(this.#at))) return undefined;
    const written = found[0].replaceAll("_", "");
    const value = Number(written.replace(/^0+(?=[0-9])/, ""));
    if (Number.isSafeInteger(value) || /^[0-9.]+[.eE]|^\./.test(written)) return this.#scalar(value, written);
    this.remark ??= `\`${found[0]}\` is too large for a number and is read as text`;
    return this.#scalar(found[0], found[0]);
  }

  /** Adjacent texts in quotes. */
  #strings(): Node | undefined {
    const pieces: Piece[] = [];
    for (;;) {
      this.#blank();
      const open = this.#match(STRING);
      if (open === undefined) break;
      const piece = this.#string(open[1] ?? "", open[2] ?? "");
      if (piece === undefined) return undefined;
      pieces.push(piece);
    }
    const [first] = pieces;
    if (first === undefined || pieces.some(({ bytes }) => bytes !== first.bytes)) return undefined;
    const text = pieces.map((piece) => piece.text).join("");
    const decoded = first.bytes ? Buffer.from(text, "latin1").toString("utf8") : text;
    return this.#scalar(decoded, decoded);
  }

  #string(prefix: string, quote: string): Piece | undefined {
    const kind = prefix.toLowerCase();
    if (!["", "r", "u", "b", "br", "rb"].includes(kind)) return undefined;
    const start = this.#at;
    while (!this.#text.startsWith(quote, this.#at)) {
      if (this.#at >= this.#text.length) return undefined;
      this.#at += this.#text.charAt(this.#at) === "\\" ? 2 : 1;
    }
    const raw = this.#text.slice(start, this.#at);
    this.#at += quote.length;
    const bytes = kind.includes("b");
    if (bytes && /[^\0-\x7f]/.test(raw)) return undefined;
    const text = kind.includes("r") ? raw : bytes ? readBytes(raw) : readText(raw);
    return text === undefined ? undefined : { text, bytes };
  }

  #word(): Node | undefined {
    const word = this.#match(/(?:True|False|None)(?![\w\u0080-\uffff])/y)?.[0];
    if (word === undefined) return undefined;
    return this.#scalar(WORDS.get(word) ?? null, word);
  }
}

/** Keys are text, as JSON has them. */
function keyText({ value }: ScalarNode): string {
  return String(value);
}
