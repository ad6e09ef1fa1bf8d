/** What a connection offers, at a real sshd. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import type * as ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/remote/connect.ts";
import { containing, failureOf, fakeServer, faultyWay, matching, unreachable } from "./faults.ts";
import { punishes, runOn, sshdMissing, sshdVersion, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;

describe.skipIf(sshdMissing)(`a host over SSH${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ maxStartups: "100" });
  });
  afterAll(() => sshd.stop());

  describe("commands", () => {
    it("give output, error output and code", async () => {
      const result = await withTransport(targetOf(sshd), (host) => runOn(host, "echo hello; echo oops >&2; exit 3"));
      expect(result).toEqual({ out: "hello\n", err: "oops\n", ended: "exit 3" });
    });

    it("get every byte of standard input as it is; a string goes as UTF-8", async () => {
      const bytes = Uint8Array.from({ length: 1 << 16 }, (_, index) => index % 256);
      const expected = execFileSync("sha256sum", { input: bytes }).toString();
      await withTransport(targetOf(sshd), async (host) => {
        expect((await runOn(host, "sha256sum", bytes)).out).toBe(expected);
        expect((await runOn(host, "od -An -tx1", "é€😀")).out.trim()).toBe("c3 a9 e2 82 ac f0 9f 98 80");
      });
    });

    it("print more than a window holds, on both outputs, and nothing is missing", async () => {
      const { out, err, ended } = await withTransport(targetOf(sshd), (host) =>
        runOn(host, "head -c 9000000 /dev/zero >&2 & head -c 9000000 /dev/zero; wait"),
      );
      expect([out.length, err.length, ended]).toEqual([9_000_000, 9_000_000, "exit 0"]);
    });

    it("keep what comes before a listener is there", async () => {
      await withTransport(targetOf(sshd), async (host) => {
        const channel = await host.exec("echo early");
        await new Promise((resolve) => setTimeout(resolve, 100));
        let out = "";
        channel.onData((chunk) => (out += Buffer.from(chunk).toString()));
        await channel.ended;
        expect(out).toBe("early\n");
      });
    });

    it("run beside each other on one connection", async () => {
      const before = sshd.log().match(/Accepted publickey/g)?.length ?? 0;
      await withTransport(targetOf(sshd), async (host) => {
        const all = await Promise.all([1, 2, 3, 4, 5].map((n) => runOn(host, `echo ${n}`)));
        expect(all.map(({ out }) => out).join("")).toBe("1\n2\n3\n4\n5\n");
      });
      expect(sshd.log().match(/Accepted publickey/g)?.length).toBe(before + 1);
    });

    it("are killed, or given up where sshd sends root's commands no signal, as before 10.0", async () => {
      const own = await startSshd({ users: [{ name: "ops" }] });
      await withTransport(targetOf(own, { user: own.accounts.get("ops")! }), async (host) => {
        const channel = await host.exec("exec sleep 60");
        channel.kill();
        expect(await channel.ended).toEqual({ is: "signal", signal: "SIGKILL" });
      });
      await withTransport(targetOf(own), async (host) => {
        const [deaf, reading] = [await host.exec("exec sleep 30"), await host.exec("exec cat")];
        deaf.kill();
        reading.kill();
        const killed = { is: "signal", signal: "SIGKILL" };
        const givenUp = { is: "lost", why: "killed, and the host did not say how it ended" };
        expect(await reading.ended).toEqual(sshdVersion < 1000 ? { is: "exit", code: 0 } : killed);
        expect(await deaf.ended).toEqual(sshdVersion < 1000 ? givenUp : killed);
      });
      await own.stop();
    });

    it("may be written to after they have ended", async () => {
      await withTransport(targetOf(sshd), async (host) => {
        const channel = await host.exec("true");
        await channel.ended;
        channel.write("late");
        channel.end();
        channel.kill();
        expect(await channel.ended).toEqual({ is: "exit", code: 0 });
      });
    });
  });

  describe("connecting", () => {
    it("tells how long it took and may be closed twice", async () => {
      const host = await connect(targetOf(sshd), NEVER);
      expect(host.connectedIn).toBeGreaterThan(0);
      await Promise.all([host.close(), host.close()]);
      expect(await unreachable(host.exec("true"))).toMatchObject({ stage: "connection", message: "closed" });
    });

    it("makes one attempt to log in, without asking what the host takes", async () => {
      const own = await startSshd({ config: ["LogLevel DEBUG1"] });
      await withTransport(targetOf(own), (host) => runOn(host, "true"));
      const attempts = own.log().match(/userauth-request for user root service ssh-connection method \S+/g);
      await own.stop();
      expect(attempts?.map((line) => line.split(" ").at(-1))).toEqual(["publickey"]);
    });

    // Held back until the one before it is acknowledged, each would take 40 ms: longer than a test may.
    it("sends with TCP_NODELAY: a thousand small questions, each answered at once", async () => {
      await withTransport(targetOf(sshd), async (host) => {
        const channel = await host.exec("cat");
        let answered: () => void = () => undefined;
        channel.onData(() => answered());
        for (let n = 0; n < 1000; n += 1) {
          const answer = new Promise<void>((resolve) => (answered = resolve));
          channel.write("x");
          channel.write("y");
          await answer;
        }
        channel.end();
        await channel.ended;
      });
    });

    it("stops when the signal fires, and leaves nothing open", async () => {
      const silent = await fakeServer(() => undefined);
      const stop = new AbortController();
      const reason = new Error("interrupted");
      const connecting = connect(targetOf(sshd, { port: silent.port }), stop.signal);
      setTimeout(() => stop.abort(reason), 50);
      await expect(connecting).rejects.toBe(reason);
      await silent.stop();
    });

    it("shows no banner of the host as output", async () => {
      const own = await startSshd({ banner: "go away\n" });
      const result = await withTransport(targetOf(own), (host) => runOn(host, "echo fine"));
      await own.stop();
      expect(result).toEqual({ out: "fine\n", err: "", ended: "exit 0" });
    });

    it("an option that names no common algorithm is told", async () => {
      const own = await startSshd({ config: ["KexAlgorithms sntrup761x25519-sha512@openssh.com"] });
      const error = await failureOf(targetOf(own));
      await own.stop();
      expect(error).toMatchObject({ stage: "handshake", message: containing("no matching key exchange") });
      expect(error.hint).toContain("`ansible_connection: openssh`");
    });

    it("F21 0.21 MaxStartups with idle logins in the way: told apart, tried again with pauses", async () => {
      const own = await startSshd({ maxStartups: "2:100:2" });
      const idle = [0, 1].map(() => dial(own.port, "127.0.0.1"));
      await Promise.all(idle.map((socket) => once(socket, "data")));
      const start = performance.now();
      const error = await failureOf(targetOf(own));
      expect(error).toMatchObject({ stage: "handshake", retry: true });
      const said = punishes ? "Not allowed at this time (MaxStartups or PerSourcePenalties)" : "Exceeded MaxStartups";
      expect(error.message).toBe(`the host takes no more connections now: ${said}`);
      // Two pauses, of half their length at least.
      expect(performance.now() - start).toBeGreaterThan(750);
      const later = connect(targetOf(own), NEVER);
      setTimeout(() => idle.forEach((socket) => socket.destroy()), 100);
      await (await later).close();
      await own.stop();
    });
  });

  describe("F20 MaxSessions", () => {
    it("0: no session at all", async () => {
      const own = await startSshd({ maxSessions: 0 });
      const error = await withTransport(targetOf(own), (host) => unreachable(host.exec("true")));
      await own.stop();
      expect(error).toMatchObject({
        stage: "channel",
        message: matching(/^the host allows no session \(/),
      });
      expect(error.hint).toContain("MaxSessions 0");
    });

    it("1: the second at the same time is refused, one after the other is not", async () => {
      const own = await startSshd({ maxSessions: 1 });
      await withTransport(targetOf(own), async (host) => {
        const first = await host.exec("cat");
        const error = await unreachable(host.exec("true"));
        expect(error.message).toMatch(/^the host allows no session beyond the 1 that are open/);
        first.end();
        await first.ended;
        expect((await runOn(host, "echo again")).out).toBe("again\n");
      });
      await own.stop();
    });
  });

  it("F80 whatever the host wants to open here is refused", async () => {
    const { Server } = createRequire(import.meta.url)("ssh2") as typeof ssh2;
    const { readFileSync } = await import("node:fs");
    const answers: string[] = [];
    const server = new Server({ hostKeys: [readFileSync(join(sshd.dir, "host_ed25519"))] }, (client) => {
      client.on("authentication", (context) => context.accept());
      client.on("error", () => undefined);
      client.on("session", (accept) => {
        accept().on("exec", (acceptExec) => {
          const stream = acceptExec();
          const note = (what: string) => (error?: Error) => answers.push(`${what}: ${error ? "refused" : "opened"}`);
          client.x11("127.0.0.1", 1, note("x11"));
          client.forwardOut("127.0.0.1", 1, "127.0.0.1", 2, note("forwarded"));
          client.openssh_forwardOutStreamLocal("/tmp/x", (error) => {
            note("unix")(error);
            stream.exit(0);
            stream.end();
          });
        });
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const alias = `[127.0.0.1]:${sshd.port}`;
    const result = await withTransport(targetOf(sshd, { port, hostKeyAlias: alias }), (host) => runOn(host, "true"));
    await new Promise((resolve) => void server.close(resolve));
    expect(result.ended).toBe("exit 0");
    expect(answers).toEqual(["x11: refused", "forwarded: refused", "unix: refused"]);
  });

  describe("as a process", () => {
    /** Runs TypeScript that uses the transport in a Node of its own; gives its exit code and error output. */
    const inNode = async (
      script: string,
      port = sshd.port,
      onBegun: (child: ChildProcess) => void = () => undefined,
    ) => {
      const target = targetOf(sshd, { port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` });
      const contents = `
        import { connect } from "${join(import.meta.dirname, "../../src/remote/connect.ts")}";
        const target = ${JSON.stringify(target)};
        const never = new AbortController().signal;
        ${script}`;
      const stdin = { contents, resolveDir: import.meta.dirname, loader: "ts" } as const;
      const outfile = join(sshd.dir, `script-${Math.random()}.mjs`);
      const packages = "external";
      await build({ stdin, bundle: true, platform: "node", format: "esm", packages, outfile, write: true });
      execFileSync("ln", ["-sfn", join(import.meta.dirname, "../../node_modules"), join(sshd.dir, "node_modules")]);
      const child = spawn(process.execPath, [outfile], { stdio: ["ignore", "ignore", "pipe"] });
      let err = "";
      child.stderr.on("data", (chunk: Buffer) => {
        err += chunk.toString();
        if (err.includes("begun")) onBegun(child);
      });
      const [code] = (await once(child, "close")) as [number | null];
      return { code, err };
    };

    it("0.14 an exception in a data handler is not swallowed: it ends the process as a bug", async () => {
      const { code, err } = await inNode(`
        const host = await connect(target, never);
        const channel = await host.exec("echo hello");
        channel.onData(() => { throw new Error("a bug of ours"); });
        await channel.ended;
        await host.close();`);
      expect(err).toContain("a bug of ours");
      expect(code).toBe(1);
    });

    it("0.13 closing a blackholed connection lets the process end", async () => {
      const way = await faultyWay(sshd.port);
      const { code } = await inNode(
        `
        const host = await connect(target, never);
        const channel = await host.exec("echo begun; sleep 60");
        await new Promise((resolve) => channel.onData(resolve));
        const stalled = new Promise((resolve) => process.once("SIGUSR2", resolve));
        process.stderr.write("begun");
        await stalled;
        await host.close();`,
        way.port,
        (child) => {
          way.stall();
          child.kill("SIGUSR2");
        },
      );
      await way.stop();
      expect(code).toBe(0);
    });

    it("0.10 without a terminal the command survives a lost connection, and sees the end of its input", async () => {
      const file = join(sshd.dir, "survived");
      await withTransport(targetOf(sshd), async (host) => {
        const channel = await host.exec(`cat >/dev/null; echo on > ${file}`);
        channel.write("x");
      });
      const { existsSync } = await import("node:fs");
      await expect.poll(() => existsSync(file), { timeout: 5000 }).toBe(true);
    });
  });
});
