import { expect, test } from "vitest";
import { parseOptions } from "../../bench/args.ts";
import { rotate } from "../../bench/rounds.ts";

test("what is left out has a default", () => {
  const options = parseOptions([]);
  expect(options).toMatchObject({ hosts: [4, 20], rtt: [0, 40], phases: ["check", "first", "second"], write: false });
  expect(options.only).toContain("ansible");
});

test("lists keep the order of what is known", () => {
  const options = parseOptions(["--only", "ssh,dsrctl", "--phases=second,first", "--hosts", "100"]);
  expect(options).toMatchObject({ only: ["dsrctl", "ssh"], phases: ["first", "second"], hosts: [100] });
});

test("what is given is stronger than --quick", () => {
  const options = parseOptions(["--quick", "--rtt", "40"]);
  expect(options).toMatchObject({ hosts: [4], rtt: [40], rounds: 1, parts: ["hosts"], phases: ["second"] });
});

test.each([
  [["--hosts", "4,x"], "--hosts: expected a whole number from 1 on, not `x`"],
  [["--rounds", "0"], "--rounds: expected a whole number from 1 on, not `0`"],
  [["--only", "chef"], "--only: `chef` is none of dsrctl"],
])("%j is refused", (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(message);
});

test("an option that nobody knows is refused", () => {
  expect(() => parseOptions(["--fast"])).toThrow("Unknown option '--fast'");
});

test("the order moves on by one a round", () => {
  expect([0, 1, 3, 4].map((round) => rotate(["a", "b", "c"], round).join(""))).toEqual(["abc", "bca", "abc", "bca"]);
  expect(rotate([], 3)).toEqual([]);
});
