/**
 * The outcomes of a run's logins, by sshd. OpenSSH's sshd since 9.8 refuses an address for a while after a failed
 * login. Each further failure makes that longer (sshd_config(5), PerSourcePenalties), so a run fails there only once.
 */
import { Unreachable } from "../../core/problem.ts";
import type { Deadlines } from "./deadline.ts";
import type { Trace } from "./trace.ts";
import type { Target } from "../../core/target.ts";

/** The conditions under which a host is reached. */
export interface Terms {
  readonly signal: AbortSignal;
  readonly deadlines: Deadlines;
  /** The failed logins of the run. */
  readonly logins: FailedLogins;
  /** Records how the host is reached (`-vvv`). */
  readonly trace?: Trace | undefined;
}

export class FailedLogins {
  readonly #failures = new Map<string, Unreachable>();

  /** @throws Unreachable when a login of this run was refused there, no matter for which user. */
  mayTry(target: Target): void {
    const failure = this.#failures.get(sshdOf(target));
    if (failure === undefined || failure.retry) return;
    const what = `no further login is tried there in this run: ${failure.message}`;
    throw new Unreachable(failure.stage, what, failure.hint === undefined ? {} : { hint: failure.hint });
  }

  /** Whether a login of this run failed there, or was lost before it was complete. */
  failedAt(target: Target): boolean {
    return this.#failures.has(sshdOf(target));
  }

  /** Keeps a failure that sshd counts: a connection that was open and ended without a login. */
  note(target: Target, error: unknown): void {
    if (!(error instanceof Unreachable) || !COUNTED.has(error.stage)) return;
    const [sshd, before] = [sshdOf(target), this.#failures.get(sshdOf(target))];
    if (before === undefined || before.retry) this.#failures.set(sshd, error);
  }
}

const COUNTED: ReadonlySet<Unreachable["stage"]> = new Set(["host-key", "auth"]);

/**
 * An sshd and the route to it, no matter for which user: it sees the address that the last connection of the route
 * comes from.
 */
function sshdOf({ address, port, proxyCommand, jump, hostKeyAlias }: Target): string {
  return JSON.stringify([address, port, proxyCommand ?? null, hostKeyAlias ?? null, jump.map(sshdOf)]);
}
