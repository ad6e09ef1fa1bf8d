import type { Task } from "../../playbook/types.ts";
import type { Due } from "../../core/batch.ts";

/** A task in its place in the run. */
export interface Item {
  /** `PLAY.TASK`, the same on every host. */
  readonly id: string;
  readonly task: Task;
  /** A handler: acts only when it is due. */
  readonly handler: Due | undefined;
}
