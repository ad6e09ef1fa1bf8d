/** docs/site.md: every block of it is read as the page says. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { templates } from "../../src/jinja/templates.ts";
import { loadPlaybook } from "../../src/playbook/load.ts";
import { taskTypes } from "../../src/tasks/index.ts";
import { readInventory } from "./read.ts";

type Data = Readonly<Record<string, unknown>>;

/** `addresses` and others of `site_host`; `groups` of a host that is new. */
type Step = Data & { readonly hosts?: Readonly<Record<string, Data & { readonly groups?: readonly string[] }>> };

interface Inventory {
  readonly all: { readonly children: Readonly<Record<string, { hosts: Record<string, Data> }>> };
}

const page = readFileSync("docs/site.md", "utf8");
const sections = page.split(/^##+ /m).map((text) => ({
  title: text.split("\n")[0] ?? "",
  blocks: [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = ""]) => block),
}));
const [inventory = "", description = ""] = sections.find(({ title }) => title === "A first site")?.blocks ?? [];
const first = parse(description) as { readonly site: Data };
const steps = sections.filter(({ title, blocks }) => blocks.length > 0 && title !== "A first site");

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dsrctl-page-"));
  mkdirSync(join(directory, "group_vars"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function inventoryWith({ hosts = {} }: Step): Inventory {
  const read = parse(inventory) as Inventory;
  const groups = read.all.children as Record<string, { hosts: Record<string, Data> }>;
  for (const [name, { groups: named, ...siteHost }] of Object.entries(hosts)) {
    const own = named ?? Object.keys(groups).filter((group) => groups[group]?.hosts[name] !== undefined);
    expect(own, `the groups of ${name}`).not.toEqual([]);
    for (const group of own) {
      groups[group] ??= { hosts: {} };
      groups[group].hosts[name] = { ansible_host: name, ...groups[group].hosts[name], site_host: siteHost };
    }
  }
  return read;
}

async function read(step: Step) {
  const { hosts: _hosts, ...keys } = step;
  writeFileSync(join(directory, "hosts.yml"), JSON.stringify(inventoryWith(step)));
  writeFileSync(join(directory, "group_vars/all.yml"), JSON.stringify({ site: { ...first.site, ...keys } }));
  return (await readInventory("hosts.yml", directory)).sites;
}

test("the first site is right", async () => {
  const sites = await read({});
  expect(sites.problems).toEqual([]);
  expect(sites.dsrOf("web1")?.ports).toEqual(["80/tcp"]);
});

describe("from one service to many:", () => {
  test("there are steps", () => expect(steps.length).toBeGreaterThan(10));

  test.each(steps.map(({ title, blocks }) => [title, blocks] as const))("%s", async (_title, blocks) => {
    for (const block of blocks) {
      const step = parse(block) as Step;
      const sites = await read(step);
      expect(sites.problems).toEqual([]);
      const named = Object.keys(step.hosts ?? {});
      for (const host of named) expect(sites.dsrOf(host)?.addresses, host).toEqual(step.hosts?.[host]?.["addresses"]);
    }
  });
});

test("the playbook is right", async () => {
  const [, text = ""] = /^```yaml playbook\n(.*?)^```/ms.exec(page) ?? [];
  writeFileSync(join(directory, "own.yml"), text);
  const { plays, warnings } = await loadPlaybook("own.yml", taskTypes, { cwd: directory, templates: templates() });
  expect([plays.length, warnings]).toEqual([2, []]);
});
