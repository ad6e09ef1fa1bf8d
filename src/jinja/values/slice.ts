import { fail } from "../errors/fault.ts";
import { work } from "../errors/limits.ts";
import { str } from "./print.ts";
import { whole, withArticle } from "./python.ts";
import { codePoints } from "./text.ts";
import { kind, revealed, tuple, Tuple, Undefined } from "./values.ts";
import type { Value } from "./values.ts";

/** Python's `value[start:stop:step]`; None is "not given". */
export function slice(value: Value, bounds: readonly Value[]): Value {
  const within = revealed(value);
  if (within instanceof Undefined) return within;
  if (typeof within !== "string" && !Array.isArray(within)) return fail(`${withArticle(kind(value))} cannot be sliced`);
  const list: readonly Value[] = typeof within === "string" ? codePoints(within) : within;
  work(list.length);
  const [start = null, stop = null, step = null] = bounds;
  const chosen = indexes(list.length, bound(start), bound(stop), bound(step)).map((i) => list[i] ?? null);
  if (typeof within === "string") return chosen.map(str).join("");
  return within instanceof Tuple ? tuple(chosen) : chosen;
}

function bound(value: Value): number | undefined {
  if (value === null) return undefined;
  const n = whole(value);
  if (n === undefined) return fail(`a slice's bounds must be integers, got ${withArticle(kind(value))}`);
  return Number(n);
}

function indexes(length: number, start: number | undefined, stop: number | undefined, step = 1): number[] {
  if (step === 0) return fail("a slice's step cannot be 0");
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + length : n, lowest), highest);
  const from = start === undefined ? (step > 0 ? lowest : highest) : clamp(start);
  const to = stop === undefined ? (step > 0 ? highest : lowest) : clamp(stop);
  const size = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: size }, (_, i) => from + i * step);
}
