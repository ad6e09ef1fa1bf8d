/** Failed logins, which sshd of OpenSSH 9.8 and later punishes: one a run, and what is said when it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import type { Event } from "../../src/core/event.ts";
import { Unreachable } from "../../src/core/problem.ts";
import { FailedLogins } from "../../src/remote/transport/failed-logins.ts";
import { connect } from "../../src/remote/connect.ts";
import type { Target } from "../../src/core/target.ts";
import { containing, unreachable } from "./faults.ts";
import { keygen, punishes, runOn, sshdMissing, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd, SshdOptions } from "./sshd.ts";

const NEVER = new AbortController().signal;
const openssh = { why: "the test", files: [], options: [] } as const;
/** The first failed login is punished at once, and for longer than a test takes. */
const STRICT: SshdOptions = { penalties: "authfail:60 noauth:60 min:1" };

const connections = (sshd: Sshd) => sshd.log().match(/^Connection from /gm)?.length ?? 0;
const refusals = (sshd: Sshd) => sshd.log().match(/^drop connection /gm)?.length ?? 0;

/** Beside each other: by ssh2, and by OpenSSH's ssh. */
const WAYS: readonly (readonly [string, Partial<Target>])[] = [
  ["ssh2", {}],
  ["OpenSSH's ssh", { openssh }],
];

const running: Sshd[] = [];

async function started(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await startSshd(options);
  running.push(sshd);
  keygen(join(sshd.dir, "wrong"), "ed25519");
  return sshd;
}

const wrong = (sshd: Sshd, change: Partial<Target> = {}) =>
  targetOf(sshd, { ...change, keys: [join(sshd.dir, "wrong")] });

describe.skipIf(sshdMissing)(`failed logins${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  afterEach(() => Promise.all(running.splice(0).map((sshd) => sshd.stop())));

  it.each(WAYS)("over %s are one a run and sshd, whoever logs in", async (_, way) => {
    const sshd = await started();
    const logins = new FailedLogins();
    const first = await unreachable(connect(wrong(sshd, way), NEVER, { logins }));
    expect(first.stage).toBe("auth");
    const right = targetOf(sshd, { name: "web1-again", ...way });
    const second = await unreachable(connect(right, NEVER, { logins }));
    expect(second).toMatchObject({ stage: "auth", retry: false, hint: first.hint });
    expect(second.message).toBe(`no further login is tried there in this run: ${first.message}`);
    expect(connections(sshd)).toBe(1);
    await withTransport(right, (host) => runOn(host, "true"));
  });

  it.each(WAYS)("over %s at a jump host are one for all hosts behind it", async (_, way) => {
    const [gate, sshd] = [await started(), await started()];
    const logins = new FailedLogins();
    const jump = [wrong(gate, { name: "gate", asked: "gate", ...way })];
    const errors: Unreachable[] = [];
    for (const name of ["a", "b", "c"]) {
      errors.push(await unreachable(connect(targetOf(sshd, { name, asked: name, jump, ...way }), NEVER, { logins })));
    }
    expect(errors.map(({ stage }) => stage)).toEqual(["auth", "auth", "auth"]);
    expect(errors[2]?.message).toContain("no further login is tried there in this run: ");
    expect([connections(gate), connections(sshd)]).toEqual([1, 0]);
  });

  it("of a play: the other name of the host is not tried, and says why", async () => {
    const [sshd, other] = [await started(), await started()];
    const dir = mkdtempSync(join(tmpdir(), "dsrctl-penalties-"));
    const common = {
      ...{ ansible_host: "127.0.0.1", ansible_port: sshd.port, ansible_user: "root" },
      ansible_ssh_common_args: `-F none -o IdentitiesOnly=yes -o UserKnownHostsFile=${sshd.knownHosts}`,
    };
    const hosts = {
      lb1: { ...common, ansible_ssh_private_key_file: join(sshd.dir, "wrong") },
      "lb1-again": { ...common, ansible_ssh_private_key_file: sshd.userKeyPath },
      lb2: {
        ...common,
        ...{ ansible_port: other.port, ansible_ssh_private_key_file: other.userKeyPath },
        ansible_ssh_common_args: common.ansible_ssh_common_args.replace(sshd.knownHosts, other.knownHosts),
      },
    };
    writeFileSync(join(dir, "hosts.json"), JSON.stringify({ all: { hosts } }));
    const plays = ["lb1", "lb1-again"].map(
      (name) => `- hosts: [${name}, lb2]\n  tasks: [{ command: { cmd: 'true', creates: / } }]\n`,
    );
    writeFileSync(join(dir, "site.yml"), plays.join(""));
    let out = "";
    const code = await runCommand(["play", "site.yml", "-i", "hosts.json", "--json"], "0", {
      out: (text) => void (out += text),
      err: () => undefined,
      ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir },
      ...{ stop: NEVER, end: NEVER },
    });
    rmSync(dir, { recursive: true });
    const events = out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Event]));
    const lost = events.flatMap((event) => (event.type === "host-lost" ? [[event.host, event.why]] : []));
    expect(code).toBe(4);
    expect(lost).toEqual([
      ["lb1", containing("the host refused user `root`")],
      ["lb1-again", containing("no further login is tried there in this run: the host refused user `root`")],
    ]);
    expect(connections(sshd)).toBe(1);
  });

  it("no connection ends without a login, however a host is reached", async () => {
    const [gate, sshd] = [await started(STRICT), await started(STRICT)];
    const jump = [targetOf(gate, { name: "gate", asked: "gate" })];
    for (const [, way] of WAYS) {
      const hops = jump.map((each) => ({ ...each, ...way }));
      for (const target of [targetOf(sshd, way), targetOf(sshd, { ...way, jump: hops })]) {
        await withTransport(target, (host) => runOn(host, "true"));
      }
    }
    await expect
      .poll(() => sshd.log().match(/^(?:Disconnected from|Received disconnect|Connection closed)/gm)?.length)
      .toBeGreaterThanOrEqual(4);
    for (const each of [gate, sshd]) {
      expect(each.log().match(/^Accepted publickey/gm)).toHaveLength(connections(each));
      expect(each.log()).not.toMatch(/penalty/);
    }
  });

  describe.skipIf(!punishes)("by an sshd that punishes them", () => {
    it.each(WAYS)("over %s: the host is quoted, and both options are named", async (_, way) => {
      const sshd = await started(STRICT);
      await unreachable(connect(wrong(sshd, way), NEVER));
      const error = await unreachable(connect(targetOf(sshd, way), NEVER));
      expect(error).toMatchObject({ stage: "handshake", retry: true });
      expect(error.message).toBe(
        "the host takes no more connections now: Not allowed at this time (MaxStartups or PerSourcePenalties)",
      );
      expect(refusals(sshd)).toBe(3);
    });

    it.each(WAYS)(
      "over %s: after a login that failed in this run it is tried once, and is probably that",
      async (_, way) => {
        const sshd = await started(STRICT);
        const logins = new FailedLogins();
        await unreachable(connect(wrong(sshd, way), NEVER));
        // As when a connection is lost in the middle of its login: that may be tried again.
        logins.note(targetOf(sshd, way), new Unreachable("auth", "connection lost during the login", { retry: true }));
        const error = await unreachable(connect(targetOf(sshd, way), NEVER, { logins }));
        expect(error).toMatchObject({ stage: "handshake", retry: false });
        expect(error.message).toContain(": Not allowed at this time (probably PerSourcePenalties, ");
        expect(error.message).toContain("MaxStartups");
        expect(error.hint).toContain("PerSourcePenaltyExemptList");
        expect(refusals(sshd)).toBe(1);
      },
    );
  });
});
