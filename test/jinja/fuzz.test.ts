/** Whatever the text: a result, or an InputError with a place inside the text; no crash, no hang, no pollution. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import type { Place } from "../../src/core/source.ts";
import { FILTERS } from "../../src/jinja/builtins/filters.ts";
import { TESTS } from "../../src/jinja/builtins/tests.ts";
import { templates } from "../../src/jinja/templates.ts";
import { soup } from "./soup.ts";
import { scopeOf } from "./support.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 150);
const engine = templates({
  env: () => "env",
  file: () => "file",
  template: () => ({ file: "other.j2", text: "{{ a }}" }),
});
const scope = scopeOf({
  a: 1,
  text: "häß😀lo",
  list: [3, 1, null, "x"],
  map: { k: { l: [1.5, true] }, constructor: 1 },
  none: null,
  users: [{ name: "ann", uid: 1 }, { name: "bob" }],
});
const before = snapshot();

function snapshot(): string {
  return [Object, Array, String, Number, Function, Map, RegExp, Error]
    .map((type) => Object.getOwnPropertyNames(type.prototype).sort().join())
    .join("\n");
}

afterAll(() => {
  expect(snapshot()).toBe(before);
});

/** Runs it, and checks what it throws. */
function survives(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { message, place, related } of error.problems) {
      expect(message).not.toBe("");
      inside(place);
      for (const each of related ?? []) inside(each.place);
    }
  }
}

function inside(place: Place | undefined): void {
  if (place === undefined) throw new Error("no place");
  expect(place.start).toBeGreaterThanOrEqual(0);
  expect(place.end).toBeGreaterThanOrEqual(place.start);
  expect(place.end).toBeLessThanOrEqual(place.source.text.length);
}

function everyWay(text: string): void {
  const at: Place = { source: { file: "t.yml", text: `x: ${text}\n` }, start: 3, end: 3 + text.length };
  survives(() => engine.render(text, scope, at));
  survives(() => engine.file({ file: "t.j2", text }, scope));
  survives(() => engine.test(text, scope, at));
  survives(() => engine.names(text, at));
  survives(() => engine.expressionNames(text, at));
}

const literal = fc.oneof(
  fc.constantFrom(
    "a",
    "text",
    "list",
    "map",
    "none",
    "users",
    "true",
    "1",
    "0",
    "-3",
    "2.5",
    "''",
    "'a b'",
    "'{x}'",
    "[]",
    "{}",
  ),
  fc.constantFrom(
    "[1, 'b', none]",
    "{'k': [1]}",
    "(1, 2)",
    "nope",
    "map.k",
    "list[0]",
    "range(3)",
    "'10.0.0.1/24'",
    "'%s'",
  ),
  fc.string({ maxLength: 6 }).map((text) => `'${text.replace(/[\\'{}%#]/g, "_")}'`),
);
const call = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...names), fc.array(literal, { maxLength: 3 }))
    .map(([name, args]) => (args.length === 0 ? name : `${name}(${args.join(", ")})`));

/** `FUZZ_RUNS=100000` runs for long. */
const TIMEOUT = { timeout: 10_000_000 };

describe("any text", TIMEOUT, () => {
  it("of any characters", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), everyWay), { numRuns: RUNS });
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => everyWay(`{{ ${text} }}`)),
      {
        numRuns: RUNS,
      },
    );
  });

  it("made of a template's pieces", () => {
    fc.assert(
      fc.property(soup, (pieces) => everyWay(pieces.join(" "))),
      { numRuns: RUNS * 4 },
    );
    fc.assert(
      fc.property(soup, (pieces) => everyWay(`{{ ${pieces.join(" ")} }}`)),
      { numRuns: RUNS * 4 },
    );
  });
});

describe("any value", TIMEOUT, () => {
  it("through any filter, with any arguments", () => {
    const filters = [...FILTERS.keys()].filter((name) => !name.includes("."));
    fc.assert(
      fc.property(literal, fc.array(call(filters), { minLength: 1, maxLength: 3 }), (value, chain) => {
        everyWay(`{{ ${[value, ...chain].join(" | ")} }}`);
      }),
      { numRuns: RUNS * 6 },
    );
  });

  it("in any test and operator", () => {
    const tests = [...TESTS.keys()].filter((name) => /^\w+$/.test(name));
    const operator = fc.constantFrom(
      "+",
      "-",
      "*",
      "/",
      "//",
      "%",
      "**",
      "~",
      "==",
      "<",
      ">=",
      "in",
      "not in",
      "and",
      "or",
    );
    fc.assert(
      fc.property(literal, call(tests), operator, literal, (value, test, sign, other) => {
        everyWay(`{{ (${value}) is ${test} }}{{ (${value}) ${sign} (${other}) }}{{ (${value})[${other}] }}`);
      }),
      { numRuns: RUNS * 4 },
    );
  });

  it("with any method", () => {
    const methods =
      "upper split join format find replace zfill center items get update pop append insert sort index".split(" ");
    fc.assert(
      fc.property(literal, call(methods), (value, method) => {
        everyWay(`{{ (${value}).${method.includes("(") ? method : `${method}()`} }}`);
      }),
      { numRuns: RUNS * 4 },
    );
  });
});

describe("arithmetic", TIMEOUT, () => {
  const integer = fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }));
  const evaluate = (text: string): string => engine.file({ file: "t", text: `{{ ${text} }}` }, scope);

  it("of integers is exact, and rounds down", () => {
    fc.assert(
      fc.property(integer, integer, (x, y) => {
        const [a, b] = [BigInt(x), BigInt(y)];
        expect(evaluate(`(${a}) + (${b})`)).toBe(String(a + b));
        expect(evaluate(`(${a}) * (${b})`)).toBe(String(a * b));
        expect(evaluate(`(${a}) - (${b})`)).toBe(String(a - b));
        if (b === 0n) return;
        const quotient = BigInt(evaluate(`(${a}) // (${b})`));
        const rest = BigInt(evaluate(`(${a}) % (${b})`));
        expect(quotient * b + rest).toBe(a);
        expect(rest === 0n || rest < 0n === b < 0n).toBe(true);
        expect(rest < 0n ? -rest : rest).toBeLessThan(b < 0n ? -b : b);
      }),
    );
  });

  it("of floats prints what reads back as the same", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Object.is(Number(evaluate(`${x < 0 || Object.is(x, -0) ? "-" : ""}(${Math.abs(x)} | float)`)), x)).toBe(
          true,
        );
      }),
    );
  });
});

describe("data", TIMEOUT, () => {
  it("comes out as it went in", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const own = scopeOf({ v: value });
        const at: Place = { source: { file: "t", text: "{{ v }}" }, start: 0, end: 7 };
        const made = engine.render("{{ [v] }}", own, at);
        expect(JSON.stringify(made)).toBe(JSON.stringify([value]));
        const again = engine.render("{{ [v] | to_json | from_json }}", own, at);
        expect(JSON.stringify(again)).toBe(JSON.stringify(made));
      }),
    );
  });
});
