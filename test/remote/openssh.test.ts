/** Hosts over OpenSSH's own ssh: certificates both ways, how commands end, and that nothing outlives us. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Unreachable } from "../../src/core/problem.ts";
import { reasonForOpenSsh } from "../../src/remote/openssh/needed.ts";
import type { Target } from "../../src/core/target.ts";
import { connect } from "../../src/remote/connect.ts";
import { faultyWay, unreachable } from "./faults.ts";
import {
  commandLines,
  freePort,
  keygen,
  publicKey,
  runOn,
  sshdMissing,
  startSshd,
  targetOf,
  withSshd,
  withTransport,
} from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;
const openssh = { why: "the test", files: [], options: [] } as const;

function over(sshd: Sshd, change: Partial<Target> = {}): Target {
  return targetOf(sshd, { openssh, connectTimeout: 5, ...change });
}

/** The ssh processes that a transport of ours holds. */
function masters(): readonly string[] {
  return commandLines().filter((line) => line.startsWith("ssh\0") && line.includes("dsrctl-ssh-"));
}

function directories(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("dsrctl-ssh-"));
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error("it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(sshdMissing !== undefined)("over OpenSSH's ssh", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ maxSessions: 3 });
  });
  afterAll(() => sshd.stop());

  it("commands run, with their input, both outputs and their code, and nothing is left behind", async () => {
    await withTransport(over(sshd), async (transport) => {
      expect(transport.connectedIn).toBeGreaterThan(0);
      expect(await runOn(transport, "cat; echo no >&2; exit 3", "in\u00e9")).toEqual({
        out: "in\u00e9",
        err: "no\n",
        ended: "exit 3",
      });
      expect((await runOn(transport, "exit 255")).ended).toBe("exit 255");
      expect((await runOn(transport, "true")).ended).toBe("exit 0");
      expect(masters()).toHaveLength(1);
    });
    expect(masters()).toEqual([]);
    expect(directories()).toEqual([]);
  });

  it("a megabyte goes through both ways", async () => {
    await withTransport(over(sshd), async (transport) => {
      const data = Buffer.alloc(1 << 20, "0123456789abcde\n");
      const { out, ended } = await runOn(transport, "cat", data);
      expect([out.length, out === data.toString(), ended]).toEqual([data.length, true, "exit 0"]);
    });
  });

  it("a command that a signal ends is never a success", async () => {
    await withTransport(over(sshd), async (transport) => {
      expect((await runOn(transport, "kill -9 $$")).ended).toMatch(/^lost: .*without a code/);
    });
  });

  it("a session too many is refused as such", async () => {
    await withTransport(over(sshd), async (transport) => {
      const open = await Promise.all([1, 2, 3].map(() => transport.exec("cat")));
      expect(await unreachable(transport.exec("true"))).toMatchObject({ stage: "channel" });
      open.forEach((channel) => channel.end());
      await Promise.all(open.map(({ ended }) => ended));
      expect((await runOn(transport, "echo on")).out).toBe("on\n");
    });
  });

  it.each<["cut" | "stall"]>([["cut"], ["stall"]])(
    "a lost connection is lost, and later commands say so: %s",
    async (how) => {
      const way = await faultyWay(sshd.port);
      try {
        const alias = {
          port: way.port,
          hostKeyAlias: `[127.0.0.1]:${sshd.port}`,
          keepalive: { interval: 1, count: 1 },
        };
        const transport = await connect(over(sshd, alias), NEVER);
        const channel = await transport.exec("sleep 20");
        if (how === "cut") way.cut("reset");
        else way.stall();
        expect(await channel.ended).toMatchObject({ is: "lost" });
        expect(await unreachable(transport.exec("true"))).toMatchObject({ stage: "connection" });
        await transport.close();
        expect(masters()).toEqual([]);
      } finally {
        await way.stop();
      }
    },
  );

  it("killed, dsrctl leaves no connection and no directory behind", async () => {
    const contents = `
      import { connect } from "../../src/remote/connect.ts";
      const transport = await connect(${JSON.stringify(over(sshd))}, new AbortController().signal);
      const channel = await transport.exec("echo up; sleep 20");
      channel.onData((chunk) => process.stdout.write(chunk));`;
    const outfile = join(sshd.dir, "kill.mjs");
    const stdin = { contents, resolveDir: import.meta.dirname, loader: "ts" } as const;
    await build({ stdin, bundle: true, platform: "node", format: "esm", packages: "external", outfile, write: true });
    execFileSync("ln", ["-sfn", join(import.meta.dirname, "../../node_modules"), join(sshd.dir, "node_modules")]);
    const child = spawn(process.execPath, [outfile], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(masters()).toHaveLength(2);
    child.kill("SIGKILL");
    await until(() => masters().length === 0);
    await until(() => directories().length === 0);
  });

  it.each<[string, (own: Sshd) => Partial<Target>, Partial<Unreachable>]>([
    ["a port nobody listens on", () => ({ port: 1 }), { stage: "tcp" }],
    ["a name without an address", () => ({ address: "no-such-host.invalid" }), { stage: "dns" }],
    ["a host key that is not known", () => ({ knownHosts: ["/dev/null"] }), { stage: "host-key" }],
    ["a key the host does not take", (own) => ({ keys: [join(own.dir, "host_ed25519")] }), { stage: "auth" }],
    [
      "a proxy that ends",
      () => ({ proxyCommand: "sh -c 'echo nobody there >&2; exit 1'" }),
      { stage: "proxy", message: "the proxy command ended before the host answered: `nobody there`" },
    ],
    ["a proxy that ssh may end before it has spoken", () => ({ proxyCommand: "echo no >&2" }), { stage: "proxy" }],
    ["a jump host nobody listens on", (own) => ({ jump: [over(own, { name: "hop", port: 1 })] }), { stage: "tcp" }],
    ["a password", () => ({ password: { reveal: () => "x" } as Target["password"] }), { stage: "auth" }],
    [
      "a configuration that ssh refuses",
      () => ({ openssh: { ...openssh, options: [["PKCS11Provider", '"x']] } }),
      { stage: "proxy" },
    ],
  ])("%s is told by its stage", async (_, change, expected) => {
    const { stage, message } = await unreachable(connect(over(sshd, change(sshd)), NEVER));
    expect({ stage, message }).toMatchObject(expected);
    expect(masters()).toEqual([]);
  });

  it("a changed host key is refused", async () => {
    const file = join(sshd.dir, "changed");
    writeFileSync(file, `[127.0.0.1]:${sshd.port} ${publicKey(join(sshd.dir, "id.pub"))}\n`);
    const failure = await unreachable(connect(over(sshd, { knownHosts: [file] }), NEVER));
    expect(failure).toMatchObject({ stage: "host-key" });
  });

  it("accept-new writes the key down, where no other place is named", async () => {
    const file = join(sshd.dir, "new");
    await withTransport(over(sshd, { knownHosts: [file], hostKeys: "accept-new" }), async (transport) => {
      expect((await runOn(transport, "true")).ended).toBe("exit 0");
    });
    expect(readFileSync(file, "utf8")).toContain("ssh-ed25519");
  });

  it("through a jump host and a proxy command", async () => {
    const via = over(sshd, { name: "jump", asked: "jump" });
    await withTransport(over(sshd, { asked: "behind", jump: [via] }), async (transport) => {
      expect((await runOn(transport, "echo $SSH_CONNECTION")).out).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1/);
    });
    const proxyCommand = `ssh -F none -o BatchMode=yes -o UserKnownHostsFile=${sshd.knownHosts} -i ${sshd.userKeyPath} -p %p -W %h:%p root@%h`;
    await withTransport(over(sshd, { proxyCommand }), async (transport) => {
      expect((await runOn(transport, "echo on")).out).toBe("on\n");
    });
    expect(masters()).toEqual([]);
  });
});

describe.skipIf(sshdMissing !== undefined)("certificates", () => {
  let sshd: Sshd;
  let port: number;
  const sign = (...args: readonly string[]) => execFileSync("ssh-keygen", ["-q", "-s", join(sshd.dir, "ca"), ...args]);

  beforeAll(async () => {
    port = await freePort();
    sshd = await startSshd({ port, config: ["TrustedUserCAKeys none"] });
    keygen(join(sshd.dir, "ca"), "ed25519");
  });
  afterAll(() => sshd.stop());

  /** An sshd that trusts the authority for its users and shows a certificate of its own. */
  async function certified<T>(work: (own: Sshd) => Promise<T>): Promise<T> {
    const host = join(sshd.dir, "certified");
    if (!existsSync(host)) {
      keygen(host, "ed25519");
      sign("-I", "host", "-h", "-n", "127.0.0.1", `${host}.pub`);
    }
    const config = [
      `TrustedUserCAKeys ${join(sshd.dir, "ca.pub")}`,
      `HostKey ${host}`,
      `HostCertificate ${host}-cert.pub`,
    ];
    return withSshd({ config }, async (own) => {
      // Only what the authority vouches for is known here.
      writeFileSync(
        own.knownHosts,
        `@cert-authority [127.0.0.1]:${own.port},127.0.0.1 ${publicKey(join(sshd.dir, "ca.pub"))}\n`,
      );
      return work(own);
    });
  }

  it("a user's and a host's are taken, and are why OpenSSH is the way", async () => {
    await certified(async (own) => {
      const user = join(own.dir, "user");
      keygen(user, "ed25519");
      sign("-I", "user", "-n", "root", `${user}.pub`);
      const target = targetOf(own, { keys: [user], openssh: { files: [], options: [] } });
      expect(await reasonForOpenSsh(target)).toBe(`the key ${user} has a certificate`);
      expect(await reasonForOpenSsh({ ...target, keys: [own.userKeyPath] })).toMatch(/^the host has a @cert-authority/);
      await withTransport(target, async (transport) => {
        expect((await runOn(transport, "echo on")).out).toBe("on\n");
      });
      expect(own.log()).toMatch(/Accepted certificate|Accepted publickey for root .*CERT/);
    });
  });

  it("a host's that is for another name is refused", async () => {
    await certified(async (own) => {
      const other = { ...targetOf(own, { openssh: { files: [], options: [] } }), hostKeyAlias: "web9" };
      appendFileSync(own.knownHosts, `@cert-authority web9 ${publicKey(join(sshd.dir, "ca.pub"))}\n`);
      expect(await unreachable(connect(other, NEVER))).toMatchObject({ stage: "host-key" });
    });
  });

  it("CertificateFile in the operator's file is found by ssh itself", async () => {
    await certified(async (own) => {
      const user = join(own.dir, "user");
      keygen(user, "ed25519");
      sign("-I", "user", "-n", "root", `${user}.pub`);
      execFileSync("mv", [`${user}-cert.pub`, join(own.dir, "elsewhere.pub")]);
      const file = join(own.dir, "ssh_config");
      writeFileSync(file, `Host web*\n  CertificateFile ${join(own.dir, "elsewhere.pub")}\n`, { mode: 0o600 });
      const target = targetOf(own, {
        keys: [user],
        asked: "web1",
        openssh: { why: "CertificateFile", files: [file], options: [] },
      });
      await withTransport(target, async (transport) => {
        expect((await runOn(transport, "echo on")).out).toBe("on\n");
      });
      rmSync(file);
    });
  });
});

describe.skipIf(sshdMissing !== undefined)("IdentitiesOnly", () => {
  it("leaves out what the agent holds beside the keys that are named", async () => {
    await withSshd({ config: ["MaxAuthTries 2"] }, async (sshd) => {
      const socket = join(sshd.dir, "agent");
      const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
      try {
        await until(() => existsSync(socket));
        const add = (key: string) =>
          execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
        for (const name of ["a", "b", "c"]) {
          keygen(join(sshd.dir, name), "ed25519");
          add(join(sshd.dir, name));
        }
        add(sshd.userKeyPath);
        // Only the agent has the private half from here on.
        const offered = [`${sshd.userKeyPath}.pub`];
        const target = targetOf(sshd, { keys: [], offered, agent: socket });
        expect(await unreachable(connect({ ...target, offered: [] }, NEVER))).toMatchObject({ stage: "auth" });
        await withTransport({ ...target, identitiesOnly: true }, async (transport) => {
          expect((await runOn(transport, "echo on")).out).toBe("on\n");
        });
        await withTransport({ ...target, identitiesOnly: true, openssh }, async (transport) => {
          expect((await runOn(transport, "echo on")).out).toBe("on\n");
        });
      } finally {
        agent.kill();
      }
    });
  });
});
