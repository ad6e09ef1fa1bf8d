/** Defines the result of binding a task to a host. */
import type { BoundTask } from "../converge/bound-task.ts";

/** A task for a host: a bound task for each item of its loop, or the reason why there is none. */
export type Bound = readonly (BoundTask | Skipped)[];

export interface Skipped {
  readonly skipped: string;
  readonly id: string;
  /** The `id` of the `TaskRef` that it was bound from. */
  readonly ref: string;
  readonly name: string;
  readonly kind: string;
  readonly item?: unknown;
}

export function isSkipped(bound: BoundTask | Skipped): bound is Skipped {
  return "skipped" in bound;
}
