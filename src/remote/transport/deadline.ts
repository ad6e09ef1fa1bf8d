/** Every stage of reaching a host has a deadline of its own, so that the message can name the stage. */
import { setMaxListeners } from "node:events";
import { unlessAborted } from "../../system/abort.ts";
import { Unreachable } from "../../core/problem.ts";
import type { Target } from "../../core/target.ts";

/** Seconds per stage. TCP's deadline is the target's `connectTimeout`. */
export interface Deadlines {
  readonly dns: number;
  /** From the open connection to the host key accepted: version exchange and key exchange. */
  readonly handshake: number;
  readonly auth: number;
  /**
   * From the request for a channel to the first line of its shell; a silent login is included. Before the first channel
   * sshd makes the login's session. If logind hangs, `pam_systemd(8)` waits 25 s for it in RHEL 7 and 8, two minutes in
   * later releases. A director in that state must still be reachable.
   */
  readonly channel: number;
  /** From the start of sudo to the shell under it, including a password check (LDAP is slow). */
  readonly sudo: number;
  /** All looks of a batch; the deadlines of its steps are added. */
  readonly look: number;
}

export const DEADLINES: Deadlines = { dns: 5, handshake: 10, auth: 15, channel: 30, sudo: 15, look: 60 };

/** A host with more time to connect (`ansible_timeout`, `ConnectTimeout`) is slow in the other stages as well. */
export function deadlinesOf({ connectTimeout }: Pick<Target, "connectTimeout">): Deadlines {
  const { dns, handshake, auth, channel, sudo, look } = DEADLINES;
  const least = (seconds: number): number => Math.max(seconds, connectTimeout);
  return { dns, handshake: least(handshake), auth: least(auth), channel: least(channel), sudo: least(sudo), look };
}

/** setTimeout takes no more milliseconds than this. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `late` after so many seconds, unless the returned function is called before. The time passes in four parts,
 * each begun after the one before. If this process itself was stopped for a while (suspended laptop, overloaded
 * machine), it first reads what the hosts sent meanwhile. Only then does it give up a host.
 */
export function startTimer(seconds: number, late: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (parts: number): void => {
    const next = parts === 1 ? late : () => wait(parts - 1);
    timer = setTimeout(next, Math.min(seconds * 250, LONGEST));
  };
  wait(4);
  return () => clearTimeout(timer);
}

/**
 * The work's outcome, unless the deadline or the signal comes first. The work itself is not stopped: the caller must
 * stop it.
 *
 * @throws what `late` makes; the signal's reason; what the work throws.
 */
export async function withTimeout<T>(
  seconds: number,
  signal: AbortSignal,
  late: () => Error,
  work: Promise<T>,
): Promise<T> {
  let inTime: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    inTime = startTimer(seconds, () => reject(late()));
  });
  try {
    return await unlessAborted(signal, Promise.race([work, over]));
  } finally {
    inTime();
  }
}

/**
 * The channel that a host opens for a command or a connection.
 * @throws Unreachable at stage `channel` after the deadline; what opening it throws.
 */
export function openWithTimeout<T>({ channel }: Deadlines, opening: Promise<T>): Promise<T> {
  const late = () =>
    new Unreachable("channel", `the host started no command within ${channel} s`, {
      hint: "sshd or the login (PAM, systemd-logind, home directory) hangs there",
    });
  return withTimeout(channel, NEVER, late, opening);
}

/** A signal that never fires. */
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);
