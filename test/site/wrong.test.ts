/** Each wrong description gives one message, at its place, before any host is reached. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { extraVars } from "../../src/commands/input/extra-vars.ts";
import { InputError } from "../../src/core/problem.ts";
import type { Problem } from "../../src/core/problem.ts";
import { renderProblems } from "../../src/report/problem.ts";
import { readInventory } from "./read.ts";

/** Values by their path, as in `services.www.port`; null: the key is left out. */
type Changes = Readonly<Record<string, unknown>>;

interface Case {
  readonly site?: Changes;
  readonly hosts?: Changes;
  /** Changes of the base of older variables, in place of `site`. */
  readonly older?: Changes;
  /** The whole file of the group `all`, in place of the base with changes. */
  readonly vars?: string;
  /** Each is an argument of `-e`. */
  readonly extra?: readonly string[];
}

interface Cases {
  readonly base: { readonly vars: string; readonly hosts: string; readonly older: string };
  readonly sections: Readonly<Record<string, Readonly<Record<string, Case>>>>;
}

const { base, sections } = parse(readFileSync("test/site/wrong.yml", "utf8")) as Cases;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dsrctl-site-"));
  mkdirSync(join(directory, "group_vars"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function changed(text: string, changes: Changes = {}): string {
  const document = parseDocument(text);
  for (const [path, value] of Object.entries(changes)) {
    if (value === null) document.deleteIn(path.split("."));
    else document.setIn(path.split("."), document.createNode(value, { flow: true }));
  }
  return document.toString({ flowCollectionPadding: true, lineWidth: 0 });
}

async function problemsOf({ site, hosts, older, vars, extra = [] }: Case): Promise<readonly Problem[]> {
  const ofSite = Object.fromEntries(Object.entries(site ?? {}).map(([path, value]) => [`site.${path}`, value]));
  writeFileSync(join(directory, "hosts.yml"), changed(base.hosts, hosts));
  writeFileSync(
    join(directory, "group_vars/all.yml"),
    vars ?? (older === undefined ? changed(base.vars, ofSite) : changed(base.older, older)),
  );
  try {
    const { variables } = await extraVars(extra, directory);
    return (await readInventory("hosts.yml", directory, variables)).sites.problems;
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
}

test("the base is right", async () => {
  expect(await problemsOf({})).toEqual([]);
});

test.each(Object.entries(sections))("%s", async (name, cases) => {
  const all: string[] = [];
  const unnoticed: string[] = [];
  for (const [title, each] of Object.entries(cases)) {
    const problems = await problemsOf(each);
    if (problems.length === 0) unnoticed.push(title);
    all.push(`### ${title}\n${renderProblems(problems)}`);
  }
  await expect(all.join("\n")).toMatchFileSnapshot(`wrong/${name.replaceAll(" ", "-")}.txt`);
  expect(unnoticed).toEqual([]);
});

test("there are at least 60", () => {
  expect(Object.values(sections).flatMap((cases) => Object.keys(cases)).length).toBeGreaterThan(60);
});
