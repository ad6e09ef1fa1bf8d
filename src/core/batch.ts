/**
 * Defines the batches that the engine sends to hosts. The engine composes batches and evaluates the results; a session
 * carries a batch to a host and returns the results (src/remote).
 */
import type { Output } from "./task-type.ts";
import type { Sh } from "./shell.ts";

/** A look to run; the result has the same `id`. */
export interface Look {
  readonly id: string;
  readonly look: Sh;
  /** `controller`: it runs on the controller, about the host. Steps always run on the host. */
  readonly from: "host" | "controller";
  /** It waits for the network, so it runs in parallel with the other looks of its batch. */
  readonly waitsForNetwork?: boolean;
  /** Its deadline in seconds, if that is longer than that of other looks. */
  readonly timeoutSeconds?: number;
}

/** The result of a look, and its checksum (`code crc length`), which a later step compares. */
export interface LookResult {
  readonly output: Output;
  readonly checksum: string;
}

/** A handler that can be notified on a host. */
export interface HandlerRef {
  readonly key: string;
  /**
   * The systemd unit that it reloads or restarts. A start of the unit after the notification clears the notification.
   */
  readonly unit: string | undefined;
}

/** A step of a batch: look again, continue only if the result is the planned one, act, look once more. */
export interface Step extends Look {
  /** The checksum of the look that the plan was made on; `undefined`: the act does not depend on it. */
  readonly expectedChecksum: string | undefined;
  /** The output of that look, if it is short plain text: then the comparison needs no process. */
  readonly expectedOutput?: string | undefined;
  /** A handler: it acts only if it is notified on the host (handler-functions.ts). */
  readonly onlyIfNotified: HandlerRef | undefined;
  /** `undefined`: nothing to do, but the look must still give the planned result. */
  readonly act: Sh | undefined;
  /**
   * Checks that the change lasts (`TaskType.stabilityCheck`). Consecutive steps that have a check, and concern
   * different things, are all applied first. Among them it is an empty script in a step without an act.
   */
  readonly stabilityCheck?: Sh | undefined;
  /** The output of the act has no limit: the host keeps only what it sends. */
  readonly unboundedOutput?: boolean | undefined;
  /** The look shows whether the act took effect. If it is unchanged afterwards, the batch stops. */
  readonly mustChangeLook: boolean;
  /** Handlers that this step notifies; the host keeps the notification before the act. */
  readonly notifies: readonly HandlerRef[];
  /** A failure of this step does not stop the batch (`ignore_errors`). */
  readonly ignoreFailure: boolean;
  /** Deadline of the act, and of its stability check, in seconds. The host enforces it with timeout(1). */
  readonly timeoutSeconds: number;
}

/** The result of a step. A step without a result was not begun. */
export type StepResult =
  /** The look gave the planned result and there was nothing to do, or the handler was not notified. */
  | { readonly id: string; readonly is: "unchanged" }
  /** The look gave another result than the planned one; nothing was done. */
  | { readonly id: string; readonly is: "stale"; readonly guard: LookResult }
  | {
      readonly id: string;
      readonly is: "applied";
      readonly act: Output;
      /** The deadline ended it. */
      readonly timedOut: boolean;
      readonly after: LookResult;
    };

/**
 * One round trip: the steps in order until one fails or is stale, then the looks of all steps that were not begun, then
 * `looks`. After a failure no more looks run.
 */
export interface Batch {
  readonly steps: readonly Step[];
  readonly looks: readonly Look[];
  /** Keys of handlers whose notification is cleared before anything else, because nothing was changed. */
  readonly clearNotifications?: readonly string[];
  /** Handlers that a step in another user's shell notifies; kept before any step. */
  readonly notifications?: readonly HandlerRef[];
}

export interface BatchResult {
  readonly steps: readonly StepResult[];
  /** By id: of every step that was stale or not begun, and of every look. */
  readonly looks: ReadonlyMap<string, LookResult>;
}

/** What a session has cost so far. */
export interface Cost {
  readonly connections: number;
  readonly execs: number;
  readonly roundTrips: number;
  readonly sent: number;
  readonly received: number;
}

/** The connection was lost during a batch. The steps in `reports` ended; the state of the others is unknown. */
export class ConnectionLost extends Error {
  readonly reports: readonly StepResult[];

  constructor(message: string, reports: readonly StepResult[]) {
    super(message);
    this.name = "Lost";
    this.reports = reports;
  }
}

export interface Session {
  /**
   * Sends a batch and waits for all its results. `onStep` gets the result of each step as soon as the step ended.
   * @throws ConnectionLost when the connection is lost; Unreachable when there was none.
   */
  run(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult>;
  readonly cost: Cost;
  close(): Promise<void>;
}

/** A host as the engine sees it: the shell of one of its users. */
export interface ShellConnection {
  run(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult>;
  /** After `ConnectionLost`: opens a new connection, once the shell of the old one has ended. */
  reconnect(): Promise<void>;
}
