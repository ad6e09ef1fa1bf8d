/** Keys of an agent: which of them a host is shown, and in which order, beside what ssh(1) shows it. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Target } from "../../src/core/target.ts";
import { failureOf } from "./faults.ts";
import { keygen, runOn, sshdMissing, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

describe.skipIf(sshdMissing)(`an agent of many keys${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  /** Lets one try two keys; `d` and `e` are right. */
  let narrow: Sshd;
  /** Lets one try many, and none is right. */
  let wide: Sshd;
  let agent: ChildProcess;
  const key = (name: string) => join(narrow.dir, name);
  const socket = () => key("agent");
  beforeAll(async () => {
    narrow = await startSshd({ config: ["MaxAuthTries 2"] });
    wide = await startSshd({ config: ["MaxAuthTries 20"] });
    agent = spawn("ssh-agent", ["-D", "-a", socket()], { stdio: ["ignore", "pipe", "ignore"] });
    await once(agent.stdout!, "data");
    const env = { ...process.env, SSH_AUTH_SOCK: socket() };
    for (const name of ["a", "b", "c", "d", "e"]) keygen(key(name), "ed25519");
    for (const name of ["a", "b", "c", "d"]) execFileSync("ssh-add", ["-q", key(name)], { env, stdio: "pipe" });
    execFileSync("sh", ["-c", `cat ${key("d")}.pub ${key("e")}.pub >${key("authorized_keys")}`]);
    // Only the agent has its private half.
    rmSync(key("d"));
  });
  afterAll(async () => {
    agent.kill();
    await Promise.all([narrow.stop(), wide.stop()]);
  });

  const at = (sshd: Sshd, change: Partial<Target>): Target =>
    targetOf(sshd, { keys: [], offered: [], agent: socket(), ...change });
  const works = (change: Partial<Target>) =>
    withTransport(at(narrow, change), async (host) => (await runOn(host, "id -un")).out.trim());
  const failure = async (change: Partial<Target>) => (await failureOf(at(narrow, change))).message;

  it("the one whose public half stands in a file is shown first", async () => {
    expect(await works({ offered: [`${key("d")}.pub`] })).toBe("root");
    expect(await works({ offered: [key("d")] })).toBe("root");
    expect(await works({ keys: [`${key("d")}.pub`] })).toBe("root");
    expect(await works({ keys: [`${key("d")}.pub`], identitiesOnly: true })).toBe("root");
    expect(await failure({})).toContain("Too many authentication failures");
  });

  it("a key that the inventory names is shown before the agent's, and not twice", async () => {
    expect(await works({ keys: [key("e")] })).toBe("root");
    expect(await failure({ keys: [key("a")], identitiesOnly: true })).toMatch(
      /^the host refused user `root` \(tried: key .*\) \(the agent at .*: it holds no key that can be used\)$/,
    );
  });

  it("IdentitiesOnly leaves out what stands in no file", async () => {
    expect(await works({ offered: [key("e")], identitiesOnly: true })).toBe("root");
    expect(await failure({ offered: [`${key("a")}.pub`], identitiesOnly: true })).toMatch(
      /^the host refused user `root` \(tried: the agent at [^,]*\)/,
    );
  });

  it("without an agent that could hold it, a public half is no key", async () => {
    expect(await failureOf(at(narrow, { keys: [`${key("d")}.pub`], agent: undefined }))).toMatchObject({
      message: `\`${key("d")}.pub\` is a public key`,
      hint: "give the private one, without `.pub`, or start the agent that holds it",
    });
  });

  /** The fingerprints that sshd was shown by one login, in their order. */
  async function shown(login: () => Promise<unknown>): Promise<readonly string[]> {
    const before = wide.log().length;
    const ends = (): number => [...wide.log().matchAll(/^(?:Connection closed by|Disconnect)/gm)].length;
    const ended = ends();
    await login();
    await expect.poll(ends, { timeout: 10_000 }).toBe(ended + 1);
    return [
      ...wide
        .log()
        .slice(before)
        .matchAll(/^Failed publickey .* (SHA256:\S+)/gm),
    ].map(([, print]) => print!);
  }

  it.each([
    ["the agent's alone", [], false],
    ["files that the agent holds as well, in the agent's order", ["c", "b"], false],
    ["a file that the agent does not hold comes last", ["e", "d"], false],
    ["with IdentitiesOnly", ["e", "c"], true],
  ] as const)("the order is ssh's: %s", async (_, files, only) => {
    const offered = files.map(key);
    const ours = await shown(() => failureOf(at(wide, { offered, identitiesOnly: only })));
    const options = [
      ...["BatchMode=yes", "PreferredAuthentications=publickey", `UserKnownHostsFile=${wide.knownHosts}`],
      ...[`IdentityAgent=${socket()}`, `IdentitiesOnly=${only ? "yes" : "no"}`, `Port=${wide.port}`],
      ...(offered.length === 0 ? ["IdentityFile=none"] : offered.map((path) => `IdentityFile=${path}`)),
    ];
    const argv = ["-F", "none", ...options.flatMap((each) => ["-o", each]), "root@127.0.0.1", "true"];
    const theirs = await shown(() => Promise.resolve(spawnSync("ssh", argv)));
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(1);
  });
});
