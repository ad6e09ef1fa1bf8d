import type { Closed } from "../closed.ts";
import type { Due } from "../session.ts";
import type { Output } from "../task.ts";

/** A task of a play, filled in for one host (and one item of its loop): what the engine plans and settles. */
export interface BoundTask {
  /** Unique on its host for the whole run. */
  readonly id: string;
  readonly name: string;
  readonly closed: Closed;
  /** Handlers to mark as due before it acts. */
  readonly notify: readonly Due[];
  /** It is a handler itself: acts only when due. */
  readonly handler: Due | undefined;
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
  /** Judges what acting returned, by `failed_when` and `changed_when`; `undefined` where these say nothing. */
  verdict(result: Result): { readonly failed: boolean | undefined; readonly changed: boolean | undefined };
}

/** What a task returned, as `register` keeps it. */
export interface Result {
  readonly changed: boolean;
  readonly failed: boolean;
  readonly skipped: boolean;
  readonly output: Output | undefined;
}
