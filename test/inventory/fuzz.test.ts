import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/failure.ts";
import type { Problem } from "../../src/failure.ts";
import { emptyDraft } from "../../src/inventory/draft.ts";
import { readIni } from "../../src/inventory/ini.ts";
import { readJson } from "../../src/inventory/json.ts";
import { readLiteral } from "../../src/inventory/literal.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { selectHosts } from "../../src/inventory/select.ts";
import { completeGroups } from "../../src/inventory/tree.ts";
import { readGroups } from "../../src/inventory/yaml-groups.ts";

/** Seconds each reader is fuzzed for; a minute before a release (`FUZZ=60`). */
const seconds = Number(process.env["FUZZ"] ?? 1);
const run = { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false };
const options = { timeout: (seconds + 20) * 1000 };

const source = (text: string) => ({ file: "fuzz", text });

/** The problems of a reader; whatever else is thrown is a bug. */
function problemsOf(read: (tell: (problem: Problem) => void) => void): readonly Problem[] {
  const problems: Problem[] = [];
  try {
    read((problem) => problems.push(problem));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
  }
  return problems;
}

function check(problems: readonly Problem[], text: string): void {
  for (const { place, related } of problems) {
    for (const each of [place, ...(related ?? []).map((other) => other.place)]) {
      if (each?.source.file !== "fuzz") continue;
      expect(each.start).toBeGreaterThanOrEqual(0);
      expect(each.end).toBeGreaterThanOrEqual(each.start);
      expect(each.end).toBeLessThanOrEqual(text.length);
    }
  }
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
}

const piece = fc.oneof(
  fc.constantFrom(
    "[web]",
    "[web:vars]",
    "[db:children]",
    "[",
    "]",
    "[a:b]",
    "\n",
    "\r\n",
    "=",
    ":",
    " ",
    "#",
    ";",
    "\\",
    '"',
    "'",
  ),
  fc.constantFrom(
    "web",
    "db",
    "w[1:3]",
    "[01:99]",
    "[a:z:2]",
    "{{ x }}",
    "__proto__",
    "constructor",
    "{",
    "}",
    "(",
    ")",
    ",",
    "-",
  ),
  fc.constantFrom(
    "all",
    "ungrouped",
    "ansible_port=22",
    "a=[1,{'polluted':2}]",
    "b'\\x41'",
    "\t",
    "\u2028",
    "\u0000",
    "\ufeff",
    "2001:db8::1",
  ),
  fc.string({ maxLength: 5, unit: "binary" }),
);
const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(""));

describe("readers take anything", () => {
  it("INI", options, () => {
    fc.assert(
      fc.property(text, (written) => {
        const draft = emptyDraft({ source: source(""), start: 0, end: 0 });
        const thrown = problemsOf(() => {
          readIni(draft, source(written));
          completeGroups(draft);
        });
        check([...draft.problems, ...thrown], written);
      }),
      run,
    );
  });

  const jsonText = fc.oneof(
    fc
      .json()
      .chain((json) => fc.tuple(fc.constant(json), fc.nat(json.length), fc.string({ maxLength: 2 })))
      .map(([json, at, extra]) => json.slice(0, at) + extra + json.slice(at)),
    fc
      .array(
        fc.constantFrom(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          '"a"',
          '"__proto__"',
          "1",
          "-",
          "1e5",
          "nul",
          "NaN",
          " ",
          '"\\u00',
          '"hosts"',
        ),
      )
      .map((all) => all.join("")),
  );

  it("JSON", options, () => {
    fc.assert(
      fc.property(jsonText, (written) => {
        const draft = emptyDraft({ source: source(""), start: 0, end: 0 });
        const problems = problemsOf((warn) => {
          const node = readJson(source(written), { warn });
          readGroups(draft, node);
          completeGroups(draft);
          pythonJson(node);
        });
        check([...problems, ...draft.problems], written);
      }),
      run,
    );
  });

  it("JSON means what it means to JSON.parse", options, () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = JSON.stringify(value);
        const reserved = /"(?:__proto__|constructor|prototype|__ansible_\w+)"/.test(written);
        if (reserved || /[0-9]{16}/.test(written)) return;
        const node = readJson(source(written), { warn: () => undefined });
        expect(JSON.parse(pythonJson(node))).toEqual(JSON.parse(written));
      }),
      run,
    );
  });

  it("Python's literals", options, () => {
    fc.assert(
      fc.property(text, (written) => {
        const place = { source: source(written), start: 0, end: written.length };
        pythonJson(readLiteral(written, place).node);
      }),
      run,
    );
  });

  it("patterns", options, async () => {
    const inventory = await loadInventory("web[01:20].example.com,lb1,2001:db8::1,10.0.0.1,", "/");
    const part = fc.oneof(
      fc.constantFrom(
        "web*",
        "all",
        "!",
        "&",
        ":",
        ",",
        "[0]",
        "[-1]",
        "[1:3]",
        "[1:]",
        "~",
        "(a+)+$",
        "lb1",
        "*",
        "?",
        "[",
        "]",
        "[!a]",
      ),
      fc.constantFrom("2001:db8::1", "10.0.0.1", "\\", "[z-a]", "*a*a*a*a*b", " ", "@x", "(", "){9}", ".*.*.*", "-"),
      fc.string({ maxLength: 3, unit: "binary" }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }).map((all) => all.join("")),
        (written) => {
          const place = { source: source(written), start: 0, end: written.length };
          check(
            problemsOf(() => void selectHosts(inventory, written, place)),
            written,
          );
        },
      ),
      run,
    );
  });
});
