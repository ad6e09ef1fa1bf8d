/** Every stage of reaching a host has a deadline of its own, so that the message can name the stage. */
import { setMaxListeners } from "node:events";

/** Seconds a stage. TCP's deadline is the target's `connectTimeout`. */
export interface Deadlines {
  readonly dns: number;
  /** From the open connection to the host key accepted: version exchange and key exchange. */
  readonly handshake: number;
  readonly auth: number;
  /** Opening a channel and starting a command on it. */
  readonly channel: number;
  /** From the start of sudo to the shell under it, a password included (LDAP is slow). */
  readonly sudo: number;
}

export const DEADLINES: Deadlines = { dns: 5, handshake: 10, auth: 15, channel: 10, sudo: 15 };

/**
 * The work's outcome, unless the deadline or the signal comes first. The work itself is not stopped: whoever started
 * it takes it down.
 *
 * @throws what `late` makes; the signal's reason; what the work throws.
 */
export async function within<T>(seconds: number, signal: AbortSignal, late: () => Error, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000);
  });
  try {
    return await unlessAborted(signal, Promise.race([work, over]));
  } finally {
    clearTimeout(timer);
  }
}

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

/** A signal that never fires. */
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);
