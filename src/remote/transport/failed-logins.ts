/**
 * What came of a run's logins, by sshd. That of OpenSSH 9.8 and later refuses whom it has seen fail for a while, and
 * longer for each further failure (sshd_config(5), PerSourcePenalties): a run fails there once.
 */
import { Unreachable } from "../../core/problem.ts";
import type { Deadlines } from "./deadline.ts";
import type { Trace } from "./trace.ts";
import type { Target } from "../../core/target.ts";

/** On what terms a host is reached. */
export interface Terms {
  readonly signal: AbortSignal;
  readonly deadlines: Deadlines;
  /** Those of the run. */
  readonly logins: FailedLogins;
  /** Records how the host is reached (`-vvv`). */
  readonly trace?: Trace | undefined;
}

export class FailedLogins {
  readonly #failures = new Map<string, Unreachable>();

  /** @throws Unreachable when a login of this run was refused there, whoever it was for. */
  mayTry(target: Target): void {
    const failure = this.#failures.get(sshdOf(target));
    if (failure === undefined || failure.retry) return;
    const what = `no further login is tried there in this run: ${failure.message}`;
    throw new Unreachable(failure.stage, what, failure.hint === undefined ? {} : { hint: failure.hint });
  }

  /** Whether a login of this run failed there, or went before it was done. */
  failedAt(target: Target): boolean {
    return this.#failures.has(sshdOf(target));
  }

  /** Keeps a failure that sshd counts: a connection that was there and ended without a login. */
  note(target: Target, error: unknown): void {
    if (!(error instanceof Unreachable) || !COUNTED.has(error.stage)) return;
    const [sshd, before] = [sshdOf(target), this.#failures.get(sshdOf(target))];
    if (before === undefined || before.retry) this.#failures.set(sshd, error);
  }
}

const COUNTED: ReadonlySet<Unreachable["stage"]> = new Set(["host-key", "auth"]);

/** An sshd as it is reached, whoever logs in: it knows where the last connection of the way comes from. */
function sshdOf({ address, port, proxyCommand, jump, hostKeyAlias }: Target): string {
  return JSON.stringify([address, port, proxyCommand ?? null, hostKeyAlias ?? null, jump.map(sshdOf)]);
}
