/** What the parts of a drill share. */
import type { DrillDefinition } from "./definitions/definition.ts";
import type { Fault } from "./faults/fault.ts";
import type { Examined, Staff } from "./examine.ts";
import type { DrillHost } from "./hosts/host.ts";
import type { Prober } from "./probe.ts";

/** The clock of a drill, in seconds. */
export interface Clock {
  now(): number;
  /** @param signal ends the wait early */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

export interface FailoverOptions extends Staff {
  readonly definition: DrillDefinition;
  /**
   * Starts the probes on the client.
   *
   * @throws Error when the client cannot
   */
  readonly ask: () => Promise<Prober>;
  readonly clock: Clock;
  /** Seconds of probes before the strike: the sync daemon takes some 5 to 10 s to copy new connections. */
  readonly settle: number;
  /** Seconds of probes after the backup has taken over. */
  readonly hold: number;
  /** Seconds for which the service must be as it was before. */
  readonly patience: number;
  /** What is stopped now: by host, the command that starts it. Kept up to date for a forced exit. */
  readonly stopped: Map<string, string>;
  /** Called just before keepalived is stopped. From then on an interruption must not end the restore. */
  readonly onStrike: () => void;
}

export interface DrillEvent {
  /** Seconds since the drill began. */
  readonly at: number;
  readonly what: string;
  readonly host?: string;
}

/** What the parts of the drill share. */
export interface Drill extends FailoverOptions {
  /** That of the definition. */
  readonly fault: Fault;
  readonly say: (what: string, host?: string) => void;
  readonly signal: AbortSignal;
}

/** The director that was struck, and what was seen just before. */
export interface Struck {
  readonly before: Examined;
  readonly master: DrillHost;
  /** The director that is expected to take over. */
  readonly backup: DrillHost;
  /** When the host had reported it, by the clock of this process. */
  readonly at: number;
  /** A little before, by the client's clock, which is also the clock of the probes. */
  readonly since: number;
  readonly prober: Prober;
  readonly trouble: string[];
}
