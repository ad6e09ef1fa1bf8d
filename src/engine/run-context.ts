import type { Tell } from "../core/event.ts";
import type { Templates } from "../jinja/templates.ts";
import type { PendingChange } from "./converge/handler-state.ts";

/** What all hosts of a run share. */
export interface RunContext {
  readonly check: boolean;
  readonly templates: Templates;
  readonly tell: Tell;
  readonly sleep: (seconds: number) => Promise<void>;
  /** An operator's interruption, or `halt`: nothing new is begun. */
  readonly stop: () => boolean;
  /** Ends the run in order, as an interruption does. */
  readonly halt: () => void;
  /** The first exception that is nobody's failure but ours, and the host that was being worked on. */
  bug: { readonly host: string; readonly error: unknown } | undefined;
  /** Acts so far, on any host, that may have changed something: looks at what others can change do not outlive one. */
  changes: number;
  /** In a dry run: changes that are due, in order. */
  readonly pending: PendingChange[];
  readonly omit: string;
}
