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
  /** Stops the run cleanly, as an interruption does. */
  readonly halt: () => void;
  /** The first exception that is a bug in dsrctl, not a host's failure, and the host at which it occurred. */
  bug: { readonly host: string; readonly error: unknown } | undefined;
  /**
   * Acts so far, on any host, that may have changed something: looks that other hosts can affect are invalid after one.
   */
  changes: number;
  /** In a dry run: pending changes, in order. */
  readonly pending: PendingChange[];
  readonly omit: string;
}
