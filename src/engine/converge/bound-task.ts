import type { Closed } from "../../core/task-instance.ts";
import type { Due } from "../../core/batch.ts";
import type { Output } from "../../core/task-type.ts";

/** A task of a play, filled in for one host (and one item of its loop): what the engine plans and settles. */
export interface BoundTask {
  /** Unique on its host for the whole run. */
  readonly id: string;
  readonly name: string;
  readonly closed: Closed;
  /** The item of its loop; what `register` keeps names it. */
  readonly item?: unknown;
  /** Handlers to mark as due before it acts. */
  readonly notify: readonly Due[];
  /** It is a handler itself: acts only when due. */
  readonly handler: Due | undefined;
  /** A handler's loop goes on after it: the handler is still due when it has run. */
  readonly goesOn?: boolean;
  readonly ignoreErrors: boolean;
  /** Nothing of what it says is shown. */
  readonly noLog: boolean;
  /** How often it is tried again, and seconds between. */
  readonly retries: number;
  readonly delay: number;
  /** Deadline of its act, seconds. */
  readonly timeout: number;
  /** Later tasks use what it returns, or expressions judge it: the batch ends with it. */
  readonly cut: boolean;
  /** `changed_when: false`: acting changes nothing, and a dry run says so. */
  readonly steady?: boolean;
  /** Judges what acting returned. @throws InputError for what is wrong in the expressions */
  verdict(result: Result): Verdict;
}

/** What the playbook's expressions say of a result; `undefined` where they say nothing. */
export interface Verdict {
  /** `failed_when` */
  readonly failed: boolean | undefined;
  /** `changed_when` */
  readonly changed: boolean | undefined;
  /** `until`: true while it does not hold. */
  readonly again?: boolean | undefined;
}

/** How an act went: the which-th try it was, and when, by the controller's clock. */
export interface Course {
  readonly attempts: number;
  readonly start: Date;
  readonly end: Date;
}

/** What a task returned, as `register` keeps it. */
export interface Result {
  readonly changed: boolean;
  readonly failed: boolean;
  readonly skipped: boolean;
  readonly output: Output | undefined;
  /** What was wrong, where it failed. */
  readonly why?: string | undefined;
  /** Left out: nothing was done. */
  readonly course?: Course | undefined;
}
