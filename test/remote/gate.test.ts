/** How many connections are opened at once. */
import { setMaxListeners } from "node:events";
import { expect, test, vi } from "vitest";
import { ConnectThrottle } from "../../src/remote/transport/connect-throttle.ts";

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

/** Work that goes on until it is told. */
function works(gate: ConnectThrottle, count: number, signal = NEVER) {
  const inside: (() => void)[] = [];
  const all = Array.from({ length: count }, () =>
    gate.run(signal, async (answered) => {
      answered();
      await new Promise<void>((resolve) => inside.push(resolve));
    }),
  );
  return { inside, all };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("who does not fit waits, in order, and each that is quick makes room for one more", async () => {
  const gate = new ConnectThrottle();
  const { inside, all } = works(gate, 200);
  await settled();
  expect(inside.length).toBe(64);
  inside[0]?.();
  await settled();
  expect({ begun: inside.length, room: gate.room }).toEqual({ begun: 66, room: 65 });
  for (let next = 1; next < 200; next += 1) {
    await settled();
    inside[next]?.();
  }
  await Promise.all(all);
  expect(gate.room).toBe(256);
});

test("who fails makes room, and not more of it", async () => {
  const gate = new ConnectThrottle();
  const failing = Array.from({ length: 100 }, () => gate.run(NEVER, () => Promise.reject(new Error("refused"))));
  const ends = await Promise.allSettled(failing);
  expect(ends.every(({ status }) => status === "rejected")).toBe(true);
  expect(gate.room).toBe(64);
});

test("who waits hears that all is over", async () => {
  const gate = new ConnectThrottle();
  const stop = new AbortController();
  const { inside, all } = works(gate, 65, stop.signal);
  await settled();
  stop.abort(new Error("interrupted"));
  await expect(all[64]).rejects.toThrow("interrupted");
  inside.forEach((end) => end());
  await Promise.all(all.slice(0, 64));
  expect(inside.length).toBe(64);
});

test("hosts that are silent do not hold up the others", async () => {
  vi.useFakeTimers();
  try {
    const gate = new ConnectThrottle();
    for (let n = 0; n < 64; n += 1) void gate.run(NEVER, () => new Promise(() => undefined));
    const begun = vi.fn(() => Promise.resolve("reached"));
    const other = gate.run(NEVER, begun);
    await vi.advanceTimersByTimeAsync(900);
    expect(begun).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    await expect(other).resolves.toBe("reached");
  } finally {
    vi.useRealTimers();
  }
});
