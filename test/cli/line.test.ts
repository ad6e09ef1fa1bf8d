import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCommand } from "../../src/commands/index.ts";

/** The first command loads what all of them need. */
vi.setConfig({ testTimeout: 30_000 });

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-line-"));
  const hosts = { web1: { ansible_connection: "local" }, web2: { ansible_connection: "local" } };
  writeFileSync(join(cwd, "hosts.yml"), JSON.stringify({ all: { hosts } }));
  writeFileSync(
    join(cwd, "site.yml"),
    "- name: Web\n  hosts: all\n  tasks:\n    - command: /bin/true\n      tags: [one]\n",
  );
});
afterAll(() => rmSync(cwd, { recursive: true }));

async function run(argv: readonly string[], columns = 80): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const never = new AbortController().signal;
  const code = await runCommand(argv, "1.2.3", {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...{ isTTY: false, color: false, size: () => ({ columns, rows: 24 }), cwd, stop: never, end: never },
  });
  return { code, out, err };
}

const PLAY = ["play", "site.yml", "-i", "hosts.yml"];

/** Each says what is wrong in one message, without a dump of everything there is; the name is the golden file's. */
const SCREENS: Readonly<Record<string, readonly string[]>> = {
  "B71-password": [...PLAY, "--vault-password=hunter2"],
  "B72-unknown-option": [...PLAY, "--chek"],
  "B72-unknown-letter": [...PLAY, "-Z"],
  "B72-single-dash": [...PLAY, "-check"],
  "B72-ansible-become": [...PLAY, "-b"],
  "B72-value-for-a-flag": [...PLAY, "--check=maybe"],
  "B72-option-before-command": ["--check", "play"],
  "B73-forks-abc": [...PLAY, "--forks", "abc"],
  "B73-forks-0": [...PLAY, "--forks", "0"],
  "B73-forks-minus": [...PLAY, "--forks", "-5"],
  "B73-forks-huge": [...PLAY, "--forks", "1e9"],
  "B73-forks-none": [...PLAY, "--forks"],
  "B74-twice": [...PLAY, "--forks", "5", "--forks", "6"],
  "B74-limit-without-value": [...PLAY, "--limit"],
  "B74-limit-takes-no-option": [...PLAY, "--limit", "--check"],
  "B74-limit-empty": [...PLAY, "--limit", ""],
  "B75-no-file": [...PLAY, "-e", "@/nope.yml"],
  "B76-broken-json": [...PLAY, "-e", '{"a":'],
  "B77-limit-unknown": [...PLAY, "--limit", "web3"],
  "B79-tag-unknown": [...PLAY, "--tags", "oen"],
  "B81-no-playbook": ["play", "nope.yml", "-i", "hosts.yml"],
  "B82-nothing": [],
  "B82-help": ["help"],
  "B82-help-play": ["play", "--help"],
  "B82-help-drill": ["help", "drill"],
  "B82-help-lab": ["lab", "-h"],
  "B82-version": ["--version"],
  "command-unknown": ["paly", "site.yml"],
  "command-a-playbook": ["site.yml", "-i", "prod"],
  "command-escape": ["\u001b[31mplay"],
  "play-nothing": ["play"],
  "play-no-inventory": ["play", "site.yml"],
  "play-two-playbooks": ["play", "site.yml", "more.yml", "-i", "prod"],
  "lab-nothing": ["lab"],
  "lab-unknown-action": ["lab", "stauts"],
  "lab-unknown-host": ["lab", "cut", "lb3"],
  "lab-which-host": ["lab", "kill"],
  "lab-option-of-another-action": ["lab", "up", "--ms", "5"],
  "drill-unknown": ["drill", "failovr", "-i", "prod"],
  "drill-diff": ["drill", "failover", "-i", "prod", "-D"],
  "command-two-groups": ["inventory", "--graph", "web", "lb", "-i", "prod"],
  "several-problems": ["play", "site.yml", "-i", "nope", "-e", "@/nope.yml", "-t", "two"],
};

describe("screens of the command line", () => {
  it.each(Object.entries(SCREENS))("%s", async (name, argv) => {
    const { code, out, err } = await run(argv);
    const shown = `$ dsrctl ${argv.join(" ")}\n${out}${err === "" ? "" : `(standard error)\n${err}`}exit ${code}\n`;
    await expect(shown).toMatchFileSnapshot(`golden/${name}.txt`);
    expect(`${out}${err}`).not.toMatch(/\u001b/);
  });

  it("no secret of a refused option is repeated", async () => {
    const { err } = await run([...PLAY, "--vault-password=hunter2"]);
    expect(err).not.toContain("hunter2");
  });

  it("help fits a narrow terminal, and does not sprawl over a wide one", async () => {
    const widest = async (columns: number): Promise<number> =>
      Math.max(...(await run(["play", "--help"], columns)).out.split("\n").map((line) => line.length));
    expect(await widest(20)).toBeLessThanOrEqual(60);
    expect(await widest(80)).toBeLessThanOrEqual(80);
    expect(await widest(300)).toBeLessThanOrEqual(100);
  });
});

describe("ways to write the same", () => {
  it.each([
    ["glued", ["play", "-ihosts.yml", "site.yml", "--list-hosts"]],
    ["with =", ["play", "--inventory=hosts.yml", "site.yml", "--list-hosts"]],
    ["short with =", ["play", "-i=hosts.yml", "site.yml", "--list-hosts"]],
    ["letters together", ["play", "site.yml", "-CDvvf5", "-ihosts.yml", "--list-hosts"]],
    ["the same twice", [...PLAY, "-i", "hosts.yml", "--check", "--check", "--list-hosts"]],
    ["after --", ["play", "-i", "hosts.yml", "--list-hosts", "--", "site.yml"]],
    ["several -e", [...PLAY, "-e", "a=1", "-e", "b=2", "--list-hosts"]],
  ])("%s", async (_, argv) => {
    expect(await run(argv)).toEqual({ code: 0, out: "Web\n  web1\n  web2\n", err: "" });
  });
});
