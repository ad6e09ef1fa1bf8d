import type { Sh } from "../../core/shell.ts";
import type { Director } from "../hosts/director.ts";
import type { Guard } from "../hosts/host.ts";

/** A failure that a drill causes on a director, and takes back. One file per fault, in this directory. */
export interface Fault {
  /** Its name in drills. */
  readonly name: string;
  /**
   * The precondition, checked by the host in the same step as the injection: the look must print what `planned` holds.
   * @param seen the director as the last look saw it
   * @param planned the guard's output at that look
   */
  guard(seen: Director, vip: string, planned: string): Guard;
  /** Why the precondition did not hold, from what its look printed; `late`: another look may help. */
  refused(seen: string, vip: string): { readonly late: boolean; readonly why: string };
  readonly inject: Sh;
  readonly undo: Sh;
  /** The host ends the fault by itself when the controller is lost: the operator has nothing to do. */
  readonly healsItself: boolean;
  readonly words: {
    /** After the injection: `keepalived stopped`. */
    readonly injected: string;
    /** After the undoing: `keepalived started again`. */
    readonly undone: string;
    /** While it cannot be undone; the reason follows. */
    readonly left: string;
    /** When it was not undone on `host` at all; the reason follows. */
    notUndone(host: string): string;
  };
}
