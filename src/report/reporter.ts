import type { Tell } from "../core/event.ts";

/** Hears a run and shows it. */
export interface Reporter {
  readonly tell: Tell;
  /** Something of ours to say, at once: that an interruption was heard. */
  readonly notice: (text: string) => void;
  /** The run is given up here and now: says where every host was. */
  readonly abandon: () => void;
  /** After the last event: everything is written. */
  end(): Promise<void>;
}

export interface ReportOptions {
  /** Where it goes; standard output, for the command line. */
  readonly write: (text: string) => void;
  /** False while the terminal takes nothing (Ctrl-S): what can wait is not drawn. Always true when left out. */
  readonly ready?: () => boolean;
  readonly color: boolean;
  readonly diff: boolean;
  /** The number of `-v`. */
  readonly verbosity: number;
  /** Columns and rows of the terminal. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}
