/** What reaching a host means to the rest of the program, whatever the way there. */
import type { Target } from "../../core/target.ts";

/**
 * How a command ended. `lost`: the connection went, or the host said neither code nor signal; what became of the
 * command is not known, so it is never success.
 */
export type Ended =
  | { readonly is: "exit"; readonly code: number }
  | { readonly is: "signal"; readonly signal: string }
  | { readonly is: "lost"; readonly why: string; readonly hint?: string };

/** One running command. Nothing it prints is lost: what comes before a listener is there is kept for the first one. */
export interface Channel {
  /** To standard input; a string goes as UTF-8. Ignored once the command has ended. */
  write(data: string | Uint8Array): void;
  /** Ends standard input. */
  end(): void;
  /** Standard output. */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Standard error. */
  onError(listener: (chunk: Uint8Array) => void): void;
  /** Settles when the command has ended and all its output was delivered; never rejects. */
  readonly ended: Promise<Ended>;
  /** Kills the command as far as the host lets us, and gives the channel up in any case. */
  kill(): void;
}

/** A connection to a host, checked and authenticated. */
export interface Transport {
  readonly target: Target;
  /**
   * Runs a command line in the user's login shell, without a terminal.
   * @throws Unreachable at stage `channel` (also when the host allows no more sessions) or `connection`.
   */
  exec(command: string): Promise<Channel>;
  /** Never hangs, whatever the other end does: the socket is ours and is destroyed. */
  close(): Promise<void>;
  /** Milliseconds from when it was its turn to be connected to the end of authentication. */
  readonly connectedIn: number;
}
