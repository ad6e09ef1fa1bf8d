/** A second and a third try for what dropped too early. */
import { setTimeout as sleep } from "node:timers/promises";
import { Unreachable } from "../../core/problem.ts";
import { startTimer } from "./deadline.ts";
import { since } from "./trace.ts";
import type { Trace } from "./trace.ts";

/**
 * Milliseconds before the second and the third try, each times 0.5 to 1.5: hosts that dropped together must not be
 * retried at one moment.
 */
const PAUSES = [400, 1200];

/**
 * Seconds after which nothing is tried again: a host that drops connections does so at once, and a proxy that hangs
 * would hang again.
 */
const PATIENCE = 5;

/** @throws what the last try threw; at once what no second try can help; the signal's reason. */
export async function withRetries<T>(work: () => Promise<T>, signal: AbortSignal, trace?: Trace): Promise<T> {
  const patience = new AbortController();
  const ended = startTimer(PATIENCE, () => patience.abort());
  try {
    for (const pause of PAUSES) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Unreachable && error.retry) || patience.signal.aborted) throw error;
      }
      const began = performance.now();
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
      trace?.add({ step: "retry", ms: since(began) });
    }
    return await work();
  } finally {
    ended();
  }
}
