import type { TaskInstance } from "../../core/task-instance.ts";
import type { HandlerRef } from "../../core/batch.ts";
import type { Output } from "../../core/task-type.ts";

/** A task of a play, filled in for one host (and one item of its loop): what the engine plans and settles. */
export interface BoundTask {
  /** Unique on its host for the whole run. */
  readonly id: string;
  /** The `id` of the `TaskRef` that it was bound from: of a loop, the same for every item. */
  readonly ref: string;
  readonly name: string;
  readonly instance: TaskInstance;
  /** The item of its loop; what `register` keeps names it. */
  readonly item?: unknown;
  /** Handlers to mark as due before it acts. */
  readonly notify: readonly HandlerRef[];
  /** It is a handler itself: acts only when due. */
  readonly handler: HandlerRef | undefined;
  /** A handler's loop goes on after it: the handler is still due when it has run. */
  readonly hasMoreItems?: boolean;
  readonly ignoreErrors: boolean;
  /** Nothing of what it says is shown. */
  readonly noLog: boolean;
  /** How often it is tried again, and seconds between. */
  readonly retries: number;
  readonly delay: number;
  /** Deadline of its act, seconds. */
  readonly timeout: number;
  /** Later tasks use what it returns, or expressions evaluate it: the batch ends with it. */
  readonly endsBatch: boolean;
  /** `changed_when: false`: acting changes nothing, and a dry run says so. */
  readonly neverChanges?: boolean;
  /** Evaluates what the act returned. @throws InputError for what is wrong in the expressions */
  resultConditions(result: TaskResult): ResultConditions;
}

/** What the playbook's expressions say of a result; `undefined` where they say nothing. */
export interface ResultConditions {
  /** `failed_when` */
  readonly failed: boolean | undefined;
  /** `changed_when` */
  readonly changed: boolean | undefined;
  /** `until`: true while it does not hold. */
  readonly again?: boolean | undefined;
}

/** The number of an act's tries, and its times by the controller's clock. */
export interface Timing {
  readonly attempts: number;
  readonly start: Date;
  readonly end: Date;
}

/** What a task returned, as `register` keeps it. */
export interface TaskResult {
  readonly changed: boolean;
  readonly failed: boolean;
  readonly skipped: boolean;
  readonly output: Output | undefined;
  /** What was wrong, where it failed. */
  readonly why?: string | undefined;
  /** Left out: nothing was done. */
  readonly course?: Timing | undefined;
}
