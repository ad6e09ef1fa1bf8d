import type { Tell } from "../core/event.ts";

/** Gets the events of a run and shows them. */
export interface Reporter {
  readonly tell: Tell;
  /** Shows a message of dsrctl at once, such as the one about an interruption. */
  readonly notice: (text: string) => void;
  /** The run is abandoned now: shows where every host was. */
  readonly abandon: () => void;
  /** After the last event: everything is written. */
  end(): Promise<void>;
}

export interface ReportOptions {
  /** The output; standard output for the command line. */
  readonly write: (text: string) => void;
  /** False while the terminal is blocked (Ctrl-S): output that can wait is not drawn. By default always true. */
  readonly ready?: () => boolean;
  readonly color: boolean;
  readonly diff: boolean;
  /** The number of `-v`. */
  readonly verbosity: number;
  /** Columns and rows of the terminal. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}
