/** Whatever data is taken comes out as a text that keepalived reads as what was meant; all else is refused. */
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { build } from "../../src/keepalived/build.ts";
import { DIALECTS, forVersion } from "../../src/keepalived/dialect.ts";
import { LONGEST_LINE } from "../../src/keepalived/lex.ts";
import { print } from "../../src/keepalived/print.ts";
import { isBlock, plain } from "../../src/keepalived/tree.ts";
import type { Entry } from "../../src/keepalived/tree.ts";
import { anyData } from "./data.ts";
import { read } from "./read.ts";
import type { ReadLine } from "./read.ts";

vi.setConfig({ testTimeout: 120_000 });

it("is read back as what was written, or refused", () => {
  let taken = 0;
  fc.assert(
    fc.property(anyData, fc.constantFrom(...DIALECTS), (data, version) => {
      const { body, problems } = build(data);
      if (problems.length > 0) {
        for (const { message } of problems) expect(message).toMatch(/\S/);
        return;
      }
      const spoken = forVersion(body, version).body;
      const text = print(spoken, false);
      fc.pre(text.split("\n").every((line) => Buffer.byteLength(line) <= LONGEST_LINE));
      taken += 1;
      expect(read(text)).toEqual(meant(spoken));
    }),
    { numRuns: 3000 },
  );
  // The generator would prove nothing if nearly all of it were refused.
  expect(taken).toBeGreaterThan(300);
});

it("shows no secret", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6, maxLength: 20 }), (word) => {
      const data = { vrrp_instance: { VI_1: { authentication: { auth_pass: `QZ${word}` } } } };
      const { body, problems } = build(data);
      const said = [print(body, true), ...problems.map(({ message }) => message)].join("\n");
      expect(said).not.toContain("QZ");
    }),
  );
});

function meant(body: readonly Entry[]): readonly ReadLine[] {
  return body.map((entry) => {
    const words = entry.words.map(plain);
    return isBlock(entry) ? { words, body: meant(entry.body) } : { words };
  });
}
