import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { selectHosts, selectLimit } from "../../src/inventory/select.ts";

const directory = mkdtempSync(join(tmpdir(), "dsrctl-select-"));
afterAll(() => rmSync(directory, { recursive: true }));
const hosts = `
[web]
w3
w1
w2
[db]
d1
d2
[site:children]
db
web
[v6]
2001:db8::1
2001:db8::2
[dc-1.east]
w1
d1
[all:vars]
where=all
`;
writeFileSync(join(directory, "hosts"), hosts);
writeFileSync(join(directory, "retry"), "# comment\n\n w1 \ndb\n!d2\n");
const inventory = await loadInventory("hosts", directory);

function names(pattern: string): readonly string[] | string {
  try {
    return selectHosts(inventory, pattern, { source: { file: "x", text: pattern }, start: 0, end: pattern.length }).map(
      ({ name }) => name,
    );
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => message).join("; ");
    throw error;
  }
}

/** What `ansible PATTERN --list-hosts` (core 2.14.18) answers. */
describe("patterns as Ansible has them", () => {
  it.each([
    ["web", ["w3", "w1", "w2"]],
    ["web[0]", ["w3"]],
    ["web[-1]", ["w2"]],
    ["web[1:]", ["w1", "w2"]],
    ["web[0:1]", ["w3", "w1"]],
    ["web[2:0]", ["w2"]],
    ["site[0]", ["d1"]],
    ["site", ["d1", "d2", "w3", "w1", "w2"]],
    ["w*[1]", ["w1"]],
    ["db:web[0]", ["d1", "d2", "w3"]],
    ["db,web[0]", ["d1", "d2", "w3"]],
    ["site:!web", ["d1", "d2"]],
    ["site:&dc-1.east:!d1", ["w1"]],
    ["!web", ["2001:db8::1", "2001:db8::2", "d1", "d2"]],
    ["~w[13]$", ["w3", "w1"]],
    ["~(web|db)", ["w3", "w1", "w2", "d1", "d2"]],
    ["w?", ["w3", "w1", "w2"]],
    ["w[!12]", ["w3"]],
    ["2001:db8::1", ["2001:db8::1"]],
    ["2001:db8::1,w1", ["2001:db8::1", "w1"]],
    ["web db", ["w3", "w1", "w2", "d1", "d2"]],
    ["dc-1.east", ["w1", "d1"]],
  ])("%s", (pattern, expected) => {
    const found = names(pattern);
    const sorted = pattern === "!web" && typeof found !== "string" ? [...found].sort() : found;
    expect(sorted).toEqual(expected);
  });

  it.each([
    ["web[9]", "`web` has 3 hosts, and none of the number 9"],
    ["!wbe", "no host or group `wbe`"],
    ["~w(", "`~w(`: the regular expression is wrong: `(` is never closed"],
    ["web:!web", "no hosts left: pattern `web:!web`"],
  ])("%s is wrong", (pattern, message) => expect(names(pattern)).toBe(message));

  it.each(["localhost", "127.0.0.1", "::1"])("%s without being in the inventory is the controller", (name) => {
    const [host] = selectHosts(inventory, name, { source: { file: "x", text: name }, start: 0, end: name.length });
    const values = [...(host?.variables ?? [])].map(([key, { value }]) => [key, value]);
    expect(values).toEqual([
      ["where", "all"],
      ["ansible_connection", "local"],
    ]);
    expect(names("all")).not.toContain(name);
  });

  it("--limit @file: a pattern a line", async () => {
    const limit = await selectLimit(inventory, "@retry", directory);
    expect(limit.map(({ name }) => name)).toEqual(["w1", "d1"]);
    expect((await selectLimit(inventory, "w2,@retry", directory)).map(({ name }) => name)).toEqual(["w2", "w1", "d1"]);
  });
});
