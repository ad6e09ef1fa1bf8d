/** What `dsrctl __complete` proposes, from files only. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../src/commands/index.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-complete-"));
  const hosts = { "web[1:2]": null, "a b": null, "$(touch pwned)": null, "x;y": null };
  put(
    "inventories/prod/hosts.yml",
    JSON.stringify({ all: { children: { web: { hosts }, lb: { hosts: { lb1: null } } } } }),
  );
  put("inventories/prod/group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n");
  put("inventories/test.ini", "[db]\ndb1\n");
  put("inventories/broken.yml", "all: [");
  put("inventories/script/extra.yml", "all: {hosts: {there: }}");
  put("inventories/script/run.sh", "#!/bin/sh\ntouch ran\necho '{}'\n");
  chmodSync(join(cwd, "inventories/script/run.sh"), 0o755);
  put("playbooks/site.yml", SITE);
  put("playbooks/notes.txt", "");
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** Tags on each level; a `tags` of an argument is none, and a template in one is no word for a shell. */
const SITE = `
- hosts: all
  tags: base, site
  tasks:
    - debug: {msg: x, tags: argument}
      tags: [net, "{{ later }}"]
    - block: [{command: "true", tags: "inner"}]
      rescue: [{command: "true", tags: rescued}]
  handlers: [{name: h, command: "true", tags: handled}]
`;

function put(name: string, text: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

async function proposed(...words: readonly string[]): Promise<readonly string[]> {
  let [out, err] = ["", ""];
  const never = new AbortController().signal;
  const code = await runCommand(["__complete", ...words], "1.2.3", {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd, stop: never, end: never },
  });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t", 1)[0]!);
}

const HOSTS = ["web1", "web2", "lb1"];
const GROUPS = ["all", "ungrouped", "web", "lb"];

describe("what completes", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["a verb", ["pl"], ["play"]],
    ["a verb after help", ["help", "va"], ["vault"]],
    ["nothing after a verb that is none", ["paly", ""], []],
    ["a choice", ["vault", "en"], ["encrypt", "encrypt-string"]],
    ["a second choice is none", ["drill", "failover", ""], []],
    ["a shell", ["completion", ""], ["bash", "zsh"]],
    ["a playbook", ["play", ""], ["site.yml", ":files"]],
    ["an inventory", ["play", "-i", ""], ["broken", "prod", "script", "test.ini", ":files"]],
    ["an inventory with =", ["play", "--inventory=p"], ["--inventory=prod", ":files"]],
    ["a pattern", ["play", "-i", "prod", "-l", ""], [...HOSTS, ...GROUPS]],
    ["a pattern's end", ["play", "-iprod", "--limit", "web1:!l"], ["web1:!lb1", "web1:!lb"]],
    ["hosts of two inventories", ["explain", "-i", "prod", "-i", "test.ini", "--host", ""], [...HOSTS, "db1"]],
    ["hosts of a list", ["inventory", "-i", "one,two,", "--host", ""], ["one", "two"]],
    ["a group", ["inventory", "-i", "prod", "--graph", "w"], ["web"]],
    ["a tag", ["play", "site.yml", "-t", ""], ["base", "handled", "inner", "net", "rescued", "site"]],
    [
      "a further tag",
      ["play", "site", "--skip-tags", "base,"],
      ["handled", "inner", "net", "rescued", "site"].map((tag) => `base,${tag}`),
    ],
    ["a host of the lab", ["lab", "cut", "w"], ["web1", "web2"]],
    ["a further host of the lab", ["lab", "up", "--hosts", "web1,w"], ["web1,web2"]],
    ["a command for a host of the lab is none of ours", ["lab", "ssh", "web1", ""], []],
    ["files", ["vault", "edit", ""], [":files"]],
    ["nothing for a number", ["play", "--forks", ""], []],
    ["an option", ["play", "--sk"], ["--skip-tags"]],
    ["an option of the action", ["lab", "delay", "--j"], ["--jitter"]],
    ["no option of another action", ["lab", "up", "--j"], ["--json"]],
    ["an option once", ["play", "-C", "--chec"], []],
    ["an option again", ["play", "-i", "prod", "--inv"], ["--inventory", "--inventory-timeout"]],
    ["no option after --", ["vault", "edit", "--", "-"], [":files"]],
    ["the value after several letters", ["play", "-CDi", "pr"], ["prod", ":files"]],
  ])("%s", async (_, words, candidates) => {
    expect(await proposed(...words)).toEqual(candidates);
  });
});

describe("what cannot be read has no candidates, and no message", () => {
  it.each([
    ["an inventory that is broken", ["play", "-i", "broken", "-l", ""]],
    ["an inventory that is not there", ["inventory", "-i", "nope", "--host", ""]],
    ["no inventory", ["inventory", "--host", ""]],
    ["a playbook that is not there", ["play", "nope.yml", "-t", ""]],
  ])("%s", async (_, words) => {
    expect((await proposed(...words)).filter((each) => !GROUPS.includes(each))).toEqual([]);
  });

  it("a program is not run, and what is beside it is read", async () => {
    expect(await proposed("inventory", "-i", "script", "--host", "")).toEqual(["there"]);
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });
});
