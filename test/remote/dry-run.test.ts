/** Dry runs on this machine with the real keepalived: what they ask of it, what that costs, what stays. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";

const missing =
  process.getuid?.() !== 0
    ? "needs root"
    : spawnSync("keepalived", ["--version"]).error === undefined
      ? undefined
      : "needs keepalived";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dsrctl-dry-"));
  writeFileSync(join(dir, "hosts"), "here ansible_connection=local\n");
  mkdirSync(join(dir, "bin"));
  mkdirSync(join(dir, "etc"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

interface Ran {
  readonly code: number;
  readonly tasks: readonly TaskEvent[];
  readonly recap: Recap | undefined;
  readonly said: string;
}

async function play(tasks: string, ...options: readonly string[]): Promise<Ran> {
  let said = "";
  writeFileSync(join(dir, "play.yml"), `- hosts: all\n  tasks:\n${tasks.replaceAll("$DIR", join(dir, "etc"))}`);
  const code = await runCommand(["play", "play.yml", "-i", "hosts", "--json", ...options], "0", {
    out: (text) => void (said += text),
    err: (text) => void (said += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir },
    ...{ stop: new AbortController().signal, end: new AbortController().signal },
  });
  const events = said.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Event] : []));
  const end = events.find((event) => event.type === "run-end");
  const done = events.filter((event) => event.type === "task");
  return { code, tasks: done, recap: end?.type === "run-end" ? end.recap[0] : undefined, said };
}

/** A keepalived in front of the real one that writes down what it is asked, and what it is shown. */
function watched(version = ""): () => string {
  const real = spawnSync("sh", ["-c", "command -v keepalived"]).stdout.toString().trim();
  const log = join(dir, "log");
  const script = `#!/bin/sh
echo "$*" >>${log}
case "$*" in
--version) ${version === "" ? ":" : `echo 'Keepalived v${version} (x)'; exit`} ;;
*) for last; do :; done; stat -c '%a %U' "$last" "\${last%/*}" >>${log} ;;
esac
exec ${real} "$@"
`;
  writeFileSync(join(dir, "bin/keepalived"), script, { mode: 0o755 });
  vi.stubEnv("PATH", `${join(dir, "bin")}:${process.env["PATH"] ?? ""}`);
  return () => (existsSync(log) ? readFileSync(log, "utf8") : "");
}

const site = (more = "weight: 1"): string =>
  `{ virtual_server: { 192.0.2.5 80: { lb_algo: rr, lb_kind: DR, protocol: TCP, delay_loop: 2, real_server: { 192.0.2.3 80: { ${more} } } } } }`;
const keepalived = (config: string, name = "keepalived.conf"): string =>
  `    - keepalived: { path: $DIR/${name}, allow: [slow-detection], config: ${config} }\n`;
const SECRETIVE = `{ virtual_server: { 192.0.2.5 80: { lb_algo: rr, lb_kind: DR, protocol: TCP, real_server: { 192.0.2.3 80: {} } } }, SSL: { password: top-s3cret } }`;
const left = (): readonly string[] => readdirSync("/run").filter((name) => name.startsWith(`dsrctl-test.`));

describe.skipIf(missing !== undefined)(`a dry run${missing === undefined ? "" : ` (${missing})`}`, () => {
  test("what differs is shown to keepalived in one more round trip, and nothing stays", async () => {
    const asked = watched();
    const before = left();
    const ran = await play(keepalived(site()) + keepalived(SECRETIVE, "other.conf"), "--check");
    expect(
      ran.tasks.map(({ status, why }) => [status, why]),
      ran.said,
    ).toEqual([
      ["will-change", undefined],
      ["will-change", undefined],
    ]);
    expect(ran.recap?.cost).toMatchObject({ execs: 1, roundTrips: 2 });
    expect(asked()).toMatch(
      /^(--version\n){2}(--config-test -f \/run\/dsrctl-test\.\S+\/(keepalived|other)\.conf\n600 root\n700 root\n){2}$/,
    );
    expect(asked()).not.toContain("top-s3cret");
    expect(ran.said).not.toContain("top-s3cret");
    expect(readdirSync(join(dir, "etc"))).toEqual([]);
    expect(left()).toEqual(before);
  });

  test("a converged host starts no keepalived, and costs one round trip", async () => {
    const first = await play(keepalived(site()));
    expect(first.recap, first.said).toMatchObject({ changed: 1 });
    const asked = watched();
    for (const options of [["--check"], []]) {
      const ran = await play(keepalived(site()), ...options);
      expect(ran.recap, ran.said).toMatchObject({ ok: 1, changed: 0, cost: { execs: 1, roundTrips: 1 } });
    }
    expect(asked()).toBe("");
  });

  test("what keepalived refuses fails the plan, with its words and the line", async () => {
    const { tasks, code, said } = await play(keepalived("{ include: /no/such.conf }"), "--check");
    expect(code, said).toBe(2);
    expect(tasks).toMatchObject([{ status: "failed" }]);
    expect(tasks[0]?.why).toMatch(
      /^keepalived does not take the new file \(--config-test ended with \d+\); line 2: include \/no\/such.conf; .*missing/,
    );
  });

  test("where an earlier task may make it right it depends on that, and on no other", async () => {
    const config = keepalived("{ include: $DIR/more.conf }");
    const makes = `    - file: { path: $DIR/more.conf, content: "" }\n    - file: { path: $DIR/x, content: x }\n`;
    const depends = await play(makes + config, "--check");
    expect(
      depends.tasks.map(({ status }) => status),
      depends.said,
    ).toEqual(["will-change", "will-change", "depends"]);
    expect(depends.tasks[2]?.waitsFor?.name).toMatch(/^file: .*\/more\.conf$/);
    const other = await play(`    - sysctl: { name: net.ipv4.ip_default_ttl, value: 63 }\n${config}`, "--check");
    expect(
      other.tasks.map(({ status }) => status),
      other.said,
    ).toEqual(["will-change", "failed"]);
  });

  test("warnings that mean nothing are named, before and after", async () => {
    for (const options of [["--check"], []]) {
      const { tasks, code, said } = await play(keepalived(site("weight: 0")), ...options);
      expect(code, said).toBe(0);
      expect(tasks[0]?.status).toBe(options.length === 0 ? "changed" : "will-change");
      expect(tasks[0]?.why).toMatch(
        /^keepalived takes the file, and says: .*reducing quorum to 0; .*setting hysteresis/,
      );
    }
  });

  test("a release that cannot test says so", async () => {
    const asked = watched("1.3.5");
    const { tasks, recap, said } = await play(keepalived(site()), "--check");
    expect(tasks, said).toMatchObject([
      { status: "will-change", why: "not tested by keepalived: 1.3.5 is installed, and 2.0.5 is the first that can" },
    ]);
    expect(recap?.cost).toMatchObject({ roundTrips: 1 });
    expect(asked()).toBe("--version\n");
  });

  describe("`validate`", () => {
    const file = (command: string, more = ""): string =>
      `    - file: { path: $DIR/a.conf, content: "vrrp_instnace VI_1 {\\n}\\n", mode: "0640", validate: "${command}"${more} }\n`;

    test("field 43: refuses in the plan what it refuses in the play", async () => {
      const { tasks, code, said } = await play(file("keepalived --config-test -f %s"), "--check");
      expect(code, said).toBe(2);
      expect(tasks).toMatchObject([{ status: "failed" }]);
      expect(tasks[0]?.why).toMatch(
        /^`keepalived --config-test -f %s` does not accept the new content; \(Line 1\) Unknown keyword 'vrrp_instnace';/,
      );
      expect(tasks[0]?.why).toContain(join(dir, "etc/a.conf"));
      expect(tasks[0]?.why).not.toContain("/run/dsrctl-test");
      expect(existsSync(join(dir, "etc/a.conf"))).toBe(false);
    });

    test("accepts, of a template, too", async () => {
      writeFileSync(join(dir, "t.j2"), "include {{ 'beside' }}\n");
      writeFileSync(join(dir, "etc/beside"), "found\n");
      const task = `    - template: { src: t.j2, dest: $DIR/a.conf, validate: "cd \\"$(dirname %s)\\" && grep -q found beside" }\n`;
      const { tasks, recap, said } = await play(task, "--check");
      expect(tasks, said).toMatchObject([{ status: "will-change" }]);
      expect(tasks[0]?.why).toBeUndefined();
      expect(recap?.cost).toMatchObject({ roundTrips: 2 });
    });

    test("a program that is not there has not tested", async () => {
      const { tasks } = await play(file("no-such-program %s"), "--check");
      expect(tasks).toMatchObject([
        { status: "failed", why: "the host has no `no-such-program`; not tested by no-such-program" },
      ]);
    });

    test("of a secret nothing is repeated", async () => {
      const { tasks, said } = await play(file("cat %s; false", ", secret: true"), "--check");
      expect(tasks).toMatchObject([{ status: "failed", why: "`cat %s; false` does not accept the new content" }]);
      expect(said).not.toContain("instnace");
    });
  });
});
