import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILTERS } from "../../src/jinja/filters.ts";
import { globalNames } from "../../src/jinja/globals.ts";
import { LIMITS } from "../../src/jinja/limits.ts";
import { TESTS } from "../../src/jinja/tests.ts";
import { UNSUPPORTED } from "../../src/jinja/unsupported.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/templates.md"), "utf8");

/** What stands in backticks under a heading. */
function named(heading: string): readonly string[] {
  const [, rest = ""] = text.split(`\n## ${heading}\n`);
  const section = rest.split("\n## ")[0] ?? "";
  return [...section.matchAll(/`([^`\s]+)`/g)].map(([, name]) => name ?? "").filter((name) => !name.endsWith("."));
}

function bare(names: Iterable<string>): string[] {
  return [...new Set([...names].map((name) => name.replace(/^(?:\w+\.){2}/, "")))].sort();
}

describe("docs/templates.md", () => {
  it("names the filters and tests that there are, and no others", () => {
    expect([...named("Filters")].sort()).toEqual(bare(FILTERS.keys()));
    expect([...new Set(named("Tests"))].sort()).toEqual(bare(TESTS.keys()));
    expect(named("Functions").slice(0, globalNames().length)).toEqual(globalNames());
  });

  it("says the limits as they are", () => {
    const rows = [...(text.split("\n## Limits\n")[1] ?? "").matchAll(/\|\s*([\d,]+)\s*\|/g)];
    const { loop, items, text: characters, work, regex, depth, bits } = LIMITS;
    const expected = [loop, items, characters, work, regex, depth, bits];
    expect(rows.map(([, number]) => Number(number?.replaceAll(",", "")))).toEqual(expected);
  });
});

describe("filters and tests that are not supported", () => {
  it("are none that there are", () => {
    for (const name of UNSUPPORTED.keys()) expect(FILTERS.has(name) || TESTS.has(name), name).toBe(false);
  });
});
