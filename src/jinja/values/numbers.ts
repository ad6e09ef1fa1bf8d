/** Python's `int()`, `float()` and `round()`. */
import { fail } from "../errors/fault.ts";
import { fixed } from "./format-spec.ts";
import { LIMITS } from "../errors/limits.ts";
import { numeric, whole } from "./python.ts";
import { float, integer } from "./values.ts";
import type { Value } from "./values.ts";

const PREFIXES: ReadonlyMap<number, RegExp> = new Map([
  [2, /^0b/i],
  [8, /^0o/i],
  [16, /^0x/i],
]);

/** The integer that a text spells in a base, or undefined. */
export function parseInteger(text: string, base: number): number | bigint | undefined {
  const found = /^\s*([-+]?)(\w+)\s*$/.exec(text);
  if (found === null || base < 2 || base > 36) return undefined;
  const [, sign, spelled = ""] = found;
  const digits = spelled.replace(PREFIXES.get(base) ?? /^(?!)/, "");
  if (!/^[0-9a-z]+(?:_[0-9a-z]+)*$/i.test(digits)) return undefined;
  if (digits.length > LIMITS.bits / 4) return fail("the number is too long");
  let value = 0n;
  for (const digit of digits.replaceAll("_", "")) {
    const worth = Number.parseInt(digit, 36);
    if (Number.isNaN(worth) || worth >= base) return undefined;
    value = value * BigInt(base) + BigInt(worth);
  }
  return integer(sign === "-" ? -value : value);
}

/** The float that a text spells, or undefined. */
export function parseFloatText(text: string): number | undefined {
  const spelled = text.trim().toLowerCase();
  if (/^[-+]?(?:inf|infinity)$/.test(spelled)) return spelled.startsWith("-") ? -Infinity : Infinity;
  if (/^[-+]?nan$/.test(spelled)) return Number.NaN;
  if (!/^[-+]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+)?$/.test(spelled)) return undefined;
  return Number(spelled.replaceAll("_", ""));
}

/** Jinja's `int`: a float's integral part, a text's number; undefined where there is none. */
export function toInteger(value: Value, base: number): number | bigint | undefined {
  const own = whole(value);
  if (own !== undefined) return own;
  const spelled = typeof value === "string" ? parseInteger(value, base) : undefined;
  if (spelled !== undefined) return spelled;
  const number = typeof value === "string" ? parseFloatText(value) : numeric(value);
  if (number === undefined || Number.isNaN(number)) return undefined;
  return Number.isFinite(number) ? integer(BigInt(Math.trunc(number))) : fail("infinity is not an integer");
}

export function toFloat(value: Value): number | undefined {
  return typeof value === "string" ? parseFloatText(value) : numeric(value);
}

export type Rounding = "common" | "ceil" | "floor";

/** Rounds half to even, as Python does; an integer stays one unless it is rounded up or down. */
export function round(value: Value, precision: number, method: Rounding): Value {
  const number = numeric(value) ?? fail("only numbers are rounded");
  if (method !== "common") {
    const scale = 10 ** precision;
    return float((method === "ceil" ? Math.ceil(number * scale) : Math.floor(number * scale)) / scale);
  }
  const own = whole(value);
  if (own !== undefined) return precision >= 0 ? own : roundInteger(BigInt(own), -precision);
  if (!Number.isFinite(number)) return number;
  if (precision < 0) return float(roundFloat(number, precision));
  return float(Number(fixed(Math.abs(number), Math.min(precision, 60))) * (number < 0 ? -1 : 1));
}

function roundFloat(number: number, precision: number): number {
  const scale = 10 ** -precision;
  const turns = number / scale;
  const down = Math.floor(turns);
  const rest = turns - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
  return (up ? down + 1 : down) * scale;
}

function roundInteger(value: bigint, digits: number): number | bigint {
  if (digits > 1000) return 0;
  const scale = 10n ** BigInt(digits);
  const rest = ((value % scale) + scale) % scale;
  const down = value - rest;
  const up = rest * 2n > scale || (rest * 2n === scale && (down / scale) % 2n !== 0n);
  return integer(up ? down + scale : down);
}
