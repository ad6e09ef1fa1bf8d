/** Shells in rough surroundings: full disks, odd environments, looks and acts that misbehave. All of it for real. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Unreachable } from "../../src/core/problem.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import type { LookResult, Look, Step, StepResult } from "../../src/core/batch.ts";
import { call, emptyScript, sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import { shells, spawned } from "./spawned.ts";
import type { Spawned } from "./spawned.ts";

let root: string;
const channels: Spawned[] = [];
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "dsrctl-rough-"))));
afterEach(async () => {
  for (const channel of channels) channel.end();
  await Promise.all(channels.splice(0).map((channel) => channel.ended));
  rmSync(root, { recursive: true });
});

function open(argv: readonly string[], env?: NodeJS.ProcessEnv, lookSeconds = 20): ShellSession {
  const channel = spawned(argv, env);
  channels.push(channel);
  return new ShellSession(channel, { shellSeconds: 10, lookSeconds });
}

async function ask(session: ShellSession, text: Sh): Promise<LookResult | undefined> {
  const look: Look = { id: "a", look: text, from: "host" };
  return (await session.run({ steps: [], looks: [look] })).looks.get("a");
}

async function act(session: ShellSession, text: Sh, more: Partial<Step> = {}): Promise<StepResult | undefined> {
  const step: Step = {
    ...{
      id: "s",
      look: emptyScript,
      from: "host",
      expectedChecksum: undefined,
      onlyIfNotified: undefined,
      act: text,
      mustChangeLook: false,
    },
    ...{ notifies: [], ignoreFailure: false, timeoutSeconds: 20, ...more },
  };
  return (await session.run({ steps: [step], looks: [] })).steps[0];
}

describe.each(shells)("with %s", (_name, argv) => {
  test("a look that prints 100 MB ends this session, and not much of it is sent", async () => {
    const session = open(argv);
    await expect(ask(session, sh`head -c 100000000 /dev/zero`)).rejects.toThrow(/a look printed \d+ bytes/);
    expect(session.cost.received).toBeLessThan(1 << 20);
  });

  test("a look that prints four megabytes is heard", async () => {
    const answer = await ask(open(argv), sh`head -c 4194304 /dev/zero`);
    expect(answer?.output.bytes.length).toBe(4194304);
  });

  test("of an act that prints without end the beginning is kept", async () => {
    const report = await act(open(argv), sh`head -c 30000000 /dev/zero`);
    expect(report?.is === "applied" && report.act.bytes.length).toBe(4 << 20);
  });

  test("a look that leaves a process behind with its output open is not waited for", async () => {
    const session = open(argv);
    expect((await ask(session, sh`sleep 60 & echo said`))?.output.out).toBe("said\n");
  });

  test("an act that leaves a process behind which goes on printing does not spoil the answer", async () => {
    const session = open(argv);
    const chatty = sh`(while [ -d ${root} ] && [ ! -e ${root}/stop ]; do echo more; done) & echo ${"$!"} >/dev/null; echo begun`;
    const report = await act(session, chatty);
    expect(report).toMatchObject({ is: "applied", act: { code: 0 } });
    for (let count = 0; count < 5; count++) expect((await ask(session, sh`echo fine`))?.output.out).toBe("fine\n");
    await act(session, sh`touch ${root}/stop`);
  });

  test("an act that kills the shell it runs in has failed; one that kills the session's is lost", async () => {
    const session = open(argv);
    expect(await act(session, sh`kill -9 $$`)).toMatchObject({ is: "applied", timedOut: false });
    const pid = session.hello?.pid ?? 0;
    await expect(act(session, sh`kill -9 ${pid}`)).rejects.toThrow(ConnectionLost);
    // The ear that hears of it may leave its mark meanwhile.
    await vi.waitFor(() => rmSync(session.hello?.dir ?? "", { recursive: true, force: true }), { timeout: 5000 });
  });

  test("a look that hangs is given up at its deadline", async () => {
    const session = open(argv, process.env, 1);
    await expect(ask(session, sh`sleep 30`)).rejects.toThrow("no answer within 1 s");
    rmSync(session.hello?.dir ?? "", { recursive: true });
  });

  test.each<[string, NodeJS.ProcessEnv]>([
    ["an empty environment", {}],
    ["PATH without sbin", { PATH: "/usr/bin:/bin" }],
    ["an empty PATH", { PATH: "" }],
    ["a home that is not there", { PATH: process.env.PATH, HOME: "/nonexistent" }],
    ["another language and odd settings", { ...process.env, LC_ALL: "tr_TR.UTF-8", IFS: "/", ENV: "/etc/passwd" }],
  ])("%s is no trouble", async (_what, env) => {
    const session = open(argv, env);
    const answer = await ask(session, sh`command -v sysctl >/dev/null && umask && echo "$LC_ALL" && echo "$PATH"`);
    expect(answer?.output).toMatchObject({ code: 0, err: "" });
    const [mask, language, path = ""] = answer?.output.out.split("\n") ?? [];
    expect([Number(mask), language]).toEqual([22, "C"]);
    expect(path.split(":")).not.toContain("");
  });

  test.each(["077", "000"])("a umask of %s is not ours", async (mask) => {
    const session = open(["/bin/sh", "-c", `umask ${mask}; exec ${argv.join(" ")}`]);
    const text = sh`umask 027; touch ${root}/own; umask 022; touch ${root}/made; stat -c %a ${root}/made`;
    expect(await act(session, text)).toMatchObject({ act: { out: "644\n" } });
    expect((await ask(session, sh`stat -c %a ${session.hello?.dir ?? ""}`))?.output.out).toBe("700\n");
  });
});

const mounted = (mounts: string): readonly string[] => ["unshare", "-m", "/bin/sh", "-c", `${mounts}; exec /bin/sh`];

describe.skipIf(process.getuid?.() !== 0)("temporary directories", () => {
  test("stand elsewhere when /run takes no files", async () => {
    const session = open(mounted("mount -t tmpfs -o ro none /run"));
    expect((await ask(session, sh`echo fine`))?.output.out).toBe("fine\n");
    expect(session.hello?.dir).toMatch(/^\/dev\/shm\//);
  });

  test("stand elsewhere when /run is full, and nothing is left there", async () => {
    const full = "mount -t tmpfs -o size=64k none /run; head -c 70000 /dev/zero >/run/full 2>/dev/null";
    const session = open(mounted(full));
    expect((await ask(session, sh`ls /run`))?.output.out).toBe("full\n");
    expect(session.hello?.dir).toMatch(/^\/dev\/shm\//);
  });

  test("nowhere: the host cannot be used, and says why", async () => {
    const all = ["/run", "/dev/shm", "/tmp"].map((dir) => `mount -t tmpfs -o ro none ${dir}`).join("; ");
    const channel = spawned(mounted(all));
    channels.push(channel);
    let said = "";
    channel.onError((chunk) => void (said += Buffer.from(chunk).toString()));
    const session = new ShellSession(channel, { shellSeconds: 10, lookSeconds: 10 });
    await expect(ask(session, sh`echo`)).rejects.toThrow(Unreachable);
    await channel.ended;
    expect(said).toMatch(/^no temporary directory can be made in \/run, \/dev\/shm or \S+: .*Read-only file system\n$/);
  });

  const fill = { name: "fill", text: "fill() { head -c 400000 /dev/zero; echo end; }" };
  test.each([
    ["in a shell of its own", call(fill, [])],
    ["in one that it shares", call({ ...fill, leavesShellUnchanged: true }, [])],
  ])("that run full while a look prints %s: what was cut off is never judged", async (_where, filling) => {
    const session = open(mounted("mount -t tmpfs -o size=256k none /run"));
    expect((await ask(session, sh`echo fine`))?.output.out).toBe("fine\n");
    await expect(ask(session, filling)).rejects.toThrow(/no room left/);
  });
});

describe.skipIf(process.getuid?.() !== 0)("marks of handlers", () => {
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/sh"];
  const due = (): Step["notifies"][number] => ({
    key: `rough-${Math.random().toString(36).slice(2)}`,
    unit: undefined,
  });

  test.each<[string, NodeJS.ProcessEnv]>([
    ["without a home", { PATH: process.env.PATH }],
    ["with a home of somebody else's", { PATH: process.env.PATH, HOME: "/root" }],
  ])("are kept for another user than root %s", async (_what, env) => {
    const handler = due();
    const first = open(nobody, env);
    expect(await act(first, sh`:`, { notifies: [handler] })).toMatchObject({ act: { code: 0 } });
    const second = open(nobody, env);
    expect((await ask(second, sh`dsr_due ${handler.key} ''`))?.output.out).toBe(`${handler.key}\n`);
    await second.run({ steps: [], looks: [], clearNotifications: [handler.key] });
    expect((await ask(second, sh`dsr_due ${handler.key} '' || echo no`))?.output.out).toBe("no\n");
    expect(existsSync("/dev/shm/dsrctl-due.65534")).toBe(false);
  });

  test("that cannot be made: the act is not begun, and fails with the reason", async () => {
    const session = open(mounted("mount -t tmpfs -o ro none /run"));
    const report = await act(session, sh`touch ${root}/no`, { notifies: [due()] });
    expect(report).toMatchObject({
      is: "applied",
      act: { err: expect.stringContaining("could not be marked") as string },
    });
    expect(report?.is === "applied" && report.act.code).not.toBe(0);
    expect(readdirSync(root)).toEqual([]);
  });

  test("of a unit are void when it was started since; no clock is asked", async () => {
    const bin = join(root, "bin");
    const start = sh`mkdir -p ${bin}; printf '#!/bin/sh\ncat %s\n' ${join(root, "start")} >${bin}/systemctl; chmod +x ${bin}/systemctl`;
    const session = open(["/bin/sh"], { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` });
    await act(session, sh`${start}; echo ActiveEnterTimestampMonotonic=999999999999 >${root}/start`);
    const handler = { ...due(), unit: "some.service" };
    await act(session, sh`:`, { notifies: [handler] });
    const isDue = async (): Promise<string | undefined> =>
      (await ask(session, sh`dsr_due ${handler.key} ${handler.unit} || echo no`))?.output.out;
    expect(await isDue()).toBe(`${handler.key}\n`);
    await act(session, sh`echo ActiveEnterTimestampMonotonic=5 >${root}/start`);
    expect(await isDue()).toBe("no\n");
    await session.run({ steps: [], looks: [], clearNotifications: [handler.key] });
    expect(readFileSync(join(root, "start"), "utf8")).toContain("=5");
  });
});
