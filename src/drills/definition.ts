/** A drill as data: the fault, the director that it strikes, and what must follow. The runner is the same for all. */
import { keepalivedStopped } from "./faults/keepalived-stopped.ts";
import type { Fault } from "./faults/fault.ts";

export interface DrillDefinition {
  readonly name: string;
  readonly fault: Fault;
  /** The director that is struck: the one that holds the VIP. */
  readonly target: "master";
  /**
   * `takeover`: the other director holds the VIP. `served`: it serves every client in time. `restored`: all is as
   * before.
   */
  readonly expects: readonly ("takeover" | "served" | "restored")[];
}

export const FAILOVER: DrillDefinition = {
  name: "failover",
  fault: keepalivedStopped,
  target: "master",
  expects: ["takeover", "served", "restored"],
};
