import type { Tell } from "../event.ts";

/** Hears a run and shows it. */
export interface Reporter {
  readonly tell: Tell;
  /** After the last event: everything is written. */
  end(): Promise<void>;
}

export interface ReportOptions {
  /** Where it goes; standard output, for the command line. */
  readonly write: (text: string) => void;
  readonly color: boolean;
  readonly diff: boolean;
  /** The number of `-v`. */
  readonly verbosity: number;
  /** Columns and rows of the terminal. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}
