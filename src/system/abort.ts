/** Waits that an interruption ends. */
import { setTimeout as sleep } from "node:timers/promises";
import { Interrupted } from "../core/problem.ts";

/** @throws the signal's reason when it fires before the work is done; what the work throws. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
  });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * For work that can be abandoned: reading, prompting, reaching a host, looking. An interruption does not wait for it.
 * @throws Interrupted; what the work throws.
 */
export async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await unlessAborted(stop, work);
  } catch (error) {
    // An error that the interruption itself caused is not reported (a program that prompts gets the interruption, too).
    if (!stop.aborted) throw error;
    throw stop.reason instanceof Interrupted ? stop.reason : new Interrupted();
  }
}

/** Waits that many seconds, or until the signal fires. It never rejects. */
export function sleepUnlessAborted(seconds: number, signal?: AbortSignal): Promise<void> {
  return sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
