/** The table of Ansible's features: each row has cases (test/ansible-features.ts), and each case is in a row. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CASES } from "./ansible-features.ts";
import { DIFFERENCES } from "./core-2.19.ts";

const here = import.meta.dirname;
const [table = "", differences = ""] = readFileSync(join(here, "../docs/ansible.md"), "utf8").split(
  "\n## ansible-core 2.19 differs\n",
);

interface Row {
  readonly feature: string;
  readonly state: string;
  readonly cases: readonly string[];
}

const rows: readonly Row[] = table.split("\n").flatMap((line) => {
  const [, feature = "", state = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (feature === "" || feature === "feature" || feature.startsWith("-")) return [];
  return [{ feature, state, cases: CASES[feature] ?? [] }];
});

const namesIn = (directory: string): readonly string[] => readdirSync(join(here, directory));
const odd = namesIn("inventory/odd");
const screens = ["golden/inputs", "golden/program/inputs", "golden/vault/inputs"].flatMap(namesIn);
const lines = namesIn("cli/golden").map((file) => file.replace(/\.txt$/, ""));
const files = new Map(
  ["inventory", "yaml", "vault"].flatMap((directory) =>
    namesIn(directory)
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => [file, readFileSync(join(here, directory, file), "utf8")] as const),
  ),
);

function isThere(name: string): boolean {
  const [, file, title] = /^(\S+\.test\.ts): (.+)$/.exec(name) ?? [];
  if (file === undefined || title === undefined) return [...odd, ...screens, ...lines].includes(name);
  return files.get(file)?.includes(title) === true;
}

/** What this table is about; playbooks and tasks have tables of their own. */
const ABOUT = /^(?:B0[1-9]|B1[0-5]|B4[15-9]|B5\d|B6[0-68-9]|B7[0178]|S\d|inventory|explain|vault-|yaml11)/;

test("every row says how it is, and has cases that are there", () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const { feature, state, cases } of rows) {
    expect(["supported", "differs", "not"], feature).toContain(state);
    expect(cases, feature).not.toEqual([]);
  }
  expect(rows.flatMap(({ cases }) => cases).filter((name) => !isThere(name))).toEqual([]);
});

test("every feature with cases is a row", () => {
  expect(Object.keys(CASES)).toEqual(rows.map(({ feature }) => feature));
});

test("every case is in a row", () => {
  const named = new Set(rows.flatMap(({ cases }) => cases));
  const cases = [...odd, ...[...screens, ...lines].filter((name) => ABOUT.test(name))];
  expect(cases.filter((name) => !named.has(name))).toEqual([]);
});

test("every difference of ansible-core 2.19 is a row, and is expected by a test", () => {
  const cells = (line: string) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
  const rows = differences
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map(cells);
  expect(rows).toEqual(Object.values(DIFFERENCES).map(({ what, core214, core219 }) => [what, core214, core219]));
  const sources = ["inventory/core-2.19.ts", "inventory/odd.test.ts", "jinja/generated.test.ts"];
  const text = sources.map((file) => readFileSync(join(here, file), "utf8")).join("");
  const used = [...text.matchAll(/\bexpected(?:<[^(]*>)?\("([\w-]+)"/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(Object.keys(DIFFERENCES)));
});
