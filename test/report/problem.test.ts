import { describe, expect, it } from "vitest";
import type { Problem } from "../../src/core/problem.ts";
import type { Place } from "../../src/core/source.ts";
import { brief, visible, visibleText } from "../../src/report/escape.ts";
import { renderProblems } from "../../src/report/problem.ts";

function at(text: string, needle: string, file = "x.yml"): Place {
  const start = text.indexOf(needle);
  return { source: { file, text }, start, end: start + needle.length };
}

function problem(place: Place, more: Partial<Problem> = {}): Problem {
  return { severity: "error", code: "invalid-value", message: "it is wrong", place, ...more };
}

/** The code line and the line of carets under it, from the bar on. */
function lines(text: string, needle: string): readonly string[] {
  const rendered = renderProblems([problem(at(text, needle))]).split("\n");
  const caret = rendered.findIndex((line) => line.includes("^"));
  return rendered.slice(caret - 1, caret + 1).map((line) => line.slice(line.indexOf("|") + 2));
}

describe("carets", () => {
  it.each([
    ["plain", "a: bcd e", "bcd", "   ^^^"],
    ["after a tab, which is repeated", "a:\tb c", "c", "  \t  ^"],
    ["after wide characters", "名前: ab", "ab", "      ^^"],
    ["under wide characters", "a: 名前", "名前", "   ^^^^"],
    ["after a character outside the BMP", "😀: ab", "ab", "    ^^"],
    ["after an escaped control character", "\x1b: ab", "ab", "      ^^"],
    ["under one", "a: \x1b[m", "\x1b", "   ^^^^"],
  ])("%s", (_, text, needle, carets) => expect(lines(text, needle)[1]).toBe(carets));

  it("several lines: only the first is underlined", () => {
    expect(lines("a: |\n  b\n  c\n", "|\n  b\n  c")).toEqual(["a: |", "   ^"]);
  });

  it("an empty place gets one", () => expect(lines("a:\n", "")).toEqual(["a:", "^"]));

  it("a place behind the last character", () => {
    const text = "a:";
    const place = { source: { file: "x", text }, start: 2, end: 2 };
    expect(renderProblems([problem(place)])).toContain(" 1 | a:\n   |   ^\n");
  });

  it("stay in sight on a long line", () => {
    const [code = "", carets = ""] = lines(`${"x".repeat(500)} here ${"y".repeat(500)}`, "here");
    expect(code.length).toBeLessThanOrEqual(122);
    expect(code.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("here");
  });

  it("CRLF leaves no trace", () =>
    expect(renderProblems([problem(at("a: 1\r\nb: 2\r\n", "2"))])).not.toMatch(/\r|\\r/));
});

describe("secrets of the user's own files", () => {
  const text = [
    "auth_pass: hunter2",
    "smtp_password: 'hunter2'",
    "private_key: |",
    "  hunter2",
    "  hunter2",
    "tokens:",
    "  web: hunter2",
    "password: '{{ vault }}'",
    "token_file: /etc/token",
    "auth: { pass: hunter2, type: PASS }",
    "- command: mysql --password=hunter2 site",
    "user: { password: '{{ vault }}', token: \"hunter2\" }",
    "here: x",
  ].join("\n");
  it.each(["hunter2", "'hunter2'", "here", "web", "private_key", "PASS", "site", "user", "mysql"])(
    "are not shown around or under %s",
    (needle) => {
      expect(renderProblems([problem(at(text, needle))])).not.toContain("hunter2");
    },
  );
  it("are dots, with the carets under them", () => {
    expect(lines(text, "hunter2")).toEqual(["auth_pass: ••••", "           ^^^^"]);
  });
  it("templates and paths are none", () => {
    const rendered = renderProblems([problem(at(text, "auth:"))]);
    expect(rendered).toContain("'{{ vault }}'");
    expect(rendered).toContain("/etc/token");
  });
});

describe("many problems", () => {
  const text = Array.from({ length: 40 }, (_, index) => `key${index}: v`).join("\n");

  it("come in order of file and position, those without a place first", () => {
    const shown = renderProblems([
      problem(at(text, "key7"), { message: "second" }),
      problem(at(text, "key3", "a.yml"), { message: "first" }),
      problem(at(text, "key9"), { message: "third" }),
      { severity: "error", code: "invalid-value", message: "before all" },
    ]);
    const order = ["before all", "first", "second", "third"].map((word) => shown.indexOf(`error: ${word}`));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  it("are cut at twenty; errors are not cut in favour of warnings", () => {
    const warnings = Array.from({ length: 25 }, (_, index) =>
      problem(at(text, `key${index + 10}`), { severity: "warning", message: `warning ${index}` }),
    );
    const shown = renderProblems([...warnings, problem(at(text, "key39"), { message: "the error" })]);
    expect(shown).toContain("error: the error");
    expect(shown.match(/^(?:error|warning): /gm)).toHaveLength(20);
    expect(shown).toContain("… and 6 more");
  });

  it("the same one on many hosts is said once", () => {
    const place = at(text, "key1");
    const shown = renderProblems(
      Array.from({ length: 40 }, (_, index) => ({ ...problem(place), host: `web${index}` })),
    );
    expect(shown.match(/^error: /gm)).toHaveLength(1);
    expect(shown).toContain("on 40 hosts: web0, web1, web2, web3, web4 and 35 more");
  });

  it("say that nothing was touched when there is an error, and only then", () => {
    expect(renderProblems([problem(at(text, "key1"))])).toMatch(/\nnote: no host was changed\n$/);
    expect(renderProblems([problem(at(text, "key1"), { severity: "warning" })])).not.toContain("touched");
    expect(renderProblems([problem(at(text, "key1"))], { touched: undefined })).not.toContain("touched");
    expect(renderProblems([])).toBe("");
  });

  it("colors only on demand", () => {
    const escape = /\x1b\[/;
    expect(renderProblems([problem(at(text, "key1"))])).not.toMatch(escape);
    expect(renderProblems([problem(at(text, "key1"))], { color: true })).toMatch(escape);
  });
});

/** Sequences that attack terminals: colours, titles, clipboard, cursor, bells, C1, overwriting, turning text around. */
const ATTACKS = [
  ...["\x1b[31m", "\x1b]0;title\x07", "\x1b]52;c;AAAA\x07", "\x1b[2J", "\x1b[1;1H", "\x1bc", "\x1b(0", "\x1b[?1049h"],
  ...[
    "\x1bP$q\x1b\\",
    "\x1b_x\x1b\\",
    "\x1b^x\x1b\\",
    "\x1bX",
    "\x9b31m",
    "\x9d0;x\x9c",
    "\x90x\x9c",
    "\x85",
    "\x08\x08x",
  ],
  ...["a\rb", "\x07", "\x0e", "\x0b", "\x0c", "\x7f", "\0", "\u202e", "\u2066x\u2069", "\u200b", "\ufeff", "\u2028"],
  ...["\u2029", "\u061c", "\ud800", "\udfff", "\u{e0041}", "\u00ad", "\ufe0f"],
];
const DANGEROUS =
  /[\0-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]|[\u{e0000}-\u{e0fff}]/u;

describe("text that attacks the terminal is shown, not obeyed", () => {
  it.each(ATTACKS.map((attack) => [JSON.stringify(attack), attack]))("%s", (_, attack) => {
    expect(visible(`a${attack}b`)).not.toMatch(DANGEROUS);
    expect(visibleText(`a${attack}b`).replace(/[\n\t]/g, "")).not.toMatch(DANGEROUS);
    const place = at(`k: ${attack}\nnext: x\n`, "x");
    const shown = renderProblems([problem(place, { message: attack, label: attack, help: attack, note: attack })]);
    expect(shown.replace(/[\n\t]/g, "")).not.toMatch(DANGEROUS);
  });

  it("good text stays", () => {
    const good = 'Grüße, 負荷分散 😀 → `x` \\ "q"';
    expect(visible(good)).toBe(good);
    expect(visibleText(`a\n\tb\r\nc${good}`)).toBe(`a\n\tb\nc${good}`);
    expect(visible("a\nb\tc\rd")).toBe("a\\nb\\tc\\rd");
  });

  it("is cut to what a message can hold", () => {
    expect([...brief("😀".repeat(200))]).toHaveLength(80);
    expect(brief("short")).toBe("short");
  });
});
