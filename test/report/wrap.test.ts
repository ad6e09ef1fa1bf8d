import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { widthOf } from "../../src/report/width.ts";
import { cut, hang, wrap, wrapCut } from "../../src/report/wrap.ts";

describe("lines fit a width", () => {
  it.each([
    ["between words", "ssh is open in the zone", ["ssh is open", "in the zone"]],
    ["spaces within a line stay", "a   b  c", ["a   b  c"]],
    ["indentation stays", "  - state MASTER or so", ["  - state", "MASTER or so"]],
    ["a long path, after a separator", "/etc/keepalived/conf.d", ["/etc/", "keepalived/", "conf.d"]],
    ["a word that is longer than a row", "x".repeat(15), ["x".repeat(12), "xxx"]],
    ["columns, not characters", "名前名前 名前名前", ["名前名前", "名前名前"]],
    ["colours take no room", "\u001b[31mabcdef ghijk\u001b[39m lm", ["\u001b[31mabcdef ghijk\u001b[39m", "lm"]],
  ])("%s", (_, line, rows) => expect(wrap(line, 12)).toEqual(rows));

  it("nothing is broken where there is no width", () => expect(wrap("x ".repeat(500), Infinity)).toHaveLength(1));

  it("loses nothing but spaces at breaks, and fits, whatever it is given", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", ",", " ", "  ", "名", "\u001b[31m", "\u001b[39m") });
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 40 }), (line, columns) => {
        const rows = wrap(line, columns);
        expect(rows.join("").replaceAll(" ", "")).toBe(line.replaceAll(" ", ""));
        for (const row of rows) if (row.trim() !== "") expect(widthOf(row)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it("rows under a line are indented, and fit", () =>
    expect(hang("  failed on web1: the zone is internal", 20, 4)).toEqual([
      ..."  failed on web1:|    the zone is|    internal".split("|"),
    ]));

  it("at most so many rows, then cut at the end", () => {
    expect(wrapCut("one two three four five six", 12, 2)).toEqual(["one two", "three four…"]);
    expect(wrapCut("abcdefghijkl mnopqrstuvwx yz", 12, 2)).toEqual(["abcdefghijkl", "mnopqrstuvw…"]);
    expect(wrapCut("one two", 12, 2)).toEqual(["one two"]);
  });

  it("a cut closes a colour", () => expect(cut("\u001b[31mabcdef\u001b[39m", 4)).toBe("\u001b[31mabc…\u001b[0m"));
});
