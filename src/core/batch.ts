/**
 * What the engine and the wire agree on. The engine composes batches and judges answers; a session carries a
 * batch to a host and brings the answers back (src/remote has the real ones).
 */
import type { Output } from "./task-type.ts";
import type { Sh } from "./shell.ts";

/** A look to be run; `id` comes back with the answer. */
export interface Look {
  readonly id: string;
  readonly look: Sh;
  /** `controller`: asked from here, about the host (steps are always the host's). */
  readonly from: "host" | "controller";
  /** It waits for others than who looks, so it is made beside the other looks of its batch. */
  readonly waitsForNetwork?: boolean;
  /** Seconds it may take, where that is more than a look does. */
  readonly timeoutSeconds?: number;
}

/** What a look brought back, with the sum a later guard is compared to (`code crc length`). */
export interface LookResult {
  readonly output: Output;
  readonly checksum: string;
}

/** A handler that may be due on a host. */
export interface HandlerRef {
  readonly key: string;
  /** The systemd unit that it reloads or restarts: not due any more when the unit was started after the mark. */
  readonly unit: string | undefined;
}

/** A step of a batch: look again, go on only if it is as planned, act, look once more. */
export interface Step extends Look {
  /** The sum of the look that the plan was made on; left out: acting does not depend on it. */
  readonly expectedChecksum: string | undefined;
  /** What that look printed, where it is a little plain text: seeing that it still does takes no process then. */
  readonly expectedOutput?: string | undefined;
  /** A handler: acts only when it is due on the host (see the prelude's `mark` and `due`). */
  readonly onlyIfNotified: HandlerRef | undefined;
  /** Left out: nothing to do, but it must still look as planned. */
  readonly act: Sh | undefined;
  /**
   * Whether what the act brought about lasts: run half a second after it, unless the act has failed; it reads from descriptor 3
   * what the act wrote there, and there is no waiting where that is nothing. Steps in a row that have it, and are not
   * about the same thing, are all acted on first. Of one with nothing to do, among them: no shell at all.
   */
  readonly stabilityCheck?: Sh | undefined;
  /** What the act prints may be without end: no more than is sent of it is kept on the host. */
  readonly unboundedOutput?: boolean | undefined;
  /** The look tells whether acting took effect; if it is unchanged afterwards the batch stops. */
  readonly mustChangeLook: boolean;
  /** Handlers that are due once this step begins; marked on the host before it acts. */
  readonly notifies: readonly HandlerRef[];
  /** A failure of this step does not stop the batch (`ignore_errors`). */
  readonly ignoreFailure: boolean;
  /** Deadline of the act, and of asking whether it lasts, seconds; kept on the host by timeout(1). */
  readonly timeoutSeconds: number;
}

/** What came of a step. A step that does not appear in the reports was not begun. */
export type StepResult =
  /** It looked as planned and there was nothing to do (or the handler was not due). */
  | { readonly id: string; readonly is: "unchanged" }
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
 * One round trip: the steps in order until one fails or surprises, then the looks of all that was not
 * begun, then `looks`. After a failure no more looks are made.
 */
export interface Batch {
  readonly steps: readonly Step[];
  readonly looks: readonly Look[];
  /** Handlers that are due no more, because nothing was changed after all (keys); before anything else. */
  readonly clearNotifications?: readonly string[];
  /** Handlers that are due now, by a step that another user's shell is about to make; before any step. */
  readonly notifications?: readonly HandlerRef[];
}

export interface BatchResult {
  readonly steps: readonly StepResult[];
  /** By id: of every step that was not begun or surprised, and of every look that was asked for. */
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

/** The connection went while a batch was out: what is in `reports` did happen, of the rest it is not known. */
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
   * Sends a batch and waits for all its answers. `onStep` hears of each step as soon as it ended.
   * @throws Lost when the connection went; Unreachable when it never came to be.
   */
  run(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult>;
  readonly cost: Cost;
  close(): Promise<void>;
}

/** A host as the engine sees it: the shell of one of its users. */
export interface ShellConnection {
  run(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult>;
  /** After `Lost`: a new connection; the shell of the old one has ended. */
  reconnect(): Promise<void>;
}
