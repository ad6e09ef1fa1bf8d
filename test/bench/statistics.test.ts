import { expect, test } from "vitest";
import { median, ratio, spread } from "../../bench/statistics.ts";

test("the median is the middle value, or between the two middle ones", () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([10, 1, 4, 2])).toBe(3);
  expect(median([7])).toBe(7);
  expect(() => median([])).toThrow(RangeError);
});

test("a spread leaves the values in their order", () => {
  const values = [3, 1, 2];
  expect(spread(values)).toEqual({ median: 2, least: 1, most: 3 });
  expect(values).toEqual([3, 1, 2]);
});

test("ratios are made of pairs: a round that slows both down changes nothing", () => {
  const ours = new Map([0, 1, 2].map((round) => [round, [1, 10, 1.5][round]!]));
  const theirs = new Map([0, 1, 2].map((round) => [round, [2, 20, 2][round]!]));
  expect(ratio(ours, theirs)).toEqual({ median: 0.5, least: 0.5, most: 0.75 });
});

test("rounds that only one of them was in do not count", () => {
  const theirs = new Map([[1, 4]]);
  expect(ratio(new Map([[0, 100], [1, 2]]), theirs)).toEqual({ median: 0.5, least: 0.5, most: 0.5 }); // prettier-ignore
  expect(ratio(new Map([[0, 100]]), theirs)).toBeUndefined();
  expect(ratio(new Map([[1, 1]]), new Map([[1, 0]]))).toBeUndefined();
});
