/** Records how a host is reached. Without `-vvv` there is no trace, and nothing is recorded. */
import { ConnectionLost } from "../../core/batch.ts";
import type { ConnectionBy, ConnectionStep } from "../../core/connection.ts";
import { Unreachable } from "../../core/problem.ts";

export class Trace {
  /** Which program speaks SSH, and why; once that is decided. */
  by: ConnectionBy | undefined;
  why: string | undefined;
  #steps: ConnectionStep[] = [];

  /** Steps so far that were not taken. */
  get steps(): readonly ConnectionStep[] {
    return this.#steps;
  }

  add(step: ConnectionStep): void {
    this.#steps.push(step);
  }

  chose(by: ConnectionBy, why: string): void {
    this.by = by;
    this.why = why;
  }

  /** The steps of a jump host's connection, as its own. */
  adopt(steps: readonly ConnectionStep[], via: string): void {
    this.#steps.push(...steps.map((step) => ({ ...step, via: step.via ?? via })));
  }

  /** A try that failed; one that was noted already is not noted again. */
  failed(error: unknown, began: number): void {
    const lost = error instanceof ConnectionLost ? "connection" : "interrupted";
    const stage = error instanceof Unreachable ? error.stage : lost;
    const why = error instanceof Error ? error.message : String(error);
    const last = this.#steps.at(-1);
    if (last?.step === "failed" && last.via === undefined && last.why === why) return;
    this.add({ step: "failed", stage, why, ms: since(began) });
  }

  /** The steps since the last time. */
  take(): readonly ConnectionStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}

/** Milliseconds since then (performance.now), to a tenth. */
export function since(began: number): number {
  return Math.round((performance.now() - began) * 10) / 10;
}
