import { isSkipped } from "./bind/bound.ts";
import type { Bound, Skipped } from "./bind/bound.ts";
import type { BoundTask } from "./converge/bound-task.ts";

/** Skipped tasks are reported in their place among the others. */
export class SkipReporter {
  readonly tasks: readonly BoundTask[];
  #open: Bound;
  readonly #tell: (skipped: Skipped) => void;

  constructor(bound: Bound, tell: (skipped: Skipped) => void) {
    this.tasks = bound.flatMap((each) => (isSkipped(each) ? [] : [each]));
    this.#open = bound;
    this.#tell = tell;
  }

  /** Reports the skipped tasks before a task that is about to be reported. */
  before(task: BoundTask): void {
    const index = this.#open.indexOf(task);
    if (index < 0) return;
    const passed = this.#open.slice(0, index);
    this.#open = [...passed.filter((each) => !isSkipped(each)), ...this.#open.slice(index + 1)];
    for (const each of passed) if (isSkipped(each)) this.#tell(each);
  }

  rest(): void {
    for (const each of this.#open) if (isSkipped(each)) this.#tell(each);
    this.#open = [];
  }
}
