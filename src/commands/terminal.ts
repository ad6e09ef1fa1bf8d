import type { Size } from "../report/screen.ts";

/** What a command may know of where it runs; only src/cli.ts has a real one. */
export interface Terminal {
  /** To standard output. */
  readonly out: (text: string) => void;
  /** To standard error. */
  readonly err: (text: string) => void;
  readonly isTTY: boolean;
  readonly color: boolean;
  readonly size: () => Size;
  readonly cwd: string;
  /** The first Ctrl-C (or SIGTERM, SIGHUP): begin nothing new, bring to an end what runs. */
  readonly stop: AbortSignal;
  /** The second: end now. */
  readonly end: AbortSignal;
}
