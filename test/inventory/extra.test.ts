/** `-e`: above all that an inventory says, to see as to reach a host by. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadInventory } from "../../src/inventory/load.ts";
import { inventoryWithExtra, withExtra } from "../../src/inventory/extra.ts";
import { connectionOf } from "../../src/inventory/target.ts";
import { extraVars } from "../../src/commands/input/extra-vars.ts";
import { dsrctl } from "../vault/dsrctl.ts";
import { withoutUnsafe, withProfileText, yamlGroups } from "./core-2.19.ts";
import { missing } from "./oracle.ts";

const cwd = mkdtempSync(join(tmpdir(), "dsrctl-extra-"));
afterAll(() => rmSync(cwd, { recursive: true }));

writeFileSync(
  join(cwd, "hosts"),
  `[web]
web1 x=1 ansible_user=www
web2
[web:vars]
ansible_port=2222
[db]
db1
[all:vars]
shared={'a': [1]}
`,
);
writeFileSync(join(cwd, "more.yml"), "nested: { list: [1, two, no], text: !unsafe '{{ x }}' }\nshared: ~\n");

const EXTRA = [
  ...["-e", "x=7 y='two words' ansible_port=22"],
  ...["-e", '{"number": 3, "map": {"k": "v"}}', "-e", "@more.yml", "-e", "y=later"],
];

describe("extra variables", () => {
  const same = (text: string) => text;
  const WAYS = {
    "--list": withProfileText,
    "--list --export": withProfileText,
    "--list --yaml": yamlGroups,
    "--graph --vars": same,
    "--host web1": withoutUnsafe,
    "--host db1 --yaml": same,
  };
  it.skipIf(missing !== undefined).each(Object.entries(WAYS))(
    "inventory %s: as the real program has it",
    { timeout: 60_000 },
    async (way, expected) => {
      const argv = ["-i", "hosts", ...way.split(" "), ...EXTRA];
      const env = { PATH: process.env["PATH"], HOME: cwd, LC_ALL: "C.UTF-8" };
      const theirs = execFileSync("ansible-inventory", argv, { cwd, env, encoding: "utf8" });
      const ours = await dsrctl(cwd, "inventory", ...argv);
      expect(ours).toMatchObject({ code: 0, err: "" });
      expect(expected(ours.out.toString())).toBe(theirs);
    },
  );

  it("say how a host is reached; a jump host is reached as the inventory says", async () => {
    writeFileSync(
      join(cwd, "jump.yml"),
      "all: { hosts: { bastion: { ansible_user: jump }, web1: { ansible_user: www, ansible_timeout: 5, ansible_ssh_common_args: -J bastion } } }\n",
    );
    const { variables } = await extraVars(["ansible_user=me ansible_timeout=200 ansible_become=true"], cwd);
    const inventory = await loadInventory("jump.yml", cwd);
    const host = inventory.hosts.get("web1");
    if (host === undefined) throw new Error("no web1");
    const options = { inventory, cwd, render: () => (text: string) => text, sshConfig: { files: [] } };
    const { target, become } = await connectionOf(withExtra(host, variables), options);
    expect(target).toMatchObject({ user: "me", connectTimeout: 200, jump: [{ name: "bastion", user: "jump" }] });
    expect(become({ become: undefined, user: undefined })).toMatchObject({ user: "root" });
  });

  it("count for the implicit localhost, too", async () => {
    const { variables } = await extraVars(["ansible_user=me"], cwd);
    const inventory = inventoryWithExtra(await loadInventory("hosts", cwd), variables);
    const values = [...inventory.implicit("localhost").variables].map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(values)).toMatchObject({ ansible_connection: "local", ansible_user: "me" });
  });
});
