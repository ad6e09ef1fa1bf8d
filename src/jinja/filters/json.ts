/** JSON, written as Python's `json.dumps` writes it. */
import { fail } from "../errors/fault.ts";
import { keyText } from "../values/intake.ts";
import { boundedText, LIMITS, work } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import { printFloat, str } from "../values/print.ts";
import { order, truth, whole, withArticle } from "../values/python.ts";
import { Callable, Dict, Float, Instance, kind, Opaque, revealed, Undefined, orElse } from "../values/values.ts";
import type { Keywords, Value } from "../values/values.ts";
import { parseJson } from "./parts/json-parse.ts";

interface Layout {
  readonly indent: string | undefined;
  readonly sortKeys: boolean;
  readonly ascii: boolean;
  readonly itemSeparator: string;
  readonly keySeparator: string;
}

const OPTIONS = [
  "indent",
  "sort_keys",
  "ensure_ascii",
  "separators",
  "vault_to_text",
  "preprocess_unsafe",
  "allow_nan",
];

export const json = filterFamily({
  to_json: native("value, **options", (args) => toJson(args.value("value"), layout(args.keywords, null, false))),
  to_nice_json: native("value, indent=4, sort_keys=true, **options", (args) => {
    return toJson(args.value("value"), layout(args.keywords, args.value("indent"), args.flag("sort_keys")));
  }),
  tojson: native("value, indent=none", (args) => {
    const text = toJson(args.value("value"), layout(new Map(), args.value("indent"), true));
    return text.replace(/[<>&']/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
  }),
  from_json: native("value", (args) => parseJson(args.text("value"))),
});

function layout(options: Keywords, indent: Value, sortKeys: boolean): Layout {
  for (const name of options.keys())
    if (!OPTIONS.includes(name)) fail(`JSON has no option \`${name}\``, { help: OPTIONS.join(", ") });
  const by = indentation(orElse(options.get("indent"), () => indent));
  const given = options.get("separators");
  const [items, keys] = Array.isArray(given) ? given.map(str) : [by === undefined ? ", " : ",", ": "];
  return {
    indent: by,
    sortKeys: truth(options.get("sort_keys") ?? sortKeys),
    ascii: truth(options.get("ensure_ascii") ?? true),
    itemSeparator: items ?? ",",
    keySeparator: keys ?? ":",
  };
}

function indentation(value: Value): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return value;
  const width = Number(whole(value) ?? fail("`indent` must be an integer"));
  return " ".repeat(Math.min(Math.max(width, 0), 100));
}

function toJson(value: Value, how: Layout): string {
  const writer = new Writer(how);
  writer.value(value, 0);
  return writer.text;
}

class Writer {
  text = "";
  readonly #how: Layout;

  constructor(how: Layout) {
    this.#how = how;
  }

  value(value: Value, depth: number): void {
    if (depth > LIMITS.depth) fail("the value is nested too deeply for JSON");
    work(1);
    if (Array.isArray(value)) this.#all("[", "]", value, depth, (item) => this.value(item, depth + 1));
    else if (value instanceof Dict) this.#dict(value, depth);
    else this.#add(this.#scalar(value));
  }

  #add(text: string): void {
    this.text += text;
    boundedText(this.text.length);
  }

  #dict(dict: Dict, depth: number): void {
    const entries = dict.entries();
    const sorted = this.#how.sortKeys ? entries.sort(([a], [b]) => order(a, b)) : entries;
    this.#all("{", "}", sorted, depth, ([name, value]) => {
      this.#add(quoted(keyText(name), this.#how.ascii) + this.#how.keySeparator);
      this.value(value, depth + 1);
    });
  }

  #all<T>(open: string, close: string, all: readonly T[], depth: number, write: (item: T) => void): void {
    const { indent, itemSeparator } = this.#how;
    const line = (levels: number): string => (indent === undefined ? "" : `\n${indent.repeat(levels)}`);
    this.#add(open);
    all.forEach((item, i) => {
      this.#add((i > 0 ? itemSeparator : "") + line(depth + 1));
      write(item);
    });
    this.#add((all.length > 0 ? line(depth) : "") + close);
  }

  #scalar(value: Value): string {
    const plain = revealed(value);
    if (plain === null || typeof plain === "boolean") return String(plain);
    if (typeof plain === "string") return quoted(plain, this.#how.ascii);
    if (plain instanceof Undefined) return plain.raise();
    if (typeof plain === "bigint") return plain.toString();
    const number = plain instanceof Float ? plain.value : plain;
    if (typeof number === "number") return jsonNumber(number, plain instanceof Float);
    if (plain instanceof Instance) return quoted(plain.print(), this.#how.ascii);
    if (plain instanceof Callable || plain instanceof Opaque) return fail(`${withArticle(kind(plain))} cannot be JSON`);
    return fail("the value cannot be JSON");
  }
}

function jsonNumber(value: number, isFloat: boolean): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return isFloat || !Number.isInteger(value) ? printFloat(value) : String(value);
}

function quoted(text: string, ascii: boolean): string {
  const json = JSON.stringify(text).replaceAll("\x7f", ascii ? "\\u007f" : "\x7f");
  if (!ascii) return json;
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
