import type { FaultName } from "../faults/index.ts";

/**
 * `takeover`: the other director holds the VIP. `served`: it serves every client in time. `restored`: the service is as
 * before.
 */
export type Expectation = "takeover" | "served" | "restored";

/** A drill as data: the fault, the director that it strikes, the expectations. One file per drill, here. */
export interface DrillDefinition {
  /** Its name on the command line. */
  readonly name: string;
  /** One phrase for the help. */
  readonly summary: string;
  readonly fault: FaultName;
  /** The director that is struck: the one that holds the VIP. */
  readonly target: "master";
  /** The drill fails if one of these is not met. */
  readonly expects: readonly Expectation[];
}
