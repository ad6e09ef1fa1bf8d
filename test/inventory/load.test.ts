import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { limitHosts, selectHosts } from "../../src/inventory/select.ts";
import type { Inventory } from "../../src/inventory/types.ts";
import { showPlace } from "../../src/core/source.ts";
import { variableScope } from "../../src/jinja/templates.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
/** What ansible-core 2.14.18 answers for the inventory in `fixture`. */
const ansible = JSON.parse(readFileSync(join(here, "ansible.json"), "utf8")) as {
  readonly hostvars: Record<string, Record<string, unknown>>;
  readonly group_names: Record<string, readonly string[]>;
  readonly patterns: Record<string, readonly string[]>;
};

const whole = (text: string) => ({ source: { file: "--limit", text }, start: 0, end: text.length });

async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe("the same inventory means the same as to Ansible", () => {
  let inventory: Inventory;
  beforeAll(async () => {
    inventory = await loadInventory("fixture", here);
  });

  it("has the same hosts", () => {
    expect([...inventory.hosts.keys()].sort()).toEqual(Object.keys(ansible.group_names).sort());
  });

  it.each(Object.keys(ansible.group_names))("%s has the same variables and groups", (name) => {
    const host = inventory.hosts.get(name);
    const values = Object.fromEntries([...(host?.variables ?? [])].map(([key, { value }]) => [key, value]));
    expect(values).toEqual(ansible.hostvars[name] ?? {});
    expect(host?.groups).toEqual(ansible.group_names[name]);
  });

  it.each(Object.entries(ansible.patterns))("pattern %s", (pattern, hosts) => {
    let selected: readonly string[] = [];
    try {
      selected = selectHosts(inventory, pattern, whole(pattern)).map(({ name }) => name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
    expect([...selected].sort()).toEqual([...hosts].sort());
  });

  it("keeps the order of the pattern, then of the file", () => {
    const names = (pattern: string) => selectHosts(inventory, pattern, whole(pattern)).map(({ name }) => name);
    expect(names("lb:web[0:1]")).toEqual(["lba", "lbc", "lbb", "web01", "web02"]);
    expect(names("all").slice(0, 4)).toEqual(["alone", "bastion", "web01", "lba"]);
  });

  it("every variable knows its place, in the file that counts", () => {
    const variables = inventory.hosts.get("web01")?.variables;
    const place = (name: string) => variables?.get(name) && showPlace(variables.get(name)!.place);
    expect(place("who")).toBe("fixture/host_vars/web01.yml:1:6");
    expect(place("nested")).toBe("fixture/group_vars/all/20-second.yaml:2:9");
    expect(place("site_only")).toBe("fixture/hosts.yml:14:20");
  });

  it("--limit leaves the play's order", () => {
    const play = selectHosts(inventory, "lb:web", whole("lb:web"));
    const limit = selectHosts(inventory, "web02,lbb", whole("web02,lbb"));
    expect(limitHosts(play, limit).map(({ name }) => name)).toEqual(["lbb", "web02"]);
  });

  it("groups know their depth, their parents and their own variables", () => {
    const group = inventory.groups.get("deep3");
    expect(group).toMatchObject({ depth: 3, parents: ["deep2"], hosts: ["web05"], priority: 1 });
    expect(inventory.groups.get("zone_b")).toMatchObject({ priority: 10, depth: 1 });
    expect(inventory.groups.get("zone_b")?.variables.get("level")?.value).toBe("zone b file");
  });
});

describe("finding it", () => {
  const cwd = mkdtempSync(join(tmpdir(), "dsrctl-inventory-"));
  afterAll(() => rmSync(cwd, { recursive: true }));
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  };
  put("inventories/prod/hosts.yml", "all: { hosts: { in-prod: } }\n");
  put("inventories/flat.yml", "all: { hosts: { in-flat: } }\n");
  put("prod/README", "no inventory\n");
  put("other/hosts.yaml", "all: { hosts: { in-other: } }\n");
  put("two/hosts.yml", "web: { hosts: { web1: } }\n");
  put("two/group_vars/web.yml", "a: 1\n");
  put("two/group_vars/web/main.yml", "a: 2\n");
  put("warn/hosts.yml", "web: { hosts: { web1: { ansible_usr: root } } }\n");
  put("warn/group_vars/wbe.yml", "a: 1\n");
  put("warn/group_vars/notes.md", "nothing\n");
  put("bad/hosts.yml", "web: { hosts: { web1: } }\n");
  put("bad/group_vars/web.yml", "a: 'open\n");
  put("bad/host_vars/web1.yml", "- a list\n");

  it.each([
    ["prod", "in-prod", "inventories/prod/hosts.yml"],
    ["flat", "in-flat", "inventories/flat.yml"],
    ["inventories/prod", "in-prod", "inventories/prod/hosts.yml"],
    ["./inventories/prod/hosts.yml", "in-prod", "./inventories/prod/hosts.yml"],
    ["other/", "in-other", "other/hosts.yaml"],
  ])("%s", async (argument, host, file) => {
    const inventory = await loadInventory(argument, cwd);
    expect([...inventory.hosts.keys()]).toEqual([host]);
    expect(inventory.file).toBe(file);
  });

  it("hosts with commas need no file", async () => {
    const inventory = await loadInventory("web1,web[02:03],10.0.0.1:2222,2001:db8::1,", cwd);
    expect([...inventory.hosts.keys()]).toEqual(["web1", "web02", "web03", "10.0.0.1", "2001:db8::1"]);
    expect(inventory.hosts.get("10.0.0.1")?.variables.get("ansible_port")?.value).toBe(2222);
    expect(inventory.hosts.get("web1")?.groups).toEqual(["ungrouped"]);
    expect(await problemsOf(loadInventory("web1,-oProxyCommand=id,", cwd))).toEqual([
      "a host name cannot begin with `-`",
    ]);
  });

  it("variables of one name in two places are an error", async () => {
    expect(await problemsOf(loadInventory("two", cwd))).toEqual([
      "the variables of group `web` are in two places: `two/group_vars/web/` and `two/group_vars/web.yml`",
    ]);
  });

  it("warns of files for nobody and of connection variables with a slip", async () => {
    const { warnings } = await loadInventory("warn", cwd);
    expect(warnings.map(({ message, help, label }) => [message, help ?? label])).toEqual([
      ["`warn/group_vars/wbe.yml` belongs to no group of this inventory and is not read", "did you mean `web`?"],
      ["`ansible_usr` is not a connection variable and has no effect", "did you mean `ansible_user`?"],
    ]);
  });

  it("`!unsafe` marks a variable as data", async () => {
    put("unsafe/hosts.yml", "web: { hosts: { web1: { a: !unsafe '{{ x }}', b: '{{ x }}' } } }\n");
    const variables = (await loadInventory("unsafe", cwd)).hosts.get("web1")?.variables;
    expect([variables?.get("a")?.untrusted, variables?.get("b")?.untrusted]).toEqual([true, undefined]);
    put("unsafe/hosts.yml", "web: { hosts: { web1: { a: [1, { b: !unsafe '{{ x }}' }] } } }\n");
    const deep = (await loadInventory("unsafe", cwd)).hosts.get("web1")?.variables;
    expect(variableScope([deep ?? new Map()]).get("a")).toEqual([1, { b: "{{ x }}" }]);
  });

  it("what is wrong in several files is said together", async () => {
    expect(await problemsOf(loadInventory("bad", cwd))).toEqual([
      "this quote is never closed",
      "a file of variables must be a map of names and values, not a list",
    ]);
  });
});
