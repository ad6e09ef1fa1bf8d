/**
 * Services that are acted on for real: a systemd of its own, in namespaces and a cgroup that end with the test. What is held
 * here is when a start, restart or reload counts, and that several in a row wait only once.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { BoundTask } from "../../src/engine/converge/bound-task.ts";
import { handlerRef } from "../../src/engine/converge/handler-key.ts";
import { HandlerState } from "../../src/engine/converge/handler-state.ts";
import { HandlerMarks } from "../../src/engine/converge/handler-marks.ts";
import type { Outcome } from "../../src/engine/converge/outcome.ts";
import { converge } from "../../src/engine/converge/converge.ts";
import type { ShellConnection } from "../../src/core/batch.ts";
import { cgroup2Mount, endCgroup } from "../../src/lab/cgroup.ts";
import { insideCgroup } from "../../src/lab/process.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import { lookAtUnit } from "../../src/tasks/parts/systemctl.ts";
import { service } from "../../src/tasks/service.ts";
import { close } from "./namespace.ts";
import { shells, spawned } from "./spawned.ts";
import { PLAIN } from "../engine/plain.ts";

/** `$0` is a directory for the units; /run/read has a line for each time that systemd has read them; /run/once says that `again` has died before. */
const SET_UP = `set -e
mount --make-rprivate /
mount --bind "$0" /etc/systemd/system
for dir in /run /tmp /var/log; do mount -t tmpfs -o mode=755 none $dir; done
mkdir -p /run/systemd/system-generators
printf '#!/bin/sh\necho once >>/run/read\n' >/run/systemd/system-generators/count
chmod +x /run/systemd/system-generators/count
mount -t proc proc /proc
umount -Rl /sys
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
export container=test
exec /lib/systemd/systemd --system --unit=test.target --log-target=null`;

const UNITS: Readonly<Record<string, string>> = {
  one: "ExecStart=/bin/sleep infinity",
  two: "ExecStart=/bin/sleep infinity\nExecReload=/bin/true",
  dies: "ExecStart=/bin/sh -c 'sleep 0.2; echo no more; exit 3'",
  again:
    "ExecStart=/bin/sh -c '[ -e /run/once ] && exec sleep infinity; >/run/once; sleep 0.2; exit 3'\nRestart=always\nRestartSec=50ms",
  mad: "ExecStart=/bin/sh -c 'exit 3'\nRestart=always\nRestartSec=30",
  reloads: "ExecStart=/bin/sleep infinity\nExecReload=/bin/sh -c '{ sleep 0.2; kill $MAINPID; } &'",
  job: "Type=oneshot\nExecStart=/bin/true",
  never: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false",
  part: "ExecStart=/bin/sleep infinity",
};

const missing = process.getuid?.() !== 0 ? "needs root" : cgroup2Mount() === undefined ? "needs cgroup2" : undefined;

describe.skipIf(missing !== undefined)(`services${missing === undefined ? "" : ` (${missing})`}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "dsrctl-service-"));
  const cgroup = join(cgroup2Mount() ?? directory, `dsrctl-service-${process.pid}`);
  let host: ChildProcess;
  let inside: readonly string[];

  beforeAll(async () => {
    for (const [name, lines] of Object.entries(UNITS)) {
      const unit =
        name === "part" ? "[Unit]\nDefaultDependencies=no\nPartOf=one.service" : "[Unit]\nDefaultDependencies=no";
      const text = `${unit}\n[Service]\n${lines}\n[Install]\nWantedBy=test.target\n`;
      writeFileSync(join(directory, `${name}.service`), text);
    }
    writeFileSync(join(directory, "test.target"), "[Unit]\nWants=systemd-journald.service\n");
    mkdirSync(cgroup);
    const apart = [
      "unshare",
      "--mount",
      "--pid",
      "--uts",
      "--ipc",
      "--cgroup",
      "--fork",
      "--kill-child",
      "sh",
      "-c",
      SET_UP,
      directory,
    ];
    const [file = "", ...argv] = insideCgroup(cgroup, apart);
    host = spawn(file, argv, { stdio: ["ignore", "ignore", "inherit"] });
    const children = `/proc/${host.pid}/task/${host.pid}/children`;
    const init = await vi.waitUntil(() => readFileSync(children, "utf8").trim(), { timeout: 10_000 });
    inside = ["nsenter", "-t", init, "-m", "-p", "-u", "-i", "-C", "--"];
    const isUp = async (): Promise<boolean> => (await ask("systemctl is-active test.target")) === "active\n";
    await vi.waitUntil(isUp, { timeout: 30_000, interval: 100 });
  });

  afterAll(async () => {
    const gone = once(host, "exit");
    await endCgroup(cgroup);
    await gone;
    rmSync(directory, { recursive: true });
  });

  async function ask(command: string): Promise<string> {
    const [file, ...argv] = [...inside, "sh", "-c", command];
    const child = spawn(file, argv, { stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => void (said += chunk.toString()));
    await once(child, "close");
    return said;
  }

  /** Settles tasks of the kind in a shell of the host's. */
  async function play(
    shell: readonly string[],
    tasks: readonly (readonly [args: object, more?: Partial<BoundTask>])[],
  ): Promise<readonly Outcome[]> {
    const channel = spawned([...inside, ...shell]);
    const session = new ShellSession(channel, { shellSeconds: 10, lookSeconds: 20 });
    const link: ShellConnection = {
      run: (batch, onStep) => session.run(batch, onStep),
      reconnect: () => Promise.reject(new Error("lost")),
    };
    const outcomes: Outcome[] = [];
    const bound = await Promise.all(
      tasks.map(async ([args, more], index) => {
        const closed = await close(service, args);
        return { ...PLAIN, id: `${index}`, ref: `${index}`, name: closed.label, instance: closed, ...more };
      }),
    );
    await converge(bound, new Map(), {
      ...{
        link,
        marks: new HandlerMarks(new HandlerState(), () => link),
        begin: () => undefined,
        acted: () => undefined,
      },
      ...{ tell: (outcome) => void outcomes.push(outcome), sleep: () => Promise.resolve(), stop: () => false },
    });
    await session.close();
    await channel.ended;
    return outcomes;
  }

  /** What its look says of whether a unit starts at boot. */
  async function look(shell: readonly string[], unit: string): Promise<string | undefined> {
    const channel = spawned([...inside, ...shell]);
    const session = new ShellSession(channel, { shellSeconds: 10, lookSeconds: 20 });
    const { looks } = await session.run({
      steps: [],
      looks: [{ id: unit, look: lookAtUnit(unit, true), from: "host" }],
    });
    await session.close();
    await channel.ended;
    return looks.get(unit)?.output.out.trim().split("\n").at(-1);
  }

  const said = (outcomes: readonly Outcome[]): readonly string[] =>
    outcomes.map(({ task, status, why }) => `${task.name}: ${why ?? status}`);

  describe.each(shells)("with %s", (_name, shell) => {
    test("are started, and are right the second time", async () => {
      await ask("systemctl disable --now one two");
      const tasks = ["one", "two"].map((name) => [{ name, state: "started", enabled: true }] as const);
      expect(said(await play(shell, tasks))).toEqual([
        "service one started, enabled: changed",
        "service two started, enabled: changed",
      ]);
      expect(await ask("systemctl is-active one two; systemctl is-enabled one two")).toBe(
        "active\nactive\nenabled\nenabled\n",
      );
      expect((await play(shell, tasks)).map(({ status }) => status)).toEqual(["ok", "ok"]);
    });

    test("that are enabled with others are started, and systemd reads all links once; also after one that failed", async () => {
      // 257 (Debian 13) wants all read anew as soon as there is a link, before the second is started; 252 does not.
      const [version] = /\d+/.exec(await ask("systemctl --version")) ?? [];
      const reads = "once\n".repeat(Number(version) < 257 ? 1 : 2);
      const start = (...names: string[]) => names.map((name) => [{ name, state: "started", enabled: true }] as const);
      await ask("systemctl disable --now one two; rm /run/read");
      await play(shell, start("one", "two"));
      expect(await ask("cat /run/read; systemctl show -p WantedBy one two")).toBe(
        `${reads}WantedBy=test.target\n\nWantedBy=test.target\n`,
      );
      await ask("systemctl disable --now never one; systemctl reset-failed; rm /run/read");
      const outcomes = await play(shell, start("one", "never", "two"));
      expect(outcomes.map(({ status }) => status)).toEqual(["changed", "failed"]);
      expect(outcomes[1]).toMatchObject({ output: { code: 1 } });
      expect(outcomes[1]?.why).toContain("never.service did not start");
      expect(await ask("systemctl show -p WantedBy one never")).toBe("WantedBy=test.target\n\nWantedBy=test.target\n");
    });

    test("that die have failed, with their last words; who was started beside them is told, and no one after", async () => {
      await ask("systemctl stop one two dies; systemctl reset-failed");
      const outcomes = await play(shell, [
        [{ name: "dies", state: "started" }],
        [{ name: "one", state: "started" }],
        [{ name: "two", state: "stopped" }],
        [{ name: "two", state: "started" }],
      ]);
      expect(said(outcomes).slice(1)).toEqual(["service one started: changed", "service two stopped: ok"]);
      expect(outcomes[0]).toMatchObject({ status: "failed", output: { code: 1 } });
      expect(outcomes[0]?.why).toMatch(
        /dies\.service is not active after its start \(.*ActiveState=failed .*; no more$/,
      );
      expect(await ask("systemctl is-active two")).toBe("inactive\n");
    });

    test("that die and are started again have failed, whether they came before another or after it", async () => {
      for (const names of [
        ["again", "one"],
        ["one", "again"],
      ]) {
        await ask("systemctl stop one again; rm -f /run/once; systemctl reset-failed");
        const outcomes = await play(
          shell,
          names.map((name) => [{ name, state: "started" }] as const),
        );
        const failed = outcomes.find(({ status }) => status === "failed");
        expect(failed?.task.name).toBe("service again started");
        expect(failed?.why).toContain("again.service died after its start, and was started again");
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["changed", "failed"]);
      }
      await ask("systemctl stop mad; systemctl reset-failed");
      const [mad] = await play(shell, [[{ name: "mad", state: "restarted" }]]);
      expect(mad?.why).toMatch(
        /mad\.service (died after its restart, and systemd starts it again|is still on its way)/,
      );
      await ask("systemctl stop mad");
    });

    test("that are started anew by the restart of another have not died", async () => {
      await ask("systemctl stop part; systemctl start one");
      const outcomes = await play(shell, [[{ name: "part", state: "started" }], [{ name: "one", state: "restarted" }]]);
      expect(outcomes.map(({ status }) => status)).toEqual(["changed", "changed"]);
    });

    test("as handlers: a reload that kills is told, and is due still; the restart of another is not", async () => {
      await ask("systemctl start reloads one");
      const handlers = ["reload reloads", "restart one"].map((name) => handlerRef(`${directory} ${name}`));
      const handler = (index: number): Partial<BoundTask> => ({ handler: handlers[index] });
      const outcomes = await play(shell, [
        [{ name: "job", state: "restarted" }, { notify: handlers }],
        [{ name: "reloads", state: "reloaded" }, handler(0)],
        [{ name: "one", state: "restarted" }, handler(1)],
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["changed", "failed", "changed"]);
      expect(outcomes[1]?.why).toContain("reloads.service is not active after its reload");
      expect((await ask("ls /run/dsrctl-due")).trim()).toBe(handlers[0]?.key);
      await ask("rm -r /run/dsrctl-due");
    });

    test("that run once and end have been restarted, but never started", async () => {
      const [restarted] = await play(shell, [[{ name: "job", state: "restarted" }]]);
      expect(restarted?.status).toBe("changed");
      const [started] = await play(shell, [[{ name: "job", state: "started" }]]);
      expect(started?.why).toContain("job.service is a oneshot");
    });

    test("whose links changed while systemd did not look are enabled where is-enabled says so", async () => {
      const directories = "/etc/systemd/system /run/systemd/system";
      const changes = {
        "as systemd knows it": ":",
        "without its link": "rm /etc/systemd/system/test.target.wants/one.service",
        "with a link for this boot only": "mv /etc/systemd/system/test.target.wants /run/systemd/system",
        "with another link":
          "cd /etc/systemd/system; mkdir -p other.target.wants; mv test.target.wants/one.service other.target.wants",
        masked: "mv /etc/systemd/system/one.service /run; ln -s /dev/null /etc/systemd/system/one.service",
        "an alias": "cd /etc/systemd/system; mv one.service /run; ln -s two.service one.service",
        "without a file": "mv /etc/systemd/system/one.service /run",
      };
      for (const [what, change] of Object.entries(changes)) {
        await ask("systemctl enable one; systemctl show -p UnitFileState one");
        await ask(`for dir in ${directories}; do mkdir -p $dir/test.target.wants; done; ${change}`);
        const seen = await look(shell, "one");
        expect(`${what}: ${seen}`).toBe(`${what}: enabled=${(await ask("systemctl is-enabled one")).trim()}`);
        await ask(
          "[ ! -e /run/one.service ] || mv -f /run/one.service /etc/systemd/system; rm -rf /run/systemd/system/test.target.wants /etc/systemd/system/other.target.wants; systemctl daemon-reload",
        );
      }
      await ask("systemctl disable one");
    });

    test("have other names: an alias is masked alone, and the unit runs on; the journal is the unit's", async () => {
      await ask("ln -sf one.service /etc/systemd/system/other.service; mkdir -p /run/systemd/system");
      const aliases =
        "ln -sf /etc/systemd/system/one.service /run/systemd/system/same.service; systemctl daemon-reload";
      await ask(`${aliases}; systemctl start one`);
      const masked = [[{ name: "same", masked: true }], [{ name: "ctrl-alt-del.target", masked: true }]] as const;
      expect(said(await play(shell, masked))).toEqual([
        "service same masked: changed",
        "service ctrl-alt-del.target masked: changed",
      ]);
      const loaded =
        "systemctl show -p LoadState --value same one ctrl-alt-del.target reboot.target; systemctl is-active one";
      expect(await ask(loaded)).toBe("masked\n\nloaded\n\nmasked\n\nloaded\nactive\n");
      expect((await play(shell, masked)).map(({ status }) => status)).toEqual(["ok", "ok"]);
      await play(shell, [[{ name: "same", masked: false }], [{ name: "ctrl-alt-del.target", masked: false }]]);
      expect(await ask(loaded)).toBe("loaded\n\nloaded\n\nloaded\n\nloaded\nactive\n");
      await ask(
        "ln -sf dies.service /etc/systemd/system/other.service; systemctl daemon-reload; systemctl reset-failed",
      );
      const [dies] = await play(shell, [[{ name: "other", state: "started" }]]);
      expect(dies?.why).toContain("no more");
      await ask("rm /etc/systemd/system/other.service /run/systemd/system/same.service; systemctl daemon-reload");
    });

    test("whose unit file is new are started as it says", async () => {
      writeFileSync(
        join(directory, "two.service"),
        `[Unit]\nDefaultDependencies=no\nDescription=new\n[Service]\n${UNITS["two"]}\n[Install]\nWantedBy=test.target\n`,
      );
      await ask("systemctl stop two; touch -d '+2 seconds' /etc/systemd/system/two.service");
      await play(shell, [[{ name: "two", state: "started" }]]);
      expect(await ask("systemctl show -p Description -p NeedDaemonReload two")).toBe(
        "Description=new\nNeedDaemonReload=no\n",
      );
      await ask("sed -i s/=new/=old/ /etc/systemd/system/two.service; systemctl daemon-reload");
    });
  });
});
