/** Python's arithmetic: integers of any size, floats, and what `+`, `*` and `%` do with texts and lists. */
import { fail } from "../errors/fault.ts";
import { percentFormat } from "./format.ts";
import { boundedItems, boundedText, LIMITS, textWork, work } from "../errors/limits.ts";
import { numeric, whole, withArticle } from "./python.ts";
import { Duration, Moment } from "./time.ts";
import { float, integer, isFloat, kind, revealed, tuple, Tuple, Undefined } from "./values.ts";
import type { Value } from "./values.ts";

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";

export function binary(operator: BinaryOperator, first: Value, second: Value): Value {
  const [a, b] = [revealed(first), revealed(second)];
  if (a instanceof Undefined) return a.raise();
  if (b instanceof Undefined) return b.raise();
  return overloaded(operator, a, b) ?? numbers(operator, a, b);
}

/** What the operators mean for texts, lists and times. */
function overloaded(operator: BinaryOperator, a: Value, b: Value): Value | undefined {
  switch (operator) {
    case "+":
      return join(a, b);
    case "*":
      return repeat(a, b) ?? repeat(b, a);
    case "%":
      return typeof a === "string" ? percentFormat(a, b) : undefined;
    case "-":
      return a instanceof Moment ? timeDifference(a, b) : undefined;
    default:
      return undefined;
  }
}

function join(a: Value, b: Value): Value | undefined {
  if (typeof a === "string" && typeof b === "string") {
    boundedText(a.length + b.length);
    textWork(a.length + b.length);
    return a + b;
  }
  if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
    boundedItems(a.length + b.length);
    work(a.length + b.length);
    return a instanceof Tuple ? tuple([...a, ...b]) : [...a, ...b];
  }
  return a instanceof Moment && b instanceof Duration ? new Moment(a.seconds + b.total, a.utc) : undefined;
}

function timeDifference(a: Moment, b: Value): Value | undefined {
  if (b instanceof Moment) return new Duration(a.seconds - b.seconds);
  return b instanceof Duration ? new Moment(a.seconds - b.total, a.utc) : undefined;
}

function repeat(a: Value, times: Value): Value | undefined {
  if (typeof a !== "string" && !Array.isArray(a)) return undefined;
  const n = whole(times);
  if (n === undefined) return undefined;
  const turns = n < 0 ? 0 : Number(n);
  if (typeof a === "string") {
    boundedText(a.length * turns);
    textWork(a.length * turns);
    return a === "" ? "" : a.repeat(turns);
  }
  boundedItems(a.length * turns);
  work(a.length * turns);
  if (a.length === 0) return [];
  const items = Array.from({ length: turns }, () => a).flat();
  return a instanceof Tuple ? tuple(items) : items;
}

function numbers(operator: BinaryOperator, a: Value, b: Value): Value {
  const [x, y] = [numeric(a), numeric(b)];
  if (x === undefined || y === undefined) return unsuitable(operator, a, b);
  const [m, n] = [whole(a), whole(b)];
  if (m === undefined || n === undefined) return float(floats(operator, x, y));
  return integers(operator, m, n);
}

const WORDS: Readonly<Record<BinaryOperator, (a: string, b: string) => string>> = {
  "+": (a, b) => `cannot add ${a} and ${b}`,
  "-": (a, b) => `cannot subtract ${b} from ${a}`,
  "*": (a, b) => `cannot multiply ${a} by ${b}`,
  "/": (a, b) => `cannot divide ${a} by ${b}`,
  "//": (a, b) => `cannot divide ${a} by ${b}`,
  "%": (a, b) => `cannot take the remainder of ${a} by ${b}`,
  "**": (a, b) => `cannot raise ${a} to the power of ${b}`,
};

function unsuitable(operator: BinaryOperator, a: Value, b: Value): never {
  const [x, y] = [kind(a), kind(b)];
  const label = `${x} ${operator} ${y}`;
  if (x === "string" || y === "string") {
    const help =
      operator === "+" ? "`~` joins texts, `| int` makes a number of a text" : "`| int` makes a number of a text";
    return fail(WORDS[operator](x, y), { label, help });
  }
  return fail(WORDS[operator](x, y), { label });
}

function floats(operator: BinaryOperator, x: number, y: number): number {
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / divisor(y);
    case "//":
      return Math.floor(x / divisor(y));
    case "%":
      return floatRemainder(x, divisor(y));
    case "**":
      return floatPower(x, y);
  }
}

function floatRemainder(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

function floatPower(x: number, y: number): number {
  if (x === 0 && y < 0) return fail("0 cannot be raised to a negative power");
  const power = x ** y;
  if (Number.isNaN(power) && !Number.isNaN(x) && !Number.isNaN(y)) return fail("the power is not a real number");
  if (!Number.isFinite(power) && Number.isFinite(x) && Number.isFinite(y)) return fail("the number is too large");
  return power;
}

function divisor<T extends number | bigint>(value: T): T {
  return value === 0 || value === 0n ? fail("cannot divide by zero") : value;
}

function integers(operator: BinaryOperator, m: number | bigint, n: number | bigint): Value {
  if (operator === "/") return float(trueQuotient(m, divisor(n)));
  if (operator === "**") return power(BigInt(m), n);
  const quick = typeof m === "number" && typeof n === "number" ? small(operator, m, n) : undefined;
  return quick !== undefined && Number.isSafeInteger(quick) ? quick : integer(big(operator, BigInt(m), BigInt(n)));
}

function small(operator: Exclude<BinaryOperator, "/" | "**">, m: number, n: number): number {
  switch (operator) {
    case "+":
      return m + n;
    case "-":
      return m - n;
    case "*":
      return m * n + 0;
    case "//":
      return exactQuotient(m - floatRemainder(m, divisor(n)), n);
    case "%":
      return floatRemainder(m, divisor(n)) + 0;
  }
}

/** NaN where the dividend is not exact any more. */
function exactQuotient(m: number, n: number): number {
  return Number.isSafeInteger(m) ? m / n + 0 : Number.NaN;
}

function big(operator: Exclude<BinaryOperator, "/" | "**">, m: bigint, n: bigint): bigint {
  switch (operator) {
    case "+":
      return bounded(m + n);
    case "-":
      return bounded(m - n);
    case "*":
      return bounded(m * n);
    case "//":
      return floorQuotient(m, divisor(n));
    case "%":
      return m - floorQuotient(m, divisor(n)) * n;
  }
}

function floorQuotient(m: bigint, n: bigint): bigint {
  const quotient = m / n;
  return m % n !== 0n && m < 0n !== n < 0n ? quotient - 1n : quotient;
}

function bounded(value: bigint): bigint {
  const limit = 1n << BigInt(LIMITS.bits);
  return value > limit || value < -limit
    ? fail("the number is too large", { label: `more than ${LIMITS.bits} bits` })
    : value;
}

/** A quotient that is right to the last bit also where the operands are no floats. */
function trueQuotient(m: number | bigint, n: number | bigint): number {
  if (typeof m === "number" && typeof n === "number") return m / n;
  const quotient = Number(m) / Number(n);
  return Number.isFinite(quotient) ? quotient : fail("the number is too large for a float");
}

function power(base: bigint, exponent: number | bigint): Value {
  if (exponent < 0) return float(floatPower(Number(base), Number(exponent)));
  const bits = base.toString(2).replace("-", "").length;
  if (base !== 0n && base !== 1n && base !== -1n && BigInt(bits) * BigInt(exponent) > BigInt(LIMITS.bits) * 2n) {
    return fail("the number is too large", { label: `more than ${LIMITS.bits} bits` });
  }
  return integer(bounded(base ** BigInt(exponent)));
}

export function sign(operator: "+" | "-", operand: Value): Value {
  const value = revealed(operand);
  if (value instanceof Undefined) return value.raise();
  const n = whole(value);
  if (n !== undefined) return operator === "+" ? n : integer(-BigInt(n));
  if (!isFloat(value)) return fail(`${withArticle(kind(value))} has no sign`);
  const x = numeric(value) ?? 0;
  return float(operator === "-" ? -x : x);
}
