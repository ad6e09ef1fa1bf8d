/** Where a verb runs: its output and its interruptions. Only src/cli.ts has a real one. */
export interface Terminal {
  /** To standard output. */
  readonly out: (text: string) => void;
  /** To standard output, what need not be text; left out: it is text. */
  readonly bytes?: (bytes: Uint8Array) => Promise<void>;
  /** Gives the terminal to another program meanwhile: Ctrl-C is for that one. */
  readonly lend?: <T>(work: () => Promise<T>) => Promise<T>;
  /** To standard error. */
  readonly err: (text: string) => void;
  /** False while standard output takes nothing (Ctrl-S); always true when left out. */
  readonly ready?: () => boolean;
  readonly isTTY: boolean;
  readonly color: boolean;
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly cwd: string;
  /** The first Ctrl-C (or SIGTERM, SIGHUP): begin nothing new, bring to an end what runs. */
  readonly stop: AbortSignal;
  /** The second: end now. */
  readonly end: AbortSignal;
}
