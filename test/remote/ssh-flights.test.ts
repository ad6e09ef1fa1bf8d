/** What a connection costs on the way: what we send, and how often we wait for the host before we send more. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { expect, describe, it } from "vitest";
import { DEADLINES } from "../../src/remote/transport/deadline.ts";
import { knownHost } from "../../src/remote/ssh/known-hosts.ts";
import { loadKeys } from "../../src/remote/ssh/private-keys.ts";
import { openShell } from "../../src/remote/shell/open-shell.ts";
import { SshConnection } from "../../src/remote/ssh/connection.ts";
import { handshake } from "../../src/remote/ssh/handshake.ts";
import type { Target } from "../../src/core/target.ts";
import { keygen, runOn, sshdMissing, targetOf, withSshd, withTransport } from "./sshd.ts";
import type { Sshd, SshdOptions } from "./sshd.ts";

/**
 * Between us and the socket. The host's version comes by itself, as on a real line: what sshd sends behind it waits for
 * the version to be acknowledged (Nagle), so for a whole round trip.
 */
class Tap extends Duplex {
  /** Bytes of each flight: what went out without anything coming in between. */
  readonly flights: number[] = [];
  readonly #socket: Socket;
  #heard = true;
  #greeted = false;
  #behind: Buffer | undefined;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("close", () => this.destroy());
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    // What came is pushed as it comes.
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#heard) this.flights.push(0);
    this.#heard = false;
    this.flights.push(this.flights.pop()! + chunk.length);
    this.#socket.write(chunk, done);
    const behind = this.#behind;
    if (behind === undefined) return;
    this.#behind = undefined;
    setImmediate(() => this.#hand(behind));
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    if (this.#greeted) return this.#behind === undefined ? this.#hand(chunk) : this.#hold(chunk);
    this.#greeted = true;
    const end = chunk.indexOf("\n") + 1;
    this.#behind = chunk.subarray(end);
    this.#hand(chunk.subarray(0, end));
  }

  #hold(chunk: Buffer): void {
    this.#behind = Buffer.concat([this.#behind ?? Buffer.alloc(0), chunk]);
  }

  #hand(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#heard = true;
    this.push(chunk);
  }
}

async function tapped(target: Target): Promise<{ readonly tap: Tap; readonly connection: SshConnection }> {
  const [keys, known] = await Promise.all([loadKeys(target), knownHost(target)]);
  const tap = new Tap(connect({ host: target.address, port: target.port, noDelay: true }));
  const nothing = () => Promise.resolve();
  const route = { stream: tap, by: "tcp", trouble: () => "", ended: nothing, release: nothing } as const;
  const made = await handshake(
    target,
    route,
    { keys, known, failedBefore: () => false },
    DEADLINES,
    new AbortController().signal,
  );
  return { tap, connection: new SshConnection(target, { ...made, route, deadlines: DEADLINES, connectedIn: 0 }) };
}

/** Flights until a shell has answered its first and its second script, and the types of all packets that sshd got. */
async function cost(sshd: Sshd, change: Partial<Target> = {}) {
  // A machine without a turn for us for long makes no packet of its own.
  const { tap, connection } = await tapped(targetOf(sshd, { keepalive: { interval: 600, count: 3 }, ...change }));
  const shell = await openShell(connection, undefined);
  let answered: () => void = () => undefined;
  shell.onData(() => answered());
  const counts: number[] = [];
  for (let script = 0; script < 2; script += 1) {
    const answer = new Promise<void>((resolve) => (answered = resolve));
    shell.write("echo answer\n");
    await answer;
    counts.push(tap.flights.length);
  }
  const flights = [...tap.flights];
  shell.end();
  await shell.ended;
  await connection.close();
  await sshd.logged(/Disconnected from|disconnected by user/);
  const types = [...sshd.log().matchAll(/receive packet: type (\d+)/g)].map((match) => Number(match[1]));
  return { counts, flights, types };
}

const debugging: SshdOptions = { config: ["LogLevel DEBUG3"], hostKeys: ["ed25519", "rsa", "ecdsa"] };

describe.skipIf(sshdMissing !== undefined)("round trips", () => {
  it("seven flights to a shell's first answer, one more to the next, and no packet too many", async () => {
    await withSshd(debugging, async (sshd) => {
      const { counts, flights, types } = await cost(sshd);
      // Version; algorithms; our half of the secret; new keys and service; signature; session and command; script.
      expect(counts).toEqual([7, 8]);
      // KEXINIT, ECDH_INIT, NEWKEYS, SERVICE_REQUEST, USERAUTH_REQUEST, CHANNEL_OPEN, CHANNEL_REQUEST, then the
      // ends: EOF, CLOSE, DISCONNECT. (sshd does not log data.)
      expect(types).toEqual([20, 30, 21, 5, 50, 90, 98, 96, 97, 1]);
      expect(flights).toEqual([16, 816, 48, 68, 228, 120, 52, 52]);
    });
  });

  it.each(["rsa", "ecdsa"] as const)("the same with a key of type %s", async (type) => {
    await withSshd(debugging, async (sshd) => {
      const key = join(sshd.dir, type);
      keygen(key, type);
      const { appendFileSync, readFileSync } = await import("node:fs");
      appendFileSync(join(sshd.dir, "authorized_keys"), readFileSync(`${key}.pub`));
      const { counts, types } = await cost(sshd, { keys: [key] });
      expect(counts).toEqual([7, 8]);
      expect(types.filter((each) => each === 50)).toHaveLength(1);
    });
  });

  it("one more for a key that the host does not take", async () => {
    await withSshd(debugging, async (sshd) => {
      keygen(join(sshd.dir, "other"), "ed25519");
      const { counts } = await cost(sshd, { keys: [join(sshd.dir, "other"), sshd.userKeyPath] });
      expect(counts).toEqual([8, 9]);
    });
  });

  it("where no session is to be had, the host's refusal is told, not what became of the command behind it", async () => {
    await withSshd({ maxSessions: 0 }, async (sshd) => {
      await withTransport(targetOf(sshd), async (transport) => {
        await expect(runOn(transport, "true")).rejects.toMatchObject({ stage: "channel" });
      });
    });
  });

  it("two commands that start together each get their own output", async () => {
    await withSshd({}, async (sshd) => {
      await withTransport(targetOf(sshd), async (transport) => {
        const both = await Promise.all([runOn(transport, "echo a"), runOn(transport, "echo b")]);
        expect(both.map(({ out }) => out)).toEqual(["a\n", "b\n"]);
      });
    });
  });

  it.each([
    ["RHEL 7's", "curve25519-sha256,ecdh-sha2-nistp256", "aes256-ctr", "hmac-sha2-256-etm@openssh.com"],
    ["one held to FIPS 140", "ecdh-sha2-nistp384", "aes256-gcm@openssh.com", "hmac-sha2-512"],
    ["finite fields only", "diffie-hellman-group16-sha512", "aes128-ctr", "hmac-sha2-256"],
    ["its own groups only", "diffie-hellman-group-exchange-sha256", "aes128-gcm@openssh.com", "hmac-sha2-256"],
    ["no AES", "curve25519-sha256@libssh.org", "chacha20-poly1305@openssh.com", "hmac-sha2-256"],
  ])("an sshd with few algorithms is reached: %s", async (_, kex, ciphers, macs) => {
    await withSshd({ config: [`KexAlgorithms ${kex}`, `Ciphers ${ciphers}`, `MACs ${macs}`] }, async (sshd) => {
      await withTransport(targetOf(sshd), async (transport) => {
        expect((await runOn(transport, "echo on")).out).toBe("on\n");
      });
    });
  });
});
