/** Python's format specifications, `[[fill]align][sign][#][0][width][,][.precision][type]`. */
import { fail } from "../errors/fault.ts";
import { boundedText } from "../errors/limits.ts";
import { printFloat, str } from "./print.ts";
import { numeric, whole, withArticle } from "./python.ts";
import { part, textLength } from "./text.ts";
import { isFloat, kind } from "./values.ts";
import type { Value } from "./values.ts";

export interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  /** `0x` before hexadecimal numbers and the like. */
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su;

export function parseSpec(text: string): Spec {
  const found = SPEC.exec(text);
  if (found === null) return fail(`\`${text}\` is not a format`);
  const [, fill, align, sign, alternate, zero, width, grouping, precision, type] = found;
  const size = Number(width ?? 0);
  boundedText(Math.max(size, Number(precision ?? 0)));
  return {
    fill: fill ?? (zero === undefined ? " " : "0"),
    align: align ?? (zero === undefined ? "" : "="),
    sign: sign ?? "-",
    alternate: alternate !== undefined,
    width: size,
    grouping: grouping ?? "",
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? "",
  };
}

/** Python's `format(value, spec)`. */
export function formatValue(value: Value, text: string): string {
  if (text === "") return str(value);
  const spec = parseSpec(text);
  const number = numeric(value);
  if (number === undefined) return formatText(value, spec);
  const integral = whole(value);
  if (spec.type === "s") return fail(`\`${text}\` is a format for texts, not for numbers`);
  if (integral !== undefined && "bcdoxXn".includes(spec.type)) return aligned(formatInteger(integral, spec), spec, ">");
  return aligned(formatFloat(number, spec, isFloat(value)), spec, ">");
}

function formatText(value: Value, spec: Spec): string {
  if (spec.type !== "" && spec.type !== "s") {
    return fail(`\`${spec.type}\` is a format for numbers, not for ${withArticle(kind(value))}`, {
      help: "`| int` or `| float` makes a number",
    });
  }
  if (spec.align === "=" && spec.fill !== "0") return fail("`=` aligns numbers only");
  const text = str(value);
  const cut = spec.precision === undefined ? text : part(text, 0, spec.precision);
  return aligned(cut, spec.align === "=" ? { ...spec, align: "<" } : spec, "<");
}

function aligned(text: string, spec: Spec, usual: string): string {
  const missing = spec.width - textLength(text);
  if (missing <= 0) return text;
  const align = spec.align === "" ? usual : spec.align;
  if (align === "<") return text + spec.fill.repeat(missing);
  if (align === ">") return spec.fill.repeat(missing) + text;
  if (align === "^") {
    const left = Math.floor(missing / 2);
    return spec.fill.repeat(left) + text + spec.fill.repeat(missing - left);
  }
  const [sign = ""] = /^[-+ ]?(?:0[xXob])?/.exec(text) ?? [];
  return sign + spec.fill.repeat(missing) + text.slice(sign.length);
}

function signed(negative: boolean, digits: string, sign: string): string {
  if (negative) return `-${digits}`;
  return sign === "-" ? digits : `${sign}${digits}`;
}

const BASES: ReadonlyMap<string, number> = new Map([
  ["b", 2],
  ["o", 8],
  ["x", 16],
  ["X", 16],
]);

function formatInteger(value: number | bigint, spec: Spec): string {
  if (spec.type === "c") return String.fromCodePoint(Number(value));
  const magnitude = value < 0 ? -BigInt(value) : BigInt(value);
  const base = BASES.get(spec.type) ?? 10;
  const digits = grouped(magnitude.toString(base), spec.grouping, base === 10 ? 3 : 4);
  const prefix = spec.alternate && base !== 10 ? `0${spec.type}` : "";
  return signed(value < 0, prefix + (spec.type === "X" ? digits.toUpperCase() : digits), spec.sign);
}

function grouped(digits: string, separator: string, size: number): string {
  if (separator === "") return digits;
  return digits.replace(size === 3 ? /\B(?=(\d{3})+$)/g : /\B(?=([\da-f]{4})+$)/g, separator);
}

function formatFloat(value: number, spec: Spec, isFloatValue: boolean): string {
  const negative = value < 0 || Object.is(value, -0);
  const text = floatDigits(Math.abs(value), spec, isFloatValue);
  const [, integral = "", rest = ""] = /^(\d+)(.*)$/s.exec(text) ?? [, "", text];
  return signed(negative, grouped(integral, spec.grouping, 3) + rest, spec.sign);
}

function floatDigits(value: number, spec: Spec, isFloatValue: boolean): string {
  const { precision } = spec;
  switch (spec.type) {
    case "f":
    case "F":
      return fixed(value, precision ?? 6);
    case "%":
      return `${fixed(value * 100, precision ?? 6)}%`;
    case "e":
    case "E":
      return cased(exponential(value, precision ?? 6), spec.type);
    case "g":
    case "G":
      return cased(general(value, precision ?? 6, spec.alternate), spec.type);
    case "":
      return precision === undefined
        ? plain(value, isFloatValue)
        : withPoint(general(value, precision, false), isFloatValue);
    default:
      return fail(`\`${spec.type}\` is not a format for floats`, { help: "`| int` makes an integer" });
  }
}

function plain(value: number, isFloatValue: boolean): string {
  return isFloatValue ? printFloat(value) : String(value);
}

function withPoint(digits: string, isFloatValue: boolean): string {
  return !isFloatValue || /[.en]/.test(digits) ? digits : `${digits}.0`;
}

function cased(text: string, type: string): string {
  return type === type.toUpperCase() ? text.toUpperCase() : text;
}

/** Digits of exactly this value, rounded half to even, as C's printf does (JavaScript rounds halves up). */
export function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return printFloat(value);
  if (value >= 1e21) return BigInt(value).toString() + (precision === 0 ? "" : `.${"0".repeat(precision)}`);
  if (precision > 70)
    return value
      .toFixed(100)
      .slice(0, precision - 100 || undefined)
      .padEnd(precision, "0");
  const [, down = "", digit = ""] = /^(.*?)(\d)50{29}$/.exec(value.toFixed(precision + 30).replace(".", "")) ?? [];
  if (digit === "" || Number(digit) % 2 === 1) return value.toFixed(precision);
  const digits = down + digit;
  return precision === 0 ? digits : `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
}

function exponential(value: number, precision: number): string {
  if (!Number.isFinite(value)) return printFloat(value);
  const [digits = "", exponent = "0"] = value.toExponential(Math.min(precision, 100)).split("e");
  return `${digits}e${Number(exponent) < 0 ? "-" : "+"}${String(Math.abs(Number(exponent))).padStart(2, "0")}`;
}

function general(value: number, precision: number, alternate: boolean): string {
  if (!Number.isFinite(value)) return printFloat(value);
  const digits = Math.min(Math.max(precision, 1), 100);
  const power = value === 0 ? 0 : Number(value.toExponential(digits - 1).split("e")[1]);
  const text = power < -4 || power >= digits ? exponential(value, digits - 1) : fixed(value, digits - 1 - power);
  return alternate || !text.includes(".") ? text : text.replace(/\.?0+(?=e|$)/, "");
}
