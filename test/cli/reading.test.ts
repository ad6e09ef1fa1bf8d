/** Files that do not answer: pipes that nobody writes to, mounts that hang. None of them holds the program. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bundle, start } from "./program.ts";
import type { Program, Running } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });

let program: Program;
let cwd: string;
beforeAll(() => void (program = bundle()));
afterAll(() => program.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-reading-"));
  write("hosts.yml", HOSTS);
  write("site.yml", site("command: touch begun"));
  execFileSync("mkfifo", ["-m", "600", join(cwd, "pipe")]);
});
afterEach(() => rmSync(cwd, { recursive: true }));

const HOSTS = JSON.stringify({ all: { hosts: { here: { ansible_connection: "local" } } } });
const FAR = JSON.stringify({ all: { hosts: { far: { ansible_host: "127.0.0.1", ansible_port: 1 } } } });
const site = (task: string, more = ""): string => `- hosts: all\n${more}  tasks: [{ ${task} }]\n`;

function write(name: string, text: string): void {
  mkdirSync(join(cwd, name, ".."), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

const run = (argv: readonly string[], node: readonly string[] = []): Running => start(program, argv, { cwd, node });
const PLAY = ["play", "site.yml", "-i", "hosts.yml"];

/** It has the pipe open, and so waits for what comes through it. */
async function waits({ child }: Running): Promise<void> {
  const open = (): readonly string[] =>
    readdirSync(`/proc/${child.pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${child.pid}/fd/${fd}`);
      } catch {
        return "";
      }
    });
  await expect.poll(open, { timeout: 20_000 }).toContain(join(cwd, "pipe"));
}

/** Where a pipe is waited for. */
const PIPES: [string, readonly string[], (() => void)?][] = [
  ["inventory", ["play", "site.yml", "-i", "pipe"]],
  ["playbook", ["play", "pipe", "-i", "hosts.yml"]],
  ["extra variables", [...PLAY, "-e", "@pipe"]],
  ["limit", [...PLAY, "--limit", "@pipe"]],
  ["vault password", [...PLAY, "--vault-password-file", "pipe"]],
  ["variables", PLAY, () => write("site.yml", site("command: touch begun", "  vars_files: [pipe]\n"))],
  ["ssh configuration", [...PLAY, "-e", "ansible_ssh_common_args='-F pipe'"], () => write("hosts.yml", FAR)],
  ["what `vault` is about", ["vault", "view", "pipe"]],
];

describe("a pipe that nobody writes to", () => {
  it.each<(typeof PIPES)[number]>(PIPES)("as %s: Ctrl-C ends the waiting", async (_, argv, before) => {
    before?.();
    const running = run(argv);
    await waits(running);
    running.child.kill("SIGINT");
    const { code, err } = await running.ended;
    expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(/^cancelled/) as string });
    expect(existsSync(join(cwd, "begun"))).toBe(false);
  });

  it("is given up in the end", async () => {
    const { code, err } = await run(["play", "site.yml", "-i", "pipe"]).ended;
    expect(code).toBe(1);
    expect(err).toContain("inventory `pipe` does not answer: its file system hangs, or no process writes to it\n");
  });

  it.each<[string, string, readonly string[], () => void]>([
    [
      "a private key",
      "private key `pipe` is not a regular file",
      ["-e", "ansible_ssh_private_key_file=pipe"],
      () => write("hosts.yml", FAR),
    ],
    [
      "a key in ssh arguments",
      "private key `pipe` is not a regular file",
      ["-e", "ansible_ssh_common_args='-i pipe'"],
      () => write("hosts.yml", FAR),
    ],
    [
      "known_hosts",
      "/pipe` is not a regular file",
      ["-e", "ansible_ssh_common_args='-o UserKnownHostsFile=pipe'"],
      () => write("hosts.yml", FAR),
    ],
    [
      "a task's file",
      "file `pipe` is not a regular file",
      [],
      () => write("site.yml", site(`file: { src: pipe, path: /x }`)),
    ],
    [
      "a template",
      "file `pipe` is not a regular file",
      [],
      () => write("site.yml", site(`template: { src: pipe, path: /x }`)),
    ],
    [
      "lookup",
      "file `pipe` not found",
      [],
      () => write("site.yml", site(`command: "echo {{ lookup('file', 'pipe') }}"`)),
    ],
    [
      "lookup of a password",
      "/pipe` is not a regular file",
      [],
      () => write("site.yml", site(`command: "echo {{ lookup('password', 'pipe') }}"`)),
    ],
  ])("as %s is refused at once", async (_, message, more, before) => {
    before();
    const { code, out, err } = await run([...PLAY, ...more]).ended;
    expect(`${out}${err}`).toContain(message);
    expect([1, 4, 5]).toContain(code);
  });
});

describe("a pipe that somebody writes to", () => {
  it.each([
    ["at once", ""],
    ["later", "sleep 1; "],
    ["in pieces", "exec 5>pipe; printf ' ' >&5; sleep 1; "],
  ])("%s", async (_, first) => {
    write("hosts.json", HOSTS);
    spawn("sh", ["-c", `${first}cat hosts.json >pipe`], { cwd, stdio: "ignore" });
    const { code, err } = await run(["play", "site.yml", "-i", "pipe"]).ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});

describe("a file on a mount that hangs", () => {
  /** A thread of the program stands in open(2), as it does there: what is asked for is opened as a pipe, and waits. */
  function hangs(seconds = 30): readonly string[] {
    for (const name of ["", ...MANY]) write(`hung${name}`, "a: 1\n");
    write(
      "planted.mjs",
      `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { open } = fs.promises;
fs.promises.open = (path, ...rest) => {
  if (!/hung/.test(path)) return open(path, ...rest);
  fs.appendFileSync("asked", "x");
  return open("pipe", "r");
};
const real = setTimeout;
globalThis.setTimeout = (late, ms, ...rest) => real(late, ms === 30_000 ? ${seconds * 1000} : ms, ...rest);
syncBuiltinESMExports();`,
    );
    return ["--import", join(cwd, "planted.mjs")];
  }

  const MANY = ["1", "2", "3", "4", "5", "6"];
  it.each([
    ["one", ["-e", "@hung"]],
    ["more than there are threads", MANY.flatMap((name) => ["-e", `@hung${name}`])],
  ])("%s: Ctrl-C is heard, and ends the program though its threads are held", async (_, more) => {
    const running = run([...PLAY, ...more], hangs());
    await expect.poll(() => existsSync(join(cwd, "asked")), { timeout: 20_000 }).toBe(true);
    running.child.kill("SIGINT");
    const { code, err } = await running.ended;
    expect({ code, err }).toEqual({ code: "SIGINT", err: "cancelled: no host was changed\n" });
  });

  it("is given up in the end, and the others are not held up by it", async () => {
    write("fine", "a: 1\n");
    const { code, err } = await run([...PLAY, "-e", "@hung", "-e", "@fine"], hangs(0.5)).ended;
    expect(err).toContain("file of extra variables `hung` does not answer: its file system hangs");
    // Only a signal ends what a thread holds.
    expect(code).toBe("SIGINT");
  });
});
