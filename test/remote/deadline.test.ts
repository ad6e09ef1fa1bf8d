/** Deadlines of the stages of reaching a host. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { withRetries } from "../../src/remote/transport/retry.ts";
import { DEADLINES, NEVER, deadlinesOf, startTimer, withTimeout } from "../../src/remote/transport/deadline.ts";
import { Unreachable } from "../../src/core/problem.ts";
import { fakeServer } from "./faults.ts";

const late = (): Error => new Error("late");

test("a host that is given more time to connect is given it for every stage, and none is given less", () => {
  const of = (connectTimeout: number) => deadlinesOf({ connectTimeout });
  expect(of(1)).toEqual(DEADLINES);
  expect(of(60)).toEqual({ dns: DEADLINES.dns, handshake: 60, auth: 60, channel: 60, sudo: 60, look: DEADLINES.look });
});

test("work that never ends is given up, by the error that the stage makes", async () => {
  await expect(withTimeout(0.05, NEVER, late, new Promise(() => undefined))).rejects.toThrow("late");
});

test("one that was called off never comes", async () => {
  let came = false;
  startTimer(0.01, () => (came = true))();
  await new Promise<void>((resolve) => void startTimer(0.1, resolve));
  expect(came).toBe(false);
});

/** As when the process is stopped: it has no turn for so many milliseconds. */
function stopped(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("a process that was stopped itself tries again what dropped meanwhile", { timeout: 60_000 }, async () => {
  let tries = 0;
  const dropped = async (): Promise<never> => {
    if ((tries += 1) === 1) stopped(5500);
    await new Promise((resolve) => setImmediate(resolve));
    throw new Unreachable("handshake", "dropped", { retry: true });
  };
  await expect(withRetries(dropped, NEVER)).rejects.toThrow("dropped");
  expect(tries).toBe(3);
});

test("a process that was stopped itself reads what has come meanwhile before it gives a host up", async () => {
  const server = await fakeServer((socket) => socket.end("here"));
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const read = withTimeout(0.4, NEVER, late, once(socket, "data"));
  stopped(1000);
  expect(String(await read)).toBe("here");
  socket.destroy();
  await server.stop();
});
