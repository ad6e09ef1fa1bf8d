/** A short run of what `npm run fuzz` does for minutes. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { pointsAt, survives } from "./reader.ts";
import { READERS } from "./readers.ts";

describe.each(READERS)("the reader of $name", { timeout: 120_000 }, (reader) => {
  it("survives anything", () =>
    fc.assert(
      fc.asyncProperty(reader.texts, (text) => survives(reader, text)),
      { numRuns: 1000 },
    ));

  const { planted } = reader;
  it.runIf(planted !== undefined)("points at the fault", async () => {
    if (planted === undefined) return;
    const property = fc.asyncProperty(planted, (each) => pointsAt(reader, each));
    await fc.assert(property, { numRuns: 300 });
  });
});
