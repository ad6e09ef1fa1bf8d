/** How a host was reached, from the first try to the answer of its first batch. */
import type { ConnectionReport, SettingOrigin } from "../core/connection.ts";
import type { Target } from "../core/target.ts";
import { Trace, since } from "./transport/trace.ts";

export class HostTrace {
  readonly trace = new Trace();
  readonly #report: (report: ConnectionReport) => void;
  #began = performance.now();
  /** Milliseconds to the login, until that is reported. */
  #ms: number | undefined;

  constructor(report: (report: ConnectionReport) => void) {
    this.#report = report;
  }

  begin({ connection, address, port, user }: Target, from: readonly SettingOrigin[]): void {
    this.#began = performance.now();
    if (connection === "ssh") this.trace.add({ step: "settings", address, port, user, from });
  }

  connected(): void {
    this.#ms = since(this.#began);
  }

  /** @param user the one that sudo makes of the login user */
  opened(user: string | undefined, began: number): void {
    this.trace.add({ step: "shell", ...(user === undefined ? {} : { user }), ms: since(began) });
  }

  /** The first batch of a shell is answered. */
  answered(began: number): void {
    this.trace.add({ step: "first-batch", ms: since(began) });
    this.#reached();
  }

  /** @param began when the work began that failed; left out: the connection */
  failed(error: unknown, began = this.#began): void {
    this.trace.failed(error, began);
    this.#say("failed", since(this.#ms === undefined ? began : this.#began));
  }

  /** What was not reported yet: a connection that no batch was sent over. */
  end(): void {
    if (this.trace.steps.length > 0) this.#reached();
  }

  #reached(): void {
    const ms = this.#ms;
    if (ms !== undefined) return this.#say("reached", ms);
    this.#say(
      "shell",
      this.trace.steps.reduce((sum, step) => sum + (step.ms ?? 0), 0),
    );
  }

  #say(result: ConnectionReport["result"], ms: number): void {
    this.#ms = undefined;
    const { by, why } = this.trace;
    const chosen = { ...(by === undefined ? {} : { by }), ...(why === undefined ? {} : { why }) };
    this.#report({ result, ...chosen, ms: Math.round(ms * 10) / 10, steps: this.trace.take() });
  }
}
