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
  readonly waits?: boolean;
  /** Seconds it may take, where that is more than a look does. */
  readonly seconds?: number;
}

/** What a look brought back, with the sum a later guard is compared to (`code crc length`). */
export interface Answer {
  readonly output: Output;
  readonly sum: string;
}

/** A handler that may be due on a host. */
export interface Due {
  readonly key: string;
  /** The systemd unit that it reloads or restarts: not due any more when the unit was started after the mark. */
  readonly unit: string | undefined;
}

/** A step of a batch: look again, go on only if it is as planned, act, look once more. */
export interface Step extends Look {
  /** The sum of the look that the plan was made on; left out: acting does not depend on it. */
  readonly planned: string | undefined;
  /** What that look printed, where it is a little plain text: seeing that it still does takes no process then. */
  readonly printed?: string | undefined;
  /** A handler: acts only when it is due on the host (see the prelude's `mark` and `due`). */
  readonly whenDue: Due | undefined;
  /** Left out: nothing to do, but it must still look as planned. */
  readonly act: Sh | undefined;
  /**
   * Whether what the act brought about lasts: run half a second after it, unless the act has failed; it reads from descriptor 3
   * what the act wrote there, and there is no waiting where that is nothing. Steps in a row that have it, and are not
   * about the same thing, are all acted on first. Of one with nothing to do, among them: no shell at all.
   */
  readonly calm?: Sh | undefined;
  /** What the act prints may be without end: no more than is sent of it is kept on the host. */
  readonly wordy?: boolean | undefined;
  /** The look tells whether acting took effect; if it is unchanged afterwards the batch stops. */
  readonly effect: boolean;
  /** Handlers that are due once this step begins; marked on the host before it acts. */
  readonly due: readonly Due[];
  /** A failure of this step does not stop the batch (`ignore_errors`). */
  readonly tolerate: boolean;
  /** Deadline of the act, and of asking whether it lasts, seconds; kept on the host by timeout(1). */
  readonly seconds: number;
}

/** What came of a step. A step that does not appear in the reports was not begun. */
export type StepReport =
  /** It looked as planned and there was nothing to do (or the handler was not due). */
  | { readonly id: string; readonly is: "as-planned" }
  | { readonly id: string; readonly is: "surprise"; readonly guard: Answer }
  | {
      readonly id: string;
      readonly is: "acted";
      readonly act: Output;
      /** The deadline ended it. */
      readonly timedOut: boolean;
      readonly after: Answer;
    };

/**
 * One round trip: the steps in order until one fails or surprises, then the looks of all that was not
 * begun, then `looks`. After a failure no more looks are made.
 */
export interface Batch {
  readonly steps: readonly Step[];
  readonly looks: readonly Look[];
  /** Handlers that are due no more, because nothing was changed after all (keys); before anything else. */
  readonly undue?: readonly string[];
  /** Handlers that are due now, by a step that another user's shell is about to make; before any step. */
  readonly marks?: readonly Due[];
}

export interface BatchReport {
  readonly steps: readonly StepReport[];
  /** By id: of every step that was not begun or surprised, and of every look that was asked for. */
  readonly looks: ReadonlyMap<string, Answer>;
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
export class Lost extends Error {
  readonly reports: readonly StepReport[];

  constructor(message: string, reports: readonly StepReport[]) {
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
  run(batch: Batch, onStep?: (report: StepReport) => void): Promise<BatchReport>;
  readonly cost: Cost;
  close(): Promise<void>;
}

/** A host as the engine sees it: the shell of one of its users. */
export interface Link {
  run(batch: Batch, onStep?: (report: StepReport) => void): Promise<BatchReport>;
  /** After `Lost`: a new connection; the shell of the old one has ended. */
  again(): Promise<void>;
}
