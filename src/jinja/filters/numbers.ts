/** Filters about numbers and sizes. */
import { binary, sign } from "../values/arithmetic.ts";
import { fail } from "../errors/fault.ts";
import { fixed, formatValue } from "../values/format-spec.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { round, toFloat, toInteger } from "../values/numbers.ts";
import { order } from "../values/python.ts";
import { float } from "../values/values.ts";
import type { Value } from "../values/values.ts";

export const numbers = filterFamily({
  abs: native("value", (args) => {
    args.number("value");
    return order(args.value("value"), 0) < 0 ? sign("-", args.value("value")) : sign("+", args.value("value"));
  }),
  int: native("value, default=0, base=10", (args) => {
    return toInteger(args.value("value"), args.int("base")) ?? args.value("default");
  }),
  float: native("value, default=none", (args) => {
    const number = toFloat(args.value("value"));
    if (number !== undefined) return float(number);
    return args.has("default") ? args.value("default") : float(0);
  }),
  round: native("value, precision=0, method='common'", (args) => {
    const method = args.text("method");
    if (method !== "common" && method !== "ceil" && method !== "floor")
      return fail("`method` must be common, ceil or floor");
    args.number("value");
    return round(args.value("value"), args.int("precision"), method);
  }),
  log: native("value, base=none", (args) => {
    const [value, base] = [positive(args.number("value")), args.value("base")];
    if (base === null) return float(Math.log(value));
    const by = positive(args.number("base"));
    return float(by === 10 ? Math.log10(value) : Math.log(value) / Math.log(by));
  }),
  pow: native("value, exponent", (args) => binary("**", float(args.number("value")), float(args.number("exponent")))),
  root: native("value, base=2", (args) => {
    const [value, base] = [args.number("value"), args.number("base")];
    if (base === 2) return value < 0 ? fail("a negative number has no square root") : float(Math.sqrt(value));
    return binary("**", float(value), binary("/", 1, float(base)));
  }),
  filesizeformat: native("value, binary=false", fileSize),
  human_readable: native("value, isbits=false, unit=none", humanReadable),
  human_to_bytes: native("value, default_unit=none, isbits=false", humanToBytes),
});

function positive(value: number): number {
  return value > 0 ? value : fail("a logarithm needs a number above 0");
}

function fileSize(args: Args): string {
  const bytes = toFloat(args.value("value")) ?? fail("the size is not a number");
  const base = args.flag("binary") ? 1024 : 1000;
  if (bytes === 1) return "1 Byte";
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const letters = [..."KMGTPEZY"];
  const power = letters.findIndex((_, i) => bytes < base ** (i + 2));
  const i = power < 0 ? letters.length - 1 : power;
  const letter = i === 0 && base === 1000 ? "k" : letters[i];
  return `${fixed(bytes / base ** (i + 1), 1)} ${letter}${base === 1024 ? "iB" : "B"}`;
}

const SIZES = [..."YZEPTGMK"].map((letter, i, all) => ({ letter, size: 1024 ** (all.length - i) }));

function humanReadable(args: Args): string {
  const value = toFloat(args.value("value")) ?? fail("the size is not a number");
  const unit = args.optionalText("unit")?.toUpperCase();
  const base = args.flag("isbits") ? "bits" : "Bytes";
  const found = SIZES.find(({ letter, size }) => (unit === undefined ? value >= size : unit.startsWith(letter)));
  const suffix = found === undefined ? base : `${found.letter}${base.startsWith("b") ? "b" : "B"}`;
  return `${formatValue(float(value / (found?.size ?? 1)), ".2f")} ${suffix}`;
}

function humanToBytes(args: Args): Value {
  const text = args.string("value");
  const [, digits = "", unit = ""] = /^\s*(\d*\.?\d*)\s*([A-Za-z]+)?/.exec(text) ?? [];
  const number = digits === "" || digits === "." ? fail("the size does not begin with a number") : Number(digits);
  const spelled = unit === "" ? (args.optionalText("default_unit") ?? "") : unit;
  const size = sizeOf(spelled, args.flag("isbits"));
  return Math.round(number * size);
}

/** Bytes (or bits) of a unit: `K`, `KB`, `Kb` for bits, `B`, or nothing. */
function sizeOf(unit: string, bits: boolean): number {
  if (unit === "" || unit.toUpperCase() === "B") return 1;
  const size = SIZES.find(({ letter }) => letter === unit.charAt(0).toUpperCase())?.size;
  const rest = unit.slice(1);
  const words = bits ? ["", "b", "bit", "bits"] : ["", "B", "byte", "bytes"];
  const known = words.some((word) => word === rest || (word.length > 1 && word === rest.toLowerCase()));
  return size === undefined || !known ? fail(`\`${unit}\` is not a unit of ${bits ? "bits" : "bytes"}`) : size;
}
