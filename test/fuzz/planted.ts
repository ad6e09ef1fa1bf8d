import fc from "fast-check";
import type { Planted } from "./reader.ts";

/** Lines that are right, with one put among them that is not; the fault is the word in it. */
export function amongLines(
  right: fc.Arbitrary<string>,
  faults: readonly (readonly [line: string, word: string])[],
): fc.Arbitrary<Planted> {
  const lines = fc.array(right, { maxLength: 8 });
  return fc.tuple(lines, fc.constantFrom(...faults), lines).map(([before, [line, word], after]) => {
    const start = [...before, ""].join("\n").length + line.lastIndexOf(word);
    return { text: `${[...before, line, ...after].join("\n")}\n`, start, end: start + word.length };
  });
}
