import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILTERS } from "../../src/jinja/builtins/filters.ts";
import { globalNames } from "../../src/jinja/builtins/globals.ts";
import { LOOKUPS, NOT_HERE } from "../../src/jinja/builtins/lookup.ts";
import { LIMITS } from "../../src/jinja/errors/limits.ts";
import { TESTS } from "../../src/jinja/builtins/tests.ts";
import { UNSUPPORTED } from "../../src/jinja/builtins/unsupported.ts";
import { ansibleVersion, python } from "../inventory/oracle.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/templates.md"), "utf8");

/** What `names.py` prints. */
const ANSIBLE = JSON.parse(readFileSync(join(import.meta.dirname, "ansible-names.json"), "utf8")) as Readonly<
  Record<"filters" | "tests" | "lookups", readonly string[]>
>;

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

/** Names with one reason stand together. */
function rows(what: string, reasons: ReadonlyMap<string, string>): readonly string[] {
  const grouped = new Map<string, string[]>();
  for (const [name, reason] of reasons) grouped.set(reason, [...(grouped.get(reason) ?? []), `\`${name}\``]);
  return [...grouped].map(([reason, names]) => `| ${what} | ${names.join(" ")} | ${reason.replaceAll("|", "\\|")} |`);
}

describe("what Ansible 2.14 has", () => {
  it.each(["filters", "tests", "lookups"] as const)("is supported, or said why not: %s", (what) => {
    const here = { filters: FILTERS, tests: TESTS, lookups: LOOKUPS }[what];
    const not = what === "lookups" ? NOT_HERE : UNSUPPORTED;
    expect(ANSIBLE[what].filter((name) => here.has(name) === not.has(name))).toEqual([]);
  });

  it("and is not here stands in the table, with the reason", () => {
    const [, rest = ""] = text.split("\n## Not supported\n");
    const said = (rest.split("\n## ")[0] ?? "").split("\n").map((row) => row.replaceAll(/ {2,}/g, " "));
    const expected = [...rows("filters and tests", UNSUPPORTED), ...rows("lookups", NOT_HERE)];
    expect(said.filter((row) => row.startsWith("| ")).slice(2)).toEqual(expected);
  });

  it("says so itself", ({ skip }) => {
    const interpreter = python();
    if (interpreter === undefined || ansibleVersion !== "2.14.18") return skip("ansible-core 2.14.18 is not installed");
    const script = join(import.meta.dirname, "names.py");
    expect(JSON.parse(execFileSync(interpreter, [script], { encoding: "utf8" }))).toEqual(ANSIBLE);
  });
});

describe("filters and tests that are not supported", () => {
  it("are none that there are", () => {
    for (const name of UNSUPPORTED.keys()) expect(FILTERS.has(name) || TESTS.has(name), name).toBe(false);
  });
});
