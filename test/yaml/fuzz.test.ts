import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/failure.ts";
import { renderProblems } from "../../src/report/problem.ts";
import { readYaml } from "../../src/yaml.ts";

const inputs = new URL("../golden/inputs/", import.meta.url);
const seeds = readdirSync(inputs, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".yml"))
  .map((name) => readFileSync(new URL(name, inputs), "utf8"))
  .filter((text) => text.length < 4000);

const BITS = [
  ..."'\"{}[]#,:-?|>&*!%@`~\t \n\\".split(""),
  ...[
    ": ",
    "- ",
    "&a ",
    "*a",
    "|\n",
    ">-\n",
    "!x ",
    "---\n",
    "...\n",
    "<<: ",
    "{{ x }}",
    "\r\n",
    "é",
    "\ufeff",
    "\0",
    "\u2028",
  ],
];

/** A seed with pieces put in, taken out or moved. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...BITS), fc.constantFrom("put", "take", "move")), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([seed, changes]) =>
    changes.reduce((text, [a, b, bit, how]) => {
      const at = a % (text.length + 1);
      const from = b % (text.length + 1);
      if (how === "put") return text.slice(0, at) + bit + text.slice(at);
      if (how === "take") return text.slice(0, at) + text.slice(at + 1 + (b % 6));
      return text.slice(0, at) + text.slice(from, from + 20) + text.slice(at);
    }, seed),
  );

/** Reads and, where that fails, renders: a crash, a place outside of the text or a slow answer is a bug. */
function survives(text: string): void {
  const start = performance.now();
  try {
    readYaml({ file: "fuzz.yml", text });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { place } of error.problems) {
      if (place === undefined) continue;
      expect(place.start).toBeGreaterThanOrEqual(0);
      expect(place.end).toBeGreaterThanOrEqual(place.start);
      expect(place.end).toBeLessThanOrEqual(place.source.text.length + 1);
    }

    expect(renderProblems(error.problems)).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]/);
  }
  expect(performance.now() - start).toBeLessThan(2000);
}

describe("nothing crashes, hangs or misplaces the reader", () => {
  it("mutated playbooks and inventories", () => {
    fc.assert(fc.property(mutated, survives), { numRuns: 3000 });
  }, 120_000);

  it("noise", () => {
    const noise = fc.array(fc.constantFrom(...BITS, "a", "key", "1"), { maxLength: 60 }).map((bits) => bits.join(""));
    fc.assert(fc.property(fc.oneof(noise, fc.string({ unit: "binary", maxLength: 200 })), survives), { numRuns: 4000 });
  }, 120_000);
});
