import type { Task } from "../../playbook/types.ts";
import type { HandlerRef } from "../../core/batch.ts";

/** A task in its place in the run. */
export interface TaskRef {
  /** `PLAY.TASK`, the same on every host. */
  readonly id: string;
  readonly task: Task;
  /** A handler: acts only when it is due. */
  readonly handler: HandlerRef | undefined;
}
