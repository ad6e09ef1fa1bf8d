/** The waits for a host: an interruption ends each of them, and each stage has one total, which the docs name. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Interrupted, Unreachable } from "../../src/core/problem.ts";
import { DEADLINES } from "../../src/remote/transport/deadline.ts";
import type { Deadlines } from "../../src/remote/transport/deadline.ts";
import { RemoteHost } from "../../src/remote/host.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import { sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import type { Batch, Step } from "../../src/core/batch.ts";
import type { Target } from "../../src/core/target.ts";
import { fakeServer, unreachable } from "./faults.ts";
import type { Listening } from "./faults.ts";
import { spawned } from "./spawned.ts";
import type { Spawned } from "./spawned.ts";
import { sshdMissing, startSshd, targetOf } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const looking = (text: Sh): Batch => ({ steps: [], looks: [{ id: "a", look: text, from: "host" }] });
const LOOK = looking(sh`echo`);
const acting = (text: Sh): Batch => {
  const step: Step = {
    ...{
      id: "s",
      look: sh`echo`,
      from: "host",
      expectedChecksum: undefined,
      onlyIfNotified: undefined,
      act: text,
      mustChangeLook: false,
    },
    ...{ notifies: [], ignoreFailure: false, timeoutSeconds: 20 },
  };
  return { steps: [step], looks: [] };
};

describe.skipIf(sshdMissing)(`hosts that keep one waiting${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  let sshd: Sshd;
  /** Its login shells never say anything. */
  let mute: Sshd;
  /** Takes connections, and says nothing. */
  let silent: Listening;
  const hosts: RemoteHost[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
    mute = await startSshd({ forceCommand: "sleep 1000" });
    silent = await fakeServer(() => undefined);
  });
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });
  afterAll(async () => {
    await Promise.all([sshd.stop(), mute.stop(), silent.stop()]);
  });

  function hostAt(target: Target, deadlines: Partial<Deadlines> = {}) {
    const stop = new AbortController();
    const host = new RemoteHost(target, {
      ...{ signal: new AbortController().signal, stop: stop.signal },
      controller: () => Promise.reject(new Error("nobody asked")),
      deadlines: { ...DEADLINES, ...deadlines },
    });
    hosts.push(host);
    return { host, stop };
  }

  const nobody = (change: Partial<Target> = {}): Target => targetOf(sshd, { port: silent.port, ...change });
  const heard = (): Promise<void> => expect.poll(silent.count, { timeout: 20_000 }).toBeGreaterThan(counted);
  const begun = (): Promise<void> => expect.poll(() => existsSync(mark()), { timeout: 20_000 }).toBe(true);
  const mark = (): string => join(sshd.dir, "begun");
  const proxy = (): string => `sh -c "touch ${mark()}; sleep 1000"`;
  let counted = 0;

  /** A host, and when it is surely waited for. */
  interface Waiting {
    readonly target: () => Target;
    readonly until: () => Promise<void>;
  }

  test.each<[string, Waiting]>([
    ["the SSH version", { target: nobody, until: heard }],
    ["a jump host", { target: () => targetOf(sshd, { jump: [nobody({ name: "jump" })] }), until: heard }],
    ["a proxy command", { target: () => targetOf(sshd, { proxyCommand: proxy() }), until: begun }],
    ["OpenSSH's ssh", { target: () => nobody({ openssh: { why: "a test", files: [], options: [] } }), until: heard }],
    ["a silent login", { target: () => targetOf(mute), until: () => mute.logged(/Starting session/) }],
  ])("an interruption does not wait for %s", async (_name, { target, until }) => {
    counted = silent.count();
    const { host, stop } = hostAt(target());
    const left = expect(host.link(undefined).run(LOOK)).rejects.toThrow(Interrupted);
    await until();
    stop.abort(new Error("interrupted"));
    await left;
    await host.close();
  });

  test("an interruption does not wait for a look; a step comes to its end, and says what came of it", async () => {
    const { host, stop } = hostAt(targetOf(sshd));
    const [looker, actor] = [host.link(undefined), host.link({ user: "nobody", password: undefined })];
    await looker.run(LOOK);
    await actor.run(LOOK);
    const hangs = looker.run(looking(sh`sleep 1000`));
    const acts = actor.run(acting(sh`sleep 2; echo done`), () => undefined);
    const left = expect(hangs).rejects.toThrow(Interrupted);
    stop.abort(new Error("interrupted"));
    await left;
    expect((await acts).steps.map(({ is }) => is)).toEqual(["applied"]);
    await expect(looker.run(LOOK)).rejects.toThrow(Interrupted);
  });

  test("a login that is silent has one total, from the wish for a channel on, and its message names it", async () => {
    const { host } = hostAt(targetOf(mute), { channel: 1 });
    expect(await unreachable(host.link(undefined).run(LOOK))).toMatchObject({
      stage: "shell",
      message: expect.stringContaining("hung for 1 s before /bin/sh began") as string,
    });
  });

  test("a host that greets and then stops is unreachable, and is not asked a second time", async () => {
    const { host } = hostAt(targetOf(sshd), { look: 1 });
    expect(await unreachable(host.link(undefined).run(looking(sh`sleep 1000`)))).toMatchObject({
      stage: "shell",
      message: "no answer within 1 s to what was looked at",
    });
    expect(host.cost.connections).toBe(1);
  });
});

describe("what each stage may take", () => {
  let channel: Spawned;
  afterEach(() => {
    vi.useRealTimers();
    channel.kill();
  });

  /** Whether the batch has failed, and with what, after so many seconds of a clock that is turned by hand. */
  async function failsAfter(
    session: ShellSession,
    batch: Batch,
    seconds: number,
    begun: () => Promise<unknown>,
  ): Promise<unknown> {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let error: unknown;
    session.run(batch).catch((thrown: unknown) => (error = thrown));
    await begun();
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    return error;
  }

  const waits = { shellSeconds: DEADLINES.channel, lookSeconds: DEADLINES.look };
  const atOnce = (): Promise<void> => Promise.resolve();

  test.each([
    [0, 30],
    [25, 5],
    [99, 0.5],
  ])("a shell that is silent: of 30 s those are left that the channel did not take (%d)", async (spent, left) => {
    channel = spawned(["/bin/sleep", "1000"]);
    const session = new ShellSession(channel, { ...waits, spentSeconds: spent });
    expect(await failsAfter(session, LOOK, left, atOnce)).toMatchObject({ message: "no shell came" });
  });

  test("a shell that greets and stops: 60 s from the greeting on", async () => {
    channel = spawned(["/bin/sh"]);
    const session = new ShellSession(channel, waits);
    const greeted = new Promise<void>((resolve) => channel.onData(() => resolve()));
    const error = await failsAfter(session, looking(sh`sleep 1000`), 60, () => greeted);
    expect(error).toBeInstanceOf(Unreachable);
    expect(error).toMatchObject({ message: "no answer within 60 s to what was looked at" });
  });

  test("is what docs/ssh.md says", () => {
    channel = spawned(["/bin/sleep", "1000"]);
    const docs = readFileSync(fileURLToPath(new URL("../../docs/ssh.md", import.meta.url)), "utf8");
    const said = (stage: RegExp): number =>
      Number(new RegExp(String.raw`^\| ${stage.source}[^|]*\|\s*(\d+)\s*\|$`, "m").exec(docs)?.[1]);
    expect({
      dns: said(/its name/),
      handshake: said(/versions and keys/),
      auth: said(/login/),
      channel: said(/the first line of the shell/),
      sudo: said(/sudo/),
      look: said(/everything that is looked at/),
    }).toEqual(DEADLINES);
  });
});
