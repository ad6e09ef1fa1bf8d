import type { Recap, TaskStatus } from "../core/event.ts";
import type { Cost } from "../core/batch.ts";

/** Counts of one host, for the recap. */
export class HostCounts {
  readonly #host: string;
  readonly #counts = new Map<TaskStatus | "unreachable", number>();

  constructor(host: string) {
    this.#host = host;
  }

  count(status: TaskStatus | "unreachable"): void {
    this.#counts.set(status, this.of(status) + 1);
  }

  of(status: TaskStatus | "unreachable"): number {
    return this.#counts.get(status) ?? 0;
  }

  /** As in Ansible, what has changed is ok as well. */
  recap(cost: Cost | undefined): Recap {
    return {
      host: this.#host,
      ok: this.of("ok") + this.of("changed") + this.of("ignored"),
      changed: this.of("changed"),
      failed: this.of("failed"),
      unreachable: this.of("unreachable"),
      unknown: this.of("unknown"),
      skipped: this.of("skipped"),
      ignored: this.of("ignored"),
      notRun: this.of("not-run"),
      willChange: this.of("will-change"),
      depends: this.of("depends"),
      cost,
    };
  }
}
