/** What `inventory` and `explain` show of secrets: nothing, in whatever form; beside the real ansible-inventory. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Password } from "../../src/vault/password.ts";
import { withProfile } from "../inventory/core-2.19.ts";
import { ansibleMissing, dsrctl, directory } from "./dsrctl.ts";

/** Long ones, and ones too short to be searched for in what is said: those are kept back only by being secret. */
const CANARIES = {
  inline: "inline-canary-1a2b",
  inlineShort: "q9z",
  file: "file-canary-3c4d",
  fileShort: "w8v",
  item: "item-canary-5e6f",
  key: "map-canary-7a8b",
  template: "template-canary-9c0d",
  play: "play-canary-aa1b",
  playFile: "vars-file-canary-cc2d",
  extra: "extra-canary-ee3f",
  extraShort: "k7x",
} as const;

/** The names of those that stand in a text, as it is or in base64. */
function found(text: string): readonly string[] {
  const forms = (secret: string) => [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")];
  const all = Object.entries(CANARIES).filter(([, secret]) => forms(secret).some((form) => text.includes(form)));
  return all.map(([name]) => name);
}

let dir: string;
let remove: () => void;
const password = new Password("default", Buffer.from("correct horse"));
const sealed = async (text: string): Promise<string> =>
  `!vault |\n      ${(await password.seal(Buffer.from(text))).trimEnd().replaceAll("\n", "\n      ")}`;
function write(name: string, text: string): void {
  mkdirSync(join(dir, dirname(name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

beforeAll(async () => {
  ({ dir, remove } = directory());
  const c = CANARIES;
  write("hosts", "[web]\nweb1 wins=plain\nweb2\n");
  write(
    "group_vars/all.yml",
    `inline: ${await sealed(c.inline)}\nshort: ${await sealed(c.inlineShort)}\nplain: seen\n`,
  );
  const file = `whole: ${c.file}\nwins: ${c.file}\nfile_short: ${c.fileShort}\nlist: [${c.item}, 7]\nmap: { k: ${c.key} }\nmade: "{{ plain }} ${c.template}"\n`;
  write("group_vars/web.yml", await password.seal(Buffer.from(file)));
  write("host_vars/web2.yml", `mixed: "{{ inline }} {{ short }} {{ whole }} {{ list }}"\nwhole: plain text\n`);
  const play = `    inline: ${await sealed(c.play)}\n    mine: "{{ whole }}"\n`;
  write("site.yml", `- hosts: all\n  vars_files: [more.yml]\n  vars:\n${play}  tasks: []\n`);
  write("more.yml", await password.seal(Buffer.from(`whole: ${c.playFile}\n`)));
  write("extra.yml", await password.seal(Buffer.from(`whole: ${c.extra}\nshort: ${c.extraShort}\n`)));
});
afterAll(() => remove());

const GIVEN = ["-i", "hosts", "--vault-password-file", "one"];

describe("secrets in what is shown of an inventory", { timeout: 60_000 }, () => {
  const WAYS = [
    "--list",
    "--list --export",
    "--list --yaml",
    "--list --yaml --export",
    "--host web1",
    "--host web1 --yaml",
  ];
  it.each([...WAYS, "--host web2", "--graph --vars", "--list --output -"])("inventory %s", async (way) => {
    const { code, out, err } = await dsrctl(dir, "inventory", ...way.split(" "), ...GIVEN);
    expect(code, err).toBe(0);
    expect(found(`${out.toString()}${err}`)).toEqual([]);
    expect(out.toString()).toContain("••••");
  });

  it("into a file", async () => {
    expect(await dsrctl(dir, "inventory", "--list", "--output", "all.json", ...GIVEN)).toMatchObject({
      code: 0,
      err: "",
    });
    const shown = execFileSync("cat", ["all.json"], { cwd: dir, encoding: "utf8" });
    expect(shown).toContain("__ansible_vault");
    expect(found(shown)).toEqual([]);
  });

  const NAMES = ["inline", "short", "whole", "wins", "file_short", "list", "map", "made", "mixed", "mine"];
  const MORE = [[], ["--playbook", "site.yml"], ["--playbook", "site.yml", "-e", "@extra.yml"]];
  it.each(NAMES)("explain var %s, winners and losers", async (name) => {
    for (const host of ["web1", "web2"]) {
      for (const more of MORE.flatMap((each) => [each, [...each, "--json"]])) {
        const { code, out, err } = await dsrctl(dir, "explain", "var", name, "--host", host, ...GIVEN, ...more);
        expect([0, 1]).toContain(code);
        expect(found(`${out.toString()}${err}`), out.toString()).toEqual([]);
      }
    }
  });

  it("a loser that is secret is dots, beside a winner that is not", async () => {
    const { out } = await dsrctl(dir, "explain", "var", "wins", "--host", "web1", ...GIVEN);
    expect(out.toString()).toMatch(
      /^wins of web1 is plain\n {2}wins {2}hosts:2:11 .*\n {2}lost {2}group_vars\/web.yml:2:7 .* ••••\n$/,
    );
  });
});

describe.skipIf(ansibleMissing !== undefined)("beside ansible-inventory", { timeout: 60_000 }, () => {
  it("values with `!vault` stay encrypted in both; what a whole file encrypts is plain there, dots here", async () => {
    const env = { PATH: process.env["PATH"], HOME: dir, LC_ALL: "C.UTF-8" };
    const theirs = execFileSync("ansible-inventory", ["--list", ...GIVEN], { cwd: dir, env, encoding: "utf8" });
    const { out } = await dsrctl(dir, "inventory", "--list", ...GIVEN);
    expect(found(theirs)).toEqual(["file", "fileShort", "item", "key", "template"]);
    const dots = (text: string): string =>
      Object.values(CANARIES).reduce(
        (all, secret) => all.replaceAll(new RegExp(`"[^"\n]*${secret}[^"\n]*"`, "g"), '"••••"'),
        text,
      );
    expect(withProfile(JSON.parse(out.toString()))).toEqual(JSON.parse(dots(theirs)));
  });
});
