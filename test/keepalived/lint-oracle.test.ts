/** What `dsrctl lint` says of a file, compared with what the real keepalived says of it. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { configOf, textFor } from "../../src/keepalived/config.ts";
import { lintFile } from "../../src/keepalived/lint-file.ts";
import { ask, installed, missing } from "./oracle.ts";
import { CORRECTED, EVERYTHING } from "./sites.ts";

vi.setConfig({ testTimeout: 180_000 });

const RIGHT = [CORRECTED, EVERYTHING].map((data) => {
  const config = configOf(data);
  if ("problems" in config) throw new Error(JSON.stringify(config.problems));
  return textFor(config, installed);
});

const WORDS = ["x", "0", "-1", "99999", "true", "10.0.0.300", "MASTER", "{", "}", '"', "vrrp_instance", "!", "2.5"];

interface Mutated {
  readonly text: string;
  readonly right: string;
}

/** One mistake, as a hand makes it. */
const mutated: fc.Arbitrary<Mutated> = fc
  .record({
    text: fc.constantFrom(...RIGHT),
    how: fc.constantFrom("drop", "twice", "typo", "word", "add", "swap"),
    at: fc.nat(),
    word: fc.constantFrom(...WORDS),
  })
  .map(({ text, how, at, word }) => {
    const lines = text.split("\n");
    const index = at % lines.length;
    const line = lines[index] ?? "";
    const changed = {
      drop: [],
      twice: [line, line],
      typo: [line.replace(/\w(\w)/, "$1")],
      word: [line.replace(/\S+$/, word)],
      add: [line, word],
      swap: [lines[index + 1] ?? "", line],
    }[how];
    lines.splice(index, how === "swap" ? 2 : 1, ...changed);
    return { text: lines.join("\n"), right: text };
  });

/** It depends on the machine: interfaces, users, names of servers. */
const ELSEWHERE = /interface|Error setting global script uid|Invalid smtp server/;
/** lint reports what this release accepts: later ones report it, or it has no effect. */
const STRICTER = /twice|the list is empty|there is no track_file/;

const findingsIn = (text: string) => lintFile(text, { id: "", release: installed });

test("finds no error in right files", () => {
  for (const text of RIGHT) expect(findingsIn(text).filter(({ kind }) => kind !== "advice")).toEqual([]);
});

/** What one of them says and the other does not. */
async function disagreement({ text, right }: Mutated): Promise<string | undefined> {
  const messages = (await ask(text)).messages.filter((message) => !ELSEWHERE.test(message));
  const findings = findingsIn(text);
  // Where keepalived complains, advice says it, too.
  const isAgreed =
    messages.length > 0
      ? findings.some(({ kind }) => kind !== "advice") || findings.length > findingsIn(right).length
      : findings.every(({ kind, message }) => kind === "advice" || STRICTER.test(message));
  if (isAgreed) return undefined;
  return `keepalived: ${messages.join("; ")}; lint: ${findings.map(({ message }) => message).join("; ")}\n${text}`;
}

describe.skipIf(missing !== undefined)(`keepalived ${installed}${missing ?? ""}`, () => {
  test("agrees about 300 configurations with a mistake", async () => {
    for (const each of fc.sample(mutated, { numRuns: 300, seed: 7 })) expect(await disagreement(each)).toBeUndefined();
  });
});
