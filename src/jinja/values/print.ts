/** Python's `str` and `repr`. */
import { fail } from "../errors/fault.ts";
import { boundedText, LIMITS, work } from "../errors/limits.ts";
import { Callable, Dict, Float, Hidden, Instance, Tuple, Undefined } from "./values.ts";
import type { Value } from "./values.ts";

/** The text of a value, as `{{ }}` inside other text has it; `None` is Python's. */
export function str(value: Value): string {
  if (typeof value === "string") return value;
  if (value instanceof Hidden) return value.reveal();
  if (value instanceof Undefined && value.lenient) return "";
  return repr(value);
}

export function repr(value: Value): string {
  const out = new Printed();
  out.value(value, 0);
  return out.text;
}

class Printed {
  text = "";

  value(value: Value, depth: number): void {
    if (depth > LIMITS.depth) fail("the value is nested too deeply to print it");
    work(1);
    if (Array.isArray(value)) this.#list(value, depth);
    else if (value instanceof Dict) this.#dict(value, depth);
    else this.#add(scalar(value));
  }

  #add(text: string): void {
    this.text += text;
    boundedText(this.text.length);
  }

  #list(list: Value[], depth: number): void {
    const isTuple = list instanceof Tuple;
    this.#add(isTuple ? "(" : "[");
    list.forEach((item, i) => {
      if (i > 0) this.#add(", ");
      this.value(item, depth + 1);
    });
    if (isTuple && list.length === 1) this.#add(",");
    this.#add(isTuple ? ")" : "]");
  }

  #dict(dict: Dict, depth: number): void {
    this.#add("{");
    dict.entries().forEach(([key, value], i) => {
      this.#add(`${i > 0 ? ", " : ""}${scalar(key)}: `);
      this.value(value, depth + 1);
    });
    this.#add("}");
  }
}

function scalar(value: Value): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return quotedText(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : printFloat(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Float) return printFloat(value.value);
  if (value instanceof Hidden) return quotedText(value.reveal());
  if (value instanceof Undefined) return value.lenient ? "Undefined" : value.raise();
  if (value instanceof Instance) return value.print();
  if (value instanceof Callable) return unprintable(value);
  return fail("this value cannot be printed");
}

/** A method that was named but not called. */
export function unprintable(value: Callable): never {
  const [, member] = /\.(.+)$/.exec(value.name) ?? [];
  const help =
    member === undefined
      ? `call it: \`${value.name}()\``
      : `call it: \`.${member}()\`; a key of that name is \`['${member}']\``;
  return fail(`\`${member ?? value.name}\` is a function, not a value`, { help });
}

/** Python's shortest float: `2.0`, `1e+16`, `1e-05`, `inf`. */
export function printFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= 16 || power < -4) return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** A text in Python's quotes: single ones, unless it has single and no double ones in it. */
export function quotedText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const unprintableOrQuote = /[\\'\n\r\t]|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
  return quote + text.replace(unprintableOrQuote, (char) => escape(char, quote)) + quote;
}

function escape(char: string, quote: string): string {
  const named = NAMED.get(char);
  if (named !== undefined) return named;
  if (char === "'") return quote === "'" ? "\\'" : char;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}
