/** Chance, and time. */
import { fail } from "../errors/fault.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import type { Run } from "../values/run.ts";
import { toFloat } from "../values/numbers.ts";
import { withArticle, whole } from "../values/python.ts";
import { Moment, parseTime } from "../values/time.ts";
import { kind } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { Mersenne } from "./parts/mersenne.ts";

export const chance = filterFamily({
  random: native("value, start=none, step=none, seed=none", random),
  shuffle: native("value, seed=none", shuffle),
  strftime: native("value, second=none, utc=false", (args, run) => {
    const given = args.value("second");
    const now = (run.options.now?.() ?? new Date()).getTime() / 1000;
    const second = given === null ? now : (toFloat(given) ?? fail("the time is not a number of seconds"));
    return new Moment(second, args.flag("utc")).format(args.string("value"));
  }),
  to_datetime: native("value, format='%Y-%m-%d %H:%M:%S'", (args) =>
    parseTime(args.text("value"), args.text("format")),
  ),
});

/** Draws an integer from 0 up to `n`. */
type Draw = (n: number) => number;

function drawing(seed: Value, run: Run): Draw {
  const chance = run.options.random ?? Math.random;
  if (seed === null) return (n) => Math.floor(chance() * n);
  const integral = whole(seed);
  if (typeof seed !== "string" && integral === undefined) {
    return fail(`a seed must be a string or an integer, got ${withArticle(kind(seed))}`);
  }
  const mersenne = new Mersenne(typeof seed === "string" ? seed : BigInt(integral ?? 0));
  return (n) => mersenne.below(n);
}

/** An item of a list, or an integer from `start` (0) up to the value, in steps. */
function random(args: Args, run: Run): Value {
  const value = args.value("value");
  const draw = drawing(args.value("seed"), run);
  if (whole(value) === undefined) {
    const all = args.items("value");
    if (args.value("start") !== null || args.value("step") !== null) fail("`start` and `step` are for integers only");
    return all.length === 0
      ? fail("there is nothing to choose from: the list is empty")
      : (all[draw(all.length)] ?? null);
  }
  const [start, step] = [args.optionalInt("start") ?? 0, (args.optionalInt("step") ?? 1) || 1];
  const size = Math.ceil((args.int("value") - start) / step);
  return size > 0 ? start + step * draw(size) : fail("there is no number to choose: the range is empty");
}

/** The list in another order (Fisher and Yates, as Python does it). */
function shuffle(args: Args, run: Run): Value {
  const list = [...args.items("value")];
  const draw = drawing(args.flag("seed") ? args.value("seed") : null, run);
  for (let i = list.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [list[i], list[j]] = [list[j] ?? null, list[i] ?? null];
  }
  return list;
}
