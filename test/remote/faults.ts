/** Ways to break a connection that a real sshd does not offer. */
import { once } from "node:events";
import { createServer, connect as dial } from "node:net";
import type { Server, Socket } from "node:net";
import { expect } from "vitest";
import { connect } from "../../src/remote/connect.ts";
import type { Transport } from "../../src/remote/transport/transport.ts";
import type { Target } from "../../src/core/target.ts";
import type { Deadlines } from "../../src/remote/transport/deadline.ts";
import { DEADLINES } from "../../src/remote/transport/deadline.ts";
import { Unreachable } from "../../src/core/problem.ts";

export interface Listening {
  readonly port: number;
  /** Connections so far. */
  count(): number;
  stop(): Promise<void>;
}

/** A TCP server on loopback that does with each connection what the test says. */
export async function fakeServer(serve: (socket: Socket) => void): Promise<Listening> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    count += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: portOf(server), count: () => count, stop: () => shut(server, sockets) };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function shut(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  sockets.forEach((socket) => socket.destroy());
  await closed;
}

interface FaultyWay extends Listening {
  /** From now on no byte passes in either direction, and nobody is told. */
  stall(): void;
  /** Lets everything pass again, what was held back first. */
  heal(): void;
  /** Ends every connection: in order towards us, or with a reset. */
  cut(how: "fin" | "reset"): void;
}

interface Faults {
  /** Cut after so many bytes from the server. */
  readonly cutAfter?: number;
  /** The bytes from the server come one at a time until so many have come. */
  readonly drip?: number;
}

/** A TCP proxy in front of a port, with faults. */
export async function faultyWay(to: number, faults: Faults = {}): Promise<FaultyWay> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  const listening = await fakeServer((near) => {
    near.setNoDelay(true);
    const far = dial({ port: to, host: "127.0.0.1", noDelay: true });
    far.on("error", () => near.destroy());
    near.pipe(far);
    pass(far, near, faults);
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on("close", () => pairs.delete(pair));
  });
  const each = (work: (socket: Socket) => void) => pairs.forEach((pair) => pair.forEach(work));
  return {
    ...listening,
    stall: () => each((socket) => socket.pause()),
    heal: () => each((socket) => socket.resume()),
    cut: (how) => pairs.forEach(([near]) => (how === "fin" ? near.end() : near.resetAndDestroy())),
  };
}

function pass(from: Socket, to: Socket, { cutAfter, drip = 0 }: Faults): void {
  let passed = 0;
  from.on("data", (chunk: Buffer) => {
    const left = cutAfter === undefined ? chunk.length : Math.min(chunk.length, cutAfter - passed);
    for (let at = 0; at < left;) {
      const size = passed < drip ? 1 : left - at;
      to.write(chunk.subarray(at, at + size));
      at += size;
      passed += size;
    }
    if (cutAfter !== undefined && passed >= cutAfter) {
      to.end();
      from.destroy();
    }
  });
  from.on("end", () => to.end());
}

const QUICK: Deadlines = { ...DEADLINES, dns: 1, handshake: 1, auth: 2, channel: 1 };

/** The failure of a connect. Deadlines are those of tests unless given. */
export async function failureOf(target: Target, deadlines: Partial<Deadlines> = {}): Promise<Unreachable> {
  let transport: Transport;
  try {
    transport = await connect(target, new AbortController().signal, { deadlines: { ...QUICK, ...deadlines } });
  } catch (error) {
    if (error instanceof Unreachable) return error;
    throw error;
  }
  await transport.close();
  throw new Error("the host was reached");
}

/** What a promise that should fail failed with. */
export async function unreachable(work: Promise<unknown>): Promise<Unreachable> {
  const result = await work.catch((error: unknown) => error);
  if (result instanceof Unreachable) return result;
  throw new Error(`not Unreachable: ${String(result)}`);
}

/** A string with a text in it, for `toMatchObject`. */
export function containing(text: string): string {
  return expect.stringContaining(text) as string;
}

/** A string that matches, for `toMatchObject`. */
export function matching(pattern: RegExp): string {
  return expect.stringMatching(pattern) as string;
}
