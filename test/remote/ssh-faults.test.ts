/** The connection's faults (numbers: the fault catalogue). Real sshd behind a faulty way; raw TCP for what no sshd does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEADLINES } from "../../src/remote/transport/deadline.ts";
import { connect } from "../../src/remote/connect.ts";
import type { Target } from "../../src/core/target.ts";
import { containing, failureOf, fakeServer, faultyWay, matching, unreachable } from "./faults.ts";
import type { Listening } from "./faults.ts";
import { freePort, runOn, sshdMissing, startSshd, targetOf } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;

async function usingServer<T>(
  server: Promise<Listening>,
  work: (port: number, server: Listening) => Promise<T>,
): Promise<T> {
  const listening = await server;
  try {
    return await work(listening.port, listening);
  } finally {
    await listening.stop();
  }
}

describe.skipIf(sshdMissing)(`faults of a connection${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  let sshd: Sshd;
  const at = (port: number, change: Partial<Target> = {}): Target =>
    targetOf(sshd, { port, hostKeyAlias: `[127.0.0.1]:${sshd.port}`, ...change });
  beforeAll(async () => {
    sshd = await startSshd({ maxStartups: "200" });
  });
  afterAll(() => sshd.stop());

  describe("before the login", () => {
    it("F01 refused: at once, named so, not tried again", async () => {
      const error = await failureOf(at(await freePort()));
      expect(error).toMatchObject({
        stage: "tcp",
        message: matching(/^127\.0\.0\.1:\d+ refused the connection$/),
      });
      expect(error.hint).toContain("ansible_port");
      expect(error.retry).toBe(false);
    });

    it("F02 no answer to the SYN: given up after connectTimeout", async () => {
      // A listener whose backlog is full drops further SYNs, as a firewall does.
      const error = await usingBlackhole((port) => failureOf(at(port, { connectTimeout: 1 })));
      expect(error).toMatchObject({ stage: "tcp", message: matching(/^no answer from .* within 1 s$/) });
    });

    it("F03 accepts and never speaks: the handshake's deadline", async () => {
      const error = await usingServer(
        fakeServer(() => undefined),
        (port) => failureOf(at(port)),
      );
      expect(error).toMatchObject({
        stage: "handshake",
        retry: false,
        message: "the port is open, but no SSH version came within 1 s",
      });
    });

    it("F03 a stopped sshd: the kernel accepts, nobody speaks", async () => {
      const stopped = await startSshd();
      process.kill(stopped.pid, "SIGSTOP");
      try {
        const error = await failureOf(targetOf(stopped));
        expect(error).toMatchObject({ stage: "handshake", message: containing("no SSH version") });
      } finally {
        process.kill(stopped.pid, "SIGCONT");
        await stopped.stop();
      }
    });

    it.each([
      ["with newlines", "spam\r\n"],
      ["without", "spam"],
    ])("F04 an endless greeting %s: broken off, without keeping it", async (_, line) => {
      const flood = fakeServer((socket) => {
        const pump = () => {
          while (socket.write(line.repeat(1000)));
        };
        socket.on("drain", pump);
        pump();
      });
      const before = process.memoryUsage().rss;
      const error = await usingServer(flood, (port) => failureOf(at(port)));
      expect(error).toMatchObject({
        stage: "handshake",
        message: matching(/^not an SSH server: it answered `spam/),
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
    });

    it.each([
      ["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "not an SSH server: it answered `HTTP/1.1 400 Bad Request`"],
      ["SMTP, which goes on waiting", "220 mail ESMTP\r\n", "not an SSH server: it answered `220 mail ESMTP`"],
      ["TLS", "\x15\x03\x01\x00\x02\x02\x46", "not an SSH server: it answered a TLS record"],
      ["terminal attacks", "\x1b]0;owned\x07\x1b[2J\r\n", "not an SSH server: it answered `·]0;owned··[2J`"],
    ])("F05 a server that speaks %s is named", async (name, answer, message) => {
      const server = fakeServer((socket) => {
        socket.write(Buffer.from(answer, "latin1"));
        if (name !== "SMTP, which goes on waiting") socket.end();
      });
      const error = await usingServer(server, (port) => failureOf(at(port)));
      expect(error).toMatchObject({ stage: "handshake", message, retry: false });
    });

    it("F05 a protocol version that is not 2", async () => {
      const server = fakeServer((socket) => void socket.write("SSH-1.5-old\r\n"));
      const error = await usingServer(server, (port) => failureOf(at(port)));
      expect(error).toMatchObject({ stage: "handshake", message: "Invalid identification string" });
    });

    it("F06 cut after N bytes, N swept: always unreachable, tried again before the login only", async () => {
      const sizes = Array.from({ length: 60 }, (_, index) => index * 45);
      const results = await Promise.all(
        sizes.map((cutAfter) =>
          usingServer(faultyWay(sshd.port, { cutAfter }), async (port, way) => {
            const result = await connect(at(port), NEVER).then(
              async (host) => {
                const outcome = await runOn(host, "echo fine").catch((error: unknown) => error);
                await host.close();
                return outcome;
              },
              (error: unknown) => error,
            );
            return { result, tries: way.count() };
          }),
        ),
      );
      for (const { result, tries } of results) {
        expect(["Unreachable", "Object"]).toContain(result?.constructor.name);
        if (result instanceof Error) expect(tries).toBe((result as unknown as { retry: boolean }).retry ? 3 : 1);
        else expect(result).toMatchObject({ ended: matching(/^(exit 0|lost: )/) });
      }
      expect(results.filter(({ tries }) => tries === 3).length).toBeGreaterThan(10);
    }, 30_000);

    it("F14 everything comes one byte at a time: it works", async () => {
      await usingServer(faultyWay(sshd.port, { drip: 100_000 }), async (port) => {
        const host = await connect(at(port), NEVER);
        expect(await runOn(host, "echo fine")).toMatchObject({ out: "fine\n", ended: "exit 0" });
        await host.close();
      });
    });

    it("F82 a drip under every idle time: the deadline is one for the whole stage", async () => {
      const server = fakeServer((socket) => {
        const timer = setInterval(() => socket.write("x"), 50);
        socket.on("close", () => clearInterval(timer));
      });
      const error = await usingServer(server, (port) => failureOf(at(port)));
      expect(error).toMatchObject({ stage: "handshake", message: matching(/^not an SSH server: it answered `x+`$/) });
    });
  });

  describe("after the login", () => {
    it.each(["fin", "reset"] as const)("F07 F13 cut while a command runs (%s): lost, never success", async (how) => {
      const way = await faultyWay(sshd.port);
      const host = await connect(at(way.port), NEVER);
      const channel = await host.exec("echo begun; sleep 60");
      await new Promise<void>((resolve) => channel.onData(() => resolve()));
      way.cut(how);
      const ended = await channel.ended;
      expect(ended).toEqual({
        is: "lost",
        why: how === "fin" ? "the host closed the connection" : "the host reset the connection",
      });
      expect(await unreachable(host.exec("true"))).toMatchObject({ stage: "connection" });
      await host.close();
      await way.stop();
    });

    it("F08 cut while output streams: what came is delivered, the end is lost", async () => {
      await usingServer(faultyWay(sshd.port, { cutAfter: 200_000 }), async (port) => {
        const host = await connect(at(port), NEVER);
        const result = await runOn(host, "cat /dev/zero");
        expect(result.ended).toMatch(/^lost: /);
        expect(result.out.length).toBeGreaterThan(100_000);
        await host.close();
      });
    });

    it("F11 blackholed: found out within interval × (count + 1), closing hangs on nothing", async () => {
      const way = await faultyWay(sshd.port);
      const host = await connect(at(way.port, { keepalive: { interval: 0.2, count: 3 } }), NEVER);
      const channel = await host.exec("sleep 60");
      way.stall();
      expect(await channel.ended).toEqual({ is: "lost", why: "the host has been silent for 0.8 s (keepalive)" });
      await host.close();
      await way.stop();
    });

    it("F11 blackholed before the first command: the channel's deadline", async () => {
      const way = await faultyWay(sshd.port);
      const host = await connect(at(way.port), NEVER, { deadlines: { ...DEADLINES, channel: 0.5 } });
      way.stall();
      expect(await unreachable(host.exec("true"))).toMatchObject({
        stage: "channel",
        message: "the host started no command within 0.5 s",
        hint: containing("logind"),
      });
      await host.close();
      await way.stop();
    });

    it("F12 a login's session that PAM takes long to make is not taken for a dead host", async () => {
      const way = await faultyWay(sshd.port);
      const host = await connect(at(way.port, { keepalive: { interval: 0.1, count: 1 } }), NEVER);
      way.stall();
      const ran = runOn(host, "echo done");
      await new Promise((resolve) => setTimeout(resolve, 700));
      way.heal();
      expect(await ran).toMatchObject({ out: "done\n", ended: "exit 0" });
      await host.close();
      await way.stop();
    });

    it("F11 close on a blackholed peer returns", async () => {
      const way = await faultyWay(sshd.port);
      const host = await connect(at(way.port), NEVER);
      const channel = await host.exec("sleep 60");
      way.stall();
      await host.close();
      expect(await channel.ended).toEqual({ is: "lost", why: "closed" });
      await way.stop();
    });

    it("F12 silent for a while, then healed: the command goes on, none of its output is missing", async () => {
      const way = await faultyWay(sshd.port);
      const host = await connect(at(way.port, { keepalive: { interval: 0.3, count: 4 } }), NEVER);
      const channel = await host.exec("echo begun; read x; echo $x");
      let out = "";
      const begun = new Promise<void>((resolve) =>
        channel.onData((chunk) => resolve(void (out += Buffer.from(chunk).toString()))),
      );
      await begun;
      way.stall();
      channel.write("on\n");
      await new Promise((resolve) => setTimeout(resolve, 700));
      way.heal();
      expect(await channel.ended).toEqual({ is: "exit", code: 0 });
      expect(out).toBe("begun\non\n");
      await host.close();
      await way.stop();
    });

    it("F12 a long silent command is not taken for a dead host", async () => {
      const host = await connect(targetOf(sshd, { keepalive: { interval: 0.1, count: 1 } }), NEVER);
      expect(await runOn(host, "sleep 1; echo done")).toMatchObject({ out: "done\n", ended: "exit 0" });
      await host.close();
    });

    it("F16 F17 the session's sshd is stopped for ever: keepalive; killed: lost at once", async () => {
      const host = await connect(targetOf(sshd, { keepalive: { interval: 0.2, count: 2 } }), NEVER);
      const other = await connect(targetOf(sshd), NEVER);
      const [stopped, killed] = [
        Number((await runOn(host, "echo $PPID")).out),
        Number((await runOn(other, "echo $PPID")).out),
      ];
      const [first, second] = [await host.exec("sleep 60"), await other.exec("sleep 60")];
      process.kill(stopped, "SIGSTOP");
      process.kill(killed, "SIGKILL");
      expect(await first.ended).toMatchObject({ is: "lost", why: containing("keepalive") });
      expect(await second.ended).toMatchObject({ is: "lost", why: matching(/closed|reset/) });
      process.kill(stopped, "SIGKILL");
      await Promise.all([host.close(), other.close()]);
    });

    it("0.11 killed by a signal is told apart from an exit and from a loss", async () => {
      const host = await connect(targetOf(sshd), NEVER);
      expect((await runOn(host, "kill -TERM $$")).ended).toBe("SIGTERM");
      expect((await runOn(host, "exit 255")).ended).toBe("exit 255");
      await host.close();
    });
  });
});

/** A port whose backlog is full: SYNs get no answer. */
async function usingBlackhole<T>(work: (port: number) => Promise<T>): Promise<T> {
  const { spawn } = await import("node:child_process");
  const script = `
    use Socket;
    socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0, inet_aton("127.0.0.1"))); listen($s, 0);
    my ($port) = sockaddr_in(getsockname($s)); $| = 1;
    my @held; for (1..3) { socket(my $c, PF_INET, SOCK_STREAM, 0); use Fcntl; fcntl($c, F_SETFL, O_NONBLOCK); connect($c, sockaddr_in($port, inet_aton("127.0.0.1"))); push @held, $c; }
    print "$port\\n"; sleep 60;`;
  const child = spawn("perl", ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const port = await new Promise<number>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString()))),
    );
    return await work(port);
  } finally {
    child.kill();
  }
}
