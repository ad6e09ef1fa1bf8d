/** The interface of a connection to a host, the same for every route. */
import type { Target } from "../../core/target.ts";

/**
 * How a command ended. `lost`: the connection was lost, or the host reported neither code nor signal. The outcome of
 * the command is unknown then, so it never counts as success.
 */
export type Ended =
  | { readonly is: "exit"; readonly code: number }
  | { readonly is: "signal"; readonly signal: string }
  | { readonly is: "lost"; readonly why: string; readonly hint?: string };

/** One running command. No output is lost: what arrives before the first listener is kept for it. */
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
  /** Kills the command as far as the host allows it, and gives up the channel in any case. */
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
  /** Never hangs, no matter what the other end does: the socket is destroyed here. */
  close(): Promise<void>;
  /** Milliseconds from its turn to connect to the end of authentication. */
  readonly connectedIn: number;
}
