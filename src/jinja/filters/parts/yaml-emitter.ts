/** Values as libyaml writes them for PyYAML. */
import { fail } from "../../errors/fault.ts";
import { LIMITS, work } from "../../errors/limits.ts";
import { printFloat } from "../../values/print.ts";
import { order, withArticle } from "../../values/python.ts";
import { Dict, Float, Instance, isFloat, kind, revealed, Undefined } from "../../values/values.ts";
import type { Value } from "../../values/values.ts";
import { waysOf } from "./yaml-analysis.ts";
import { Anchors } from "./yaml-anchors.ts";
import { YamlWriter } from "./yaml-writer.ts";

export interface Layout {
  readonly indent: number;
  readonly width: number;
  readonly sortKeys: boolean;
  /** Null: within brackets if it holds nothing but scalars. */
  readonly flow: boolean | null;
  readonly start: boolean;
  readonly end: boolean;
  /** A value that occurs in several places is written once, with an anchor; otherwise each time. */
  readonly anchors?: boolean;
  /** False: no limit of length and depth; for values that come from no template. */
  readonly bounded?: boolean;
}

/** A text of several lines that is written after a tag: `!vault |`. */
export class Tagged extends Instance {
  readonly type = "tagged text";
  readonly tag: string;
  readonly text: string;

  constructor(tag: string, text: string) {
    super();
    this.tag = tag;
    this.text = text;
  }

  attribute(): undefined {
    return undefined;
  }
}

/** A document. */
export function emitted(value: Value, how: Layout): string {
  return new Emitter(how).document(value);
}

interface Where {
  readonly mapping: boolean;
  readonly key: boolean;
  readonly depth: number;
}

class Emitter {
  readonly #how: Layout;
  readonly #out: YamlWriter;
  #anchors: Anchors | undefined;
  #flow = 0;
  #first = true;

  constructor(how: Layout) {
    this.#how = how;
    this.#out = new YamlWriter(how.width, how.bounded ?? true);
  }

  document(value: Value): string {
    if (this.#how.anchors === true)
      this.#anchors = new Anchors(value, (dict) => this.#sorted(dict).map(([, item]) => item));
    if (this.#how.start) this.#out.indicator("---", true);
    this.#node(value, { mapping: false, key: false, depth: 0 });
    this.#out.indent = 0;
    this.#out.newLine();
    if (this.#how.end) {
      this.#out.indicator("...", true);
      this.#out.newLine();
    }
    return this.#out.text;
  }

  #node(value: Value, where: Where): void {
    if (where.depth > LIMITS.depth && this.#how.bounded !== false) fail("the value is nested too deeply for YAML");
    work(1);
    const plain = revealed(value);
    const reference = this.#anchors?.next(plain);
    if (reference !== undefined) this.#out.indicator(reference, true);
    if (reference?.startsWith("*") === true) return;
    if (Array.isArray(plain)) this.#list(plain, where);
    else if (plain instanceof Dict) this.#dict(plain, where);
    else this.#scalar(plain, where);
  }

  /** Runs something one level further in. */
  #within(flow: boolean, indentless: boolean, run: () => void): void {
    const before = this.#out.indent;
    const first = this.#first;
    if (first) this.#out.indent = flow ? this.#how.indent : 0;
    else if (!indentless) this.#out.indent += this.#how.indent;
    this.#first = false;
    run();
    this.#out.indent = before;
    this.#first = first;
  }

  #inFlow(size: number, all: readonly Value[]): boolean {
    const { flow } = this.#how;
    return (
      this.#flow > 0 || size === 0 || (flow ?? all.every((item) => !Array.isArray(item) && !(item instanceof Dict)))
    );
  }

  #list(list: readonly Value[], where: Where): void {
    const item = (value: Value): void =>
      this.#node(value, { ...where, mapping: false, key: false, depth: where.depth + 1 });
    if (this.#inFlow(list.length, list)) return this.#brackets("[", "]", list, item);
    this.#within(false, where.mapping && !this.#out.indention, () => {
      for (const value of list) {
        this.#out.newLine();
        this.#out.indicator("-", true, { indention: true });
        item(value);
      }
    });
  }

  #brackets<T>(open: string, close: string, all: readonly T[], write: (item: T) => void): void {
    this.#out.indicator(open, true, { whitespace: true });
    this.#flow += 1;
    this.#within(true, false, () => {
      all.forEach((each, i) => {
        if (i > 0) this.#out.indicator(",", false);
        if (this.#out.full) this.#out.newLine();
        write(each);
      });
    });
    this.#flow -= 1;
    this.#out.indicator(close, false);
  }

  #dict(dict: Dict, where: Where): void {
    const entries = this.#sorted(dict);
    const inner: Where = { mapping: true, key: false, depth: where.depth + 1 };
    if (
      this.#inFlow(
        entries.length,
        entries.map(([, value]) => value),
      )
    ) {
      return this.#brackets("{", "}", entries, ([name, value]) => this.#entry(name, value, inner));
    }
    this.#within(false, false, () => {
      for (const [name, value] of entries) {
        this.#out.newLine();
        this.#entry(name, value, inner);
      }
    });
  }

  #entry(name: Value, value: Value, where: Where): void {
    const simple = typeof name !== "string" || (name.length < 128 && !waysOf(name).multiline);
    if (simple) {
      this.#node(name, { ...where, key: true });
      this.#out.indicator(":", false);
    } else {
      this.#out.indicator("?", true, { indention: true });
      this.#node(name, where);
      if (this.#flow === 0) this.#out.newLine();
      this.#out.indicator(":", true, { indention: this.#flow === 0 });
    }
    this.#node(value, where);
  }

  #sorted(dict: Dict): (readonly [Value, Value])[] {
    const entries = dict.entries();
    const comparable =
      new Set(entries.map(([name]) => typeof name)).size <= 1 && entries.every(([name]) => name !== null);
    return this.#how.sortKeys && comparable ? entries.sort(([a], [b]) => order(a, b)) : entries;
  }

  #scalar(value: Value, where: Where): void {
    this.#within(true, false, () => {
      if (typeof value === "string") this.#text(value, where);
      else if (value instanceof Tagged) this.#out.literal(value.tag, value.text);
      else this.#out.plain(scalar(value), !where.key);
    });
  }

  #text(text: string, where: Where): void {
    const ways = waysOf(text);
    if (this.#flow > 0 ? ways.plainInFlow : ways.plainInBlock) this.#out.plain(text, !where.key);
    else if (ways.single && !(where.key && ways.multiline)) this.#out.single(text, !where.key);
    else this.#out.double(text, !where.key);
  }
}

function scalar(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (value instanceof Undefined) return value.raise();
  if (isFloat(value)) return floatText(value instanceof Float ? value.value : value);
  if (value instanceof Instance) return value.print();
  if (typeof value === "number" || typeof value === "bigint") return value.toString();
  return fail(`${withArticle(kind(value))} cannot be YAML`);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  const text = printFloat(value);
  return text.includes(".") ? text : text.replace("e", ".0e");
}
