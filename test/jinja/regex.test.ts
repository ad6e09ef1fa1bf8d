/** 400 random patterns with what Python 3.11's `re` makes of them, and the bounds that Python does not have. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/jinja/errors/fault.ts";
import { LIMITS } from "../../src/jinja/errors/limits.ts";
import { regex } from "../../src/jinja/regex/regex.ts";
import { replacement } from "../../src/jinja/regex/replacement.ts";

interface Row {
  readonly pattern: string;
  readonly text: string;
  readonly found: readonly (readonly (string | null)[])[];
  readonly replaced: string;
  readonly refused?: true;
}

const rows = readFileSync(join(import.meta.dirname, "regex.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

describe("Python's regular expressions", { timeout: 30_000 }, () => {
  it.each(rows.filter(({ refused }) => refused === undefined))(
    "$pattern in $text",
    ({ pattern, text, found, replaced }) => {
      const it = regex(pattern, {});
      const groups = Array.from({ length: it.groups + 1 }, (_, i) => i);
      expect(it.all(text).map((each) => groups.map((group) => each.group(group) ?? null))).toEqual(found);
      expect(it.sub(text, replacement("<\\g<0>>", it))).toBe(replaced);
    },
  );

  it.each(rows.filter(({ refused }) => refused))("refuses $pattern", ({ pattern }) => {
    expect(() => regex(pattern, {})).toThrow(Fault);
  });

  it("knows names, flags, lookarounds, possessive and atomic groups", () => {
    expect(regex("(?P<key>\\w+)=(?P<value>.*)", {}).search("a b=c")?.group("value")).toBe("c");
    expect(regex("(?x) a  b # blanks and comments mean nothing", {}).match("ab")?.text).toBe("ab");
    expect(regex("ÄÖ", { ignoreCase: true }).match("äö")?.text).toBe("äö");
    expect(regex("a++a", {}).search("aaa")).toBeUndefined();
    expect(regex("(?>a+)b", {}).search("aab")?.text).toBe("aab");
    expect(regex("(?<=😀)b", {}).search("a😀b")?.start).toBe(3);
  });

  it("stops where Python would go on for ever", () => {
    for (const pattern of ["(a+)+$", "(a|aa)+$", "(.*)*x"]) {
      expect(() => regex(pattern, {}).search(`${"a".repeat(40)}!`)).toThrow(/takes too long/);
    }
  });

  it("has one budget for all expressions of a search", () => {
    expect(() => regex("a*b", {}).search("a".repeat(LIMITS.regex / 1000))).toThrow(/takes too long/);
  });

  it("refuses expressions that would be too large", () => {
    expect(() => regex("((a{1,100}){1,100}){1,100}", {})).toThrow(/too large/);
    expect(() => regex("(".repeat(1000), {})).toThrow(/too deeply/);
  });
});
