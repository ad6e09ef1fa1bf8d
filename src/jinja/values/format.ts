/** `'%05d' % 3` and `'{:>5}'.format('a')`. */
import { getAttribute, getItem } from "./attributes.ts";
import { fail } from "../errors/fault.ts";
import { formatValue, parseSpec } from "./format-spec.ts";
import { boundedText } from "../errors/limits.ts";
import { repr, str } from "./print.ts";
import { numeric, whole, withArticle } from "./python.ts";
import { Dict, isFloat, kind, revealed, Tuple, Undefined, orElse } from "./values.ts";
import type { Keywords, Value } from "./values.ts";

const PERCENT = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([^])?/g;

/** Python's `text % values`. */
export function percentFormat(text: string, values: Value): string {
  const given = new Given(values);
  const made = text.replace(
    PERCENT,
    (all: string, name?: string, flags?: string, width?: string, precision?: string, type?: string) => {
      if (type === "%") return "%";
      if (type === undefined) return fail("the format ends within a `%…`", { help: "`%%` prints a percent sign" });
      const size = width === "*" ? given.size() : width;
      const digits = precision === "*" ? given.size() : precision;
      return percent(given.take(name), flags ?? "", size, all.includes(".") ? (digits ?? "0") : undefined, type);
    },
  );
  given.end();
  boundedText(made.length);
  return made;
}

/** The values on the right of `%`, on their way into the text. */
class Given {
  readonly #values: Value;
  readonly #list: readonly Value[];
  #at = 0;
  #named = false;

  constructor(values: Value) {
    this.#values = values;
    this.#list = values instanceof Tuple ? values : [values];
  }

  take(name: string | undefined): Value {
    if (name !== undefined) return this.#byName(name);
    const value = this.#list[this.#at];
    if (value === undefined)
      return fail("the format wants more values than there are", { label: `${this.#list.length} given` });
    this.#at += 1;
    return value instanceof Undefined ? value.raise() : revealed(value);
  }

  size(): string {
    const value = whole(this.take(undefined));
    return value === undefined ? fail("`*` wants an integer") : String(value);
  }

  end(): void {
    const mayBeUnused =
      this.#values instanceof Dict || (Array.isArray(this.#values) && !(this.#values instanceof Tuple));
    if (mayBeUnused || this.#named || this.#at >= this.#list.length) return;
    fail("the format does not use all values", { label: `${this.#at} of ${this.#list.length} used` });
  }

  #byName(name: string): Value {
    this.#named = true;
    if (!(this.#values instanceof Dict)) return fail("the format names keys, so it wants a map");
    const value = orElse(this.#values.get(name), () => fail(`the map has no key \`${name}\``));
    return value instanceof Undefined ? value.raise() : revealed(value);
  }
}

function percent(
  value: Value,
  flags: string,
  width: string | undefined,
  precision: string | undefined,
  type: string,
): string {
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const zero = flags.includes("0") && !flags.includes("-") ? "0" : "";
  const size = (width ?? "").replace(/^-/, "");
  const left = flags.includes("-") || (width ?? "").startsWith("-");
  if ("sra".includes(type)) {
    const text = type === "s" ? str(value) : repr(value);
    return formatValue(text, `${left ? "<" : ">"}${size}${precision === undefined ? "" : `.${precision}`}`);
  }
  const alternate = flags.includes("#") ? "#" : "";
  const spec = `${left ? "<" : ""}${sign}${alternate}${zero}${size}`;
  if ("diuxXo".includes(type)) return integral(value, spec, precision, type);
  if ("eEfFgG".includes(type)) return formatValue(floating(value), `${spec}.${precision ?? "6"}${type}`);
  if (type === "c") return formatValue(character(value), `${left ? "<" : ">"}${size}`);
  return fail(`\`%${type}\` is not a format`, { help: "`%%` prints a percent sign" });
}

function integral(value: Value, spec: string, precision: string | undefined, type: string): string {
  const number = whole(value) ?? truncated(value, type);
  if (number === undefined) return fail(`\`%${type}\` wants a number, got ${withArticle(kind(value))}`, TO_INT);
  const base = "xXo".includes(type) ? type : "d";
  if (precision === undefined) return formatValue(number, `${spec}${base}`);
  const digits = formatValue(number, base);
  const padded = digits.replace(
    /^-?/,
    (minus) => minus + "0".repeat(Math.max(0, Number(precision) - digits.replace("-", "").length)),
  );
  const { width, align } = parseSpec(spec);
  return formatValue(padded, `${align === "<" ? "<" : ">"}${width}`);
}

const TO_INT = { help: "`| int` makes a number of a text" };

function truncated(value: Value, type: string): number | undefined {
  if (!isFloat(value) || !"diu".includes(type)) return undefined;
  const number = Math.trunc(numeric(value) ?? 0);
  return Number.isFinite(number) ? number + 0 : fail("the number is not finite");
}

function floating(value: Value): Value {
  if (numeric(value) === undefined) return fail(`the format wants a number, got ${withArticle(kind(value))}`, TO_INT);
  return value;
}

function character(value: Value): string {
  const code = whole(value);
  if (code !== undefined && code >= 0 && code <= 0x10ffff) return String.fromCodePoint(Number(code));
  return typeof value === "string" && [...value].length === 1 ? value : fail("`%c` wants one character");
}

const FIELD = /\{\{|\}\}|\{((?:[^{}]|\{[^{}]*\})*)\}|[{}]/g;

/** Python's `str.format`. */
export function braceFormat(text: string, args: readonly Value[], keywords: Keywords): string {
  let automatic = 0;
  const field = (inner: string): string => {
    const [, path = "", conversion, spec = ""] = /^([^!:]*)(?:!([^:]*))?(?::([^]*))?$/.exec(inner) ?? [];
    const [, first = "", rest = ""] = /^([^.[]*)([^]*)$/.exec(path) ?? [];
    const index = first === "" ? automatic++ : first;
    const value = member(argument(index, args, keywords), rest);
    const nested = spec.replace(FIELD, (_, nestedInner?: string) => field(nestedInner ?? ""));
    return formatValue(converted(value, conversion), nested);
  };
  const made = text.replace(FIELD, (all: string, inner?: string) => {
    if (all === "{{" || all === "}}") return all.charAt(0);
    if (inner === undefined) return fail(`a single \`${all}\` in the format`, { help: `\`${all}${all}\` prints one` });
    return field(inner);
  });
  boundedText(made.length);
  return made;
}

function argument(index: number | string, args: readonly Value[], keywords: Keywords): Value {
  const position = typeof index === "number" ? index : /^\d+$/.test(index) ? Number(index) : undefined;
  const value = position === undefined ? keywords.get(String(index)) : args[position];
  if (value === undefined) return fail(`the format wants \`${index}\`, which is not given`);
  return value instanceof Undefined ? value.raise() : revealed(value);
}

function member(value: Value, path: string): Value {
  let at = value;
  for (const [, name, index] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    const next =
      name === undefined
        ? getItem(at, /^\d+$/.test(index ?? "") ? Number(index) : (index ?? ""))
        : getAttribute(at, name);
    at = next instanceof Undefined ? next.raise() : revealed(next);
  }
  return at;
}

function converted(value: Value, conversion: string | undefined): Value {
  if (conversion === undefined) return value;
  return conversion === "s" ? str(value) : repr(value);
}
