/** Questions that are called off, and terminals that are closed: the program on a terminal of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bundle, start } from "./program.ts";
import type { Program } from "./program.ts";
import { CTRL_C, CTRL_D, startOnTerminal } from "./terminal.ts";
import type { OnTerminal } from "./terminal.ts";

vi.setConfig({ testTimeout: 60_000 });

let program: Program;
let cwd: string;
beforeAll(() => void (program = bundle()));
afterAll(() => program.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-terminal-"));
  write("hosts.yml", JSON.stringify({ all: { hosts: { here: { ansible_connection: "local" } } } }));
  write("site.yml", "- hosts: all\n  tasks: [{ command: touch begun }]\n");
  write("secret", "a: 1\n");
});
afterEach(() => rmSync(cwd, { recursive: true }));

function write(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}

const within = { timeout: 40_000 };
const says = (run: OnTerminal, text: string): Promise<void> => expect.poll(run.shown, within).toContain(text);

async function codeOf(run: OnTerminal): Promise<number | undefined> {
  await expect.poll(run.code, within).toBeDefined();
  return run.code();
}

const PLAY = ["play", "site.yml", "-i", "hosts.yml"];

/** Each question of the program: what asks it, and its words. */
const QUESTIONS: readonly (readonly [question: string, argv: readonly string[]])[] = [
  ["sudo password", [...PLAY, "-K"]],
  ["vault password", [...PLAY, "--ask-vault-password"]],
  ["vault password (prod)", [...PLAY, "--vault-id", "prod@prompt"]],
  ["vault password", ["inventory", "--list", "-i", "hosts.yml", "-J"]],
  ["vault password", ["explain", "var", "x", "--host", "here", "-i", "hosts.yml", "-J"]],
  ["new vault password", ["vault", "encrypt", "secret"]],
  ["new vault password", ["vault", "create", "new"]],
  ["new vault password", ["vault", "encrypt-string"]],
];

describe("a question that is called off", () => {
  it.each(QUESTIONS)("%s of %j: Ctrl-C ends it, and nothing is begun", async (question, argv) => {
    const run = startOnTerminal(program, argv, cwd);
    await says(run, `${question}: `);
    run.type(CTRL_C);
    expect(await codeOf(run)).toBe(130);
    await says(run, "cancelled");
    expect([existsSync(join(cwd, "begun")), existsSync(join(cwd, "new"))]).toEqual([false, false]);
    expect(readFileSync(join(cwd, "secret"), "utf8")).toBe("a: 1\n");
  });

  it.each(QUESTIONS)("%s of %j: the end of input is no answer", async (question, argv) => {
    const typed = startOnTerminal(program, argv, cwd);
    await says(typed, `${question}: `);
    typed.type(CTRL_D);
    expect(await codeOf(typed)).toBe(1);
    await says(typed, `cannot read ${question}: the input ended`);
    const piped = await start(program, argv, { cwd }).ended;
    expect([piped.code, piped.err]).toEqual([1, expect.stringContaining(`cannot read ${question}: the input ended`)]);
    expect([existsSync(join(cwd, "begun")), existsSync(join(cwd, "new"))]).toEqual([false, false]);
    expect(readFileSync(join(cwd, "secret"), "utf8")).toBe("a: 1\n");
  });

  it("half a password is none, and the second of two is asked for as well", async () => {
    const half = startOnTerminal(program, [...PLAY, "-K"], cwd);
    await says(half, "sudo password: ");
    half.type(`secr${CTRL_C}`);
    expect(await codeOf(half)).toBe(130);
    rmSync(join(cwd, "code"));
    const again = startOnTerminal(program, ["vault", "encrypt", "secret"], cwd);
    await says(again, "new vault password: ");
    again.type("one\r");
    await says(again, "new vault password, again: ");
    again.type(CTRL_C);
    expect(await codeOf(again)).toBe(130);
    expect(existsSync(join(cwd, "begun"))).toBe(false);
    expect(readFileSync(join(cwd, "secret"), "utf8")).toBe("a: 1\n");
  });

  it("an empty line is an answer", async () => {
    const run = startOnTerminal(program, [...PLAY, "-K"], cwd);
    await says(run, "sudo password: ");
    run.type("\r");
    expect(await codeOf(run)).toBe(0);
    expect(existsSync(join(cwd, "begun"))).toBe(true);
  });

  it("a text that is typed is not taken for whole when it is broken off", async () => {
    write("password", "one\n");
    const run = startOnTerminal(
      program,
      ["vault", "encrypt", "--vault-password-file", "password", "--output", "new"],
      cwd,
    );
    await says(run, "reading standard input; end with Ctrl-D");
    run.type(`half of it\n${CTRL_C}`);
    expect(await codeOf(run)).toBe(130);
    expect(existsSync(join(cwd, "new"))).toBe(false);
  });

  it.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("%s ends it as well", async (name) => {
    const run = startOnTerminal(program, [...PLAY, "-K"], cwd);
    await says(run, "sudo password: ");
    run.signal(name);
    expect(await codeOf(run)).toBe(name === "SIGINT" ? 130 : 99);
    expect(existsSync(join(cwd, "begun"))).toBe(false);
  });

  it("a program that asks for the password itself hears Ctrl-C, and nothing is begun", async () => {
    write(
      "asks",
      "#!/bin/sh\ntrap 'echo not-a-password; exit 0' INT\necho >&2 'the program asks: '\nread -r word\necho \"$word\"\n",
    );
    const { execFileSync } = await import("node:child_process");
    execFileSync("chmod", ["700", join(cwd, "asks")]);
    const run = startOnTerminal(program, [...PLAY, "--vault-password-file", "asks"], cwd);
    await says(run, "the program asks: ");
    run.type(CTRL_C);
    expect(await codeOf(run)).toBe(130);
    expect(existsSync(join(cwd, "begun"))).toBe(false);
  });
});

describe("a terminal that is closed", () => {
  const SLOW =
    "- hosts: all\n  tasks: [{ shell: 'touch begun; until [ -e go ]; do sleep 0.1; done' }, { command: touch next }]\n";
  const made = (...names: readonly string[]): readonly boolean[] => names.map((name) => existsSync(join(cwd, name)));

  it("while a question stands: nothing is begun", async () => {
    const run = startOnTerminal(program, [...PLAY, "-K"], cwd);
    await says(run, "sudo password: ");
    run.close();
    expect(await codeOf(run)).toBe(130);
    expect(made("begun")).toEqual([false]);
  });

  it("while a step runs, told by SIGHUP: the step ends, no other is begun, and the program ends in order", async () => {
    write("site.yml", SLOW);
    const run = startOnTerminal(program, PLAY, cwd);
    await expect.poll(() => made("begun"), within).toEqual([true]);
    run.close();
    run.signal("SIGHUP");
    write("go", "");
    expect(await codeOf(run)).toBe(99);
    expect(made("next")).toEqual([false]);
  });

  it("while a step runs, told by nobody: what cannot be shown is not shown", async () => {
    write("site.yml", SLOW);
    const run = startOnTerminal(program, PLAY, cwd);
    await expect.poll(() => made("begun"), within).toEqual([true]);
    run.close();
    write("go", "");
    expect(await codeOf(run)).toBe(0);
    expect(made("next")).toEqual([true]);
  });
});
