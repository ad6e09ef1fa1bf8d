/** The exit codes of the README, signals, and where the output goes: the program as a process, against this machine. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeServer } from "../remote/faults.ts";
import { bundle, start } from "./program.ts";
import type { Program, Running } from "./program.ts";

/** Processes start in a second or so; a busy machine takes longer. */
vi.setConfig({ testTimeout: 30_000 });

let program: Program;
let cwd: string;
beforeAll(() => void (program = bundle()));
afterAll(() => program.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-program-"));
  const local = { ansible_connection: "local" };
  const refuses = { ansible_host: "127.0.0.1", ansible_port: 1 };
  write("hosts.yml", JSON.stringify({ all: { hosts: { here: local, gone: refuses } } }));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function write(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}

function tasks(...lines: readonly string[]): void {
  write("site.yml", `- name: Site\n  hosts: all\n  tasks:\n${lines.map((line) => `    - ${line}\n`).join("")}`);
}

const run = (argv: readonly string[], more: Partial<Parameters<typeof start>[2]> = {}): Running =>
  start(program, argv, { cwd, ...more });
const play = (limit: string, ...more: readonly string[]): Running =>
  run(["play", "site.yml", "-i", "hosts.yml", "-l", limit, ...more]);

/** Begun, it says so in a file, and goes on for a while. */
const SLOW = `shell: { cmd: "echo $$ > begun; sleep 2; echo > done" }`;

async function begun(): Promise<void> {
  await expect.poll(() => existsSync(join(cwd, "begun")), { timeout: 10_000 }).toBe(true);
}

/** Node warns of the eleventh listener to a signal. */
it("many hosts that act, or wait to try again, all at once, are nothing to warn of", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `host${index}`);
  const hosts = Object.fromEntries(names.map((name) => [name, { ansible_connection: "local" }]));
  write("many.yml", JSON.stringify({ all: { hosts } }));
  const together = `touch at-$0; until [ "$(echo at-* | wc -w)" -ge ${names.length} ]; do sleep 0.05; done`;
  tasks(
    `command: { argv: [sh, -c, '${together}', "{{ inventory_hostname }}"] }`,
    `{ command: "false", retries: 1, delay: 1, ignore_errors: true }`,
  );
  const { code, out, err } = await run(["play", "site.yml", "-i", "many.yml"]).ended;
  expect([code, err], out).toEqual([0, ""]);
});

it("a wrong description of a site is told before any host is reached", async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  write(
    "hosts.yml",
    `all: { hosts: { lb1: { ansible_host: 127.0.0.1, ansible_port: ${port} } }, vars: { site: {} } }\n`,
  );
  tasks("command: id");
  const { code, err } = await play("all", "--check").ended;
  server.close();
  expect(code, err).toBe(1);
  expect(err).toContain("`networks` is required by `site`");
  expect(connections).toBe(0);
});

/** From a working directory that was removed. */
describe("a working directory that is gone", () => {
  const NOTE = "note: the working directory was removed and relative paths do not work: change to another directory\n";
  const gone = (...argv: readonly string[]) => {
    const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
    const words = ["-c", script, join(cwd, "gone"), process.execPath, program.cli, ...argv];
    const { status, stdout, stderr } = spawnSync("/bin/sh", words, { encoding: "utf8" });
    return { code: status, out: stdout, err: stderr };
  };

  it("is in nobody's way who does not need it", () => {
    tasks("command: /bin/true");
    expect(gone("--version")).toMatchObject({ code: 0, err: "" });
    expect(gone("play", join(cwd, "site.yml"), "-i", join(cwd, "hosts.yml"), "-l", "here")).toMatchObject({
      ...{ code: 0, err: "" },
    });
    expect(gone("inventory", "-i", join(cwd, "hosts.yml"), "--list")).toMatchObject({ code: 0, err: "" });
  });

  it("is told with what was not found in it", () => {
    const { code, err } = gone("play", "site.yml", "-i", "hosts.yml");
    expect(code).toBe(1);
    expect(err).toContain("error: playbook `site.yml` not found\n");
    expect(err.endsWith(NOTE), err).toBe(true);
  });
});

describe("exit codes", () => {
  it("0: all hosts are in the desired state", async () => {
    tasks("command: /bin/true");
    expect((await play("here").ended).code).toBe(0);
  });

  it("1: wrong input, and nothing was touched", async () => {
    tasks('command: "touch {{ nowhere }}"');
    const { code, err } = await play("here").ended;
    expect(code).toBe(1);
    expect(err).toContain("no host was changed");
  });

  it("2: a host failed", async () => {
    tasks("command: /bin/false");
    expect((await play("here").ended).code).toBe(2);
  });

  it("4: a host was unreachable, also when another one failed", async () => {
    tasks("command: /bin/false");
    expect((await play("gone").ended).code).toBe(4);
    const both = await play("all").ended;
    expect(both.code).toBe(4);
    expect(both.out).toMatch(
      /failed on here: .*\n.*\n {2}unreachable on gone: tcp: |unreachable on gone: [^]*failed on here: /,
    );
  });

  it("5: the command line is wrong", async () => {
    expect((await run(["play", "site.yml"]).ended).code).toBe(5);
    expect((await run([]).ended).code).toBe(5);
  });

  it("99: interrupted, stopped in order: what was begun is done, and later plays are not", async () => {
    tasks(SLOW);
    write(
      "site.yml",
      `${readFileSync(join(cwd, "site.yml"), "utf8")}- hosts: all\n  tasks: [{ command: touch later }]\n`,
    );
    const running = play("here");
    await begun();
    running.child.kill("SIGINT");
    const { code, out } = await running.ended;
    expect(code).toBe(99);
    expect(out).toMatch(/stopping: [^]*INTERRUPTED [^]*here: done up to "shell: [^]*RECAP/);
    expect(existsSync(join(cwd, "done"))).toBe(true);
    expect(existsSync(join(cwd, "later"))).toBe(false);
  });

  it("99: interrupted, the rest of what was sent is not begun", async () => {
    tasks(SLOW, "command: touch never", "command: touch neither");
    const running = play("here");
    await begun();
    running.child.kill("SIGINT");
    const { code, out } = await running.ended;
    expect(code).toBe(99);
    expect(out).toMatch(/here: done up to "shell: [^]*not started: command: touch never, command: touch neither\n/);
    expect(out).toMatch(/changed=1 .*not-run=2/);
    expect(["done", "never", "neither"].map((name) => existsSync(join(cwd, name)))).toEqual([true, false, false]);
  });

  it("99: interrupted while hosts are waited for: those are let go, and the others end the step that they are in", async () => {
    const silent = await fakeServer(() => undefined);
    const hosts = {
      here: { ansible_connection: "local" },
      mute: { ansible_host: "127.0.0.1", ansible_port: silent.port },
    };
    write("hosts.yml", JSON.stringify({ all: { hosts } }));
    tasks(SLOW, "command: touch never");
    const running = play("all");
    await begun();
    await expect.poll(silent.count, { timeout: 10_000 }).toBe(1);
    running.child.kill("SIGINT");
    const { code, out, err } = await running.ended;
    await silent.stop();
    expect({ code, err }).toEqual({ code: 99, err: "" });
    expect(out).toMatch(/here: done up to "shell: [^]*mute: nothing was done/);
    expect(["done", "never"].map((name) => existsSync(join(cwd, name)))).toEqual([true, false]);
  });

  it("99: a drill that is interrupted while a director does not answer has stopped nothing, and ends", async () => {
    const silent = await fakeServer(() => undefined);
    const mute = { ansible_host: "127.0.0.1", ansible_port: silent.port, ansible_timeout: 300 };
    const groups = {
      directors: { hosts: { lb1: mute, lb2: mute } },
      clients: { hosts: { client: { ansible_connection: "local" } } },
    };
    write("hosts.yml", JSON.stringify({ all: { vars: { vip: "192.0.2.5" }, children: groups } }));
    const running = run(["drill", "failover", "-i", "hosts.yml"]);
    await expect.poll(silent.count, { timeout: 10_000 }).toBe(2);
    running.child.kill("SIGINT");
    const { code, err } = await running.ended;
    await silent.stop();
    expect(code).toBe(99);
    expect(err).toMatch(/^stopping: /);
  });

  it("130: interrupted again, ended at once, and says what is not known", async () => {
    tasks("debug: { msg: first }", SLOW);
    const running = play("here");
    await begun();
    running.child.kill("SIGINT");
    await running.said("stopping:");
    // One Ctrl-C may arrive as two signals: only after a moment is it another.
    const again = setInterval(() => running.child.kill("SIGINT"), 100);
    const { code, out } = await running.ended;
    clearInterval(again);
    expect(code).toBe(130);
    expect(out).toMatch(/QUIT [^]*here: /);
    expect(existsSync(join(cwd, "done"))).toBe(false);
    // The host brings the step that it has begun to its end.
    await expect.poll(() => existsSync(join(cwd, "done")), { timeout: 10_000 }).toBe(true);
  });

  /** Reading the inventory does this instead. */
  async function inventoryDoes(what: string): Promise<Awaited<Running["ended"]>> {
    tasks("command: /bin/true");
    write(
      "planted.mjs",
      `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
for (const name of ["open", "readFile", "stat"]) {
  const real = fs.promises[name];
  fs.promises[name] = (path, ...rest) => (String(path).endsWith("hosts.yml") ? ${what} : real(path, ...rest));
}
syncBuiltinESMExports();`,
    );
    const node = ["--import", join(cwd, "planted.mjs")];
    return run(["play", "site.yml", "-i", "hosts.yml"], { node }).ended;
  }

  it("250: an event loop that runs dry", async () => {
    const { code, out, err } = await inventoryDoes("new Promise(() => {})");
    expect(code).toBe(250);
    expect(out).toBe("");
    expect(err).toContain("nothing is left to wait for");
  });

  it("250: a bug, with its trace", async () => {
    tasks("command: /bin/true");
    write("planted.mjs", 'performance.now = () => { throw new TypeError("planted"); };');
    const node = ["--import", join(cwd, "planted.mjs")];
    const { code, err } = await run(["play", "site.yml", "-i", "hosts.yml"], { node }).ended;
    expect(code).toBe(250);
    expect(err).toMatch(/bug: this should not have happened[^]*TypeError: planted\n {4}at /);
  });

  it("250: a bug that nobody caught", async () => {
    const { code, err } = await inventoryDoes(
      'setTimeout(() => { throw new TypeError("planted"); }, 1) && new Promise(() => {})',
    );
    expect(code).toBe(250);
    expect(err).toMatch(/bug: this should not have happened[^]*planted[^]*at /);
  });
});

describe("signals", () => {
  it.each(["SIGTERM", "SIGHUP"] as const)("%s stops in order", async (signal) => {
    tasks(SLOW);
    const running = play("here");
    await begun();
    running.child.kill(signal);
    expect((await running.ended).code).toBe(99);
    expect(existsSync(join(cwd, "done"))).toBe(true);
  });

  it("a Ctrl-C that a wrapper passes on as well counts once", async () => {
    tasks(SLOW);
    const running = play("here");
    await begun();
    running.child.kill("SIGINT");
    running.child.kill("SIGINT");
    await running.said("stopping:");
    expect((await running.ended).code).toBe(99);
  });

  it("SIGHUP never ends at once, however often it comes", async () => {
    tasks(SLOW);
    const running = play("here");
    await begun();
    let sent = 0;
    await expect.poll(() => running.child.kill("SIGHUP") && (sent += 1), { interval: 150 }).toBe(5);
    const { code } = await running.ended;
    expect(code).toBe(99);
    expect(existsSync(join(cwd, "done"))).toBe(true);
  });
});

describe("where the output goes", () => {
  it("a reader that goes away does not end the run", async () => {
    tasks("debug: { msg: first }", SLOW, "debug: { msg: last }");
    const running = play("here");
    await begun();
    running.child.stdout.destroy();
    running.child.stderr.destroy();
    expect((await running.ended).code).toBe(0);
    expect(existsSync(join(cwd, "done"))).toBe(true);
  });

  it("everything is written before it ends, however much it is and however slowly it is read", async () => {
    tasks(`debug: { msg: "{{ 'x' * 300000 }}" }`);
    const running = play("here");
    running.child.stdout.pause();
    await expect.poll(() => running.child.stdout.readableLength, { timeout: 10_000 }).toBeGreaterThan(0);
    running.child.stdout.resume();
    const { code, out } = await running.ended;
    expect(code).toBe(0);
    expect(out).toContain("x".repeat(300_000));
    expect(out).toMatch(/RECAP[^]*here : ok=1/);
  });

  it.each([
    ["NO_COLOR", { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    ["FORCE_COLOR", { FORCE_COLOR: "1" }, true],
    ["nothing said, no terminal", {}, false],
    ["TERM=dumb", { TERM: "dumb" }, false],
    [
      "no home, a dead agent, another language",
      { HOME: "", SSH_AUTH_SOCK: "/nope", TMPDIR: "/nope", LANG: "C" },
      false,
    ],
    ["twenty columns", { COLUMNS: "20" }, false],
  ])("%s", async (_, env, colours) => {
    tasks("command: /bin/true");
    const { code, out } = await run(["play", "site.yml", "-i", "hosts.yml", "-l", "here"], { env }).ended;
    expect(code).toBe(0);
    expect(out.includes("\u001b[")).toBe(colours);
  });

  it("--json writes nothing but JSON on standard output, wrong input included", async () => {
    tasks("command: /bin/true", "comand: /bin/true");
    const { code, out, err } = await play("here", "--json").ended;
    expect(code).toBe(1);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(["problem"]);
    expect(err).toContain("did you mean `command`?");
  });
});
