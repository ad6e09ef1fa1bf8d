/** What reaching a host means to the rest of the program, whatever the way there. */
import { unlessAborted } from "../abort.ts";
import type { Target } from "../target.ts";
import { setMaxListeners } from "node:events";
import { deadlinesOf } from "./deadline.ts";
import { Logins } from "./logins.ts";
import type { Terms } from "./logins.ts";

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

/**
 * Reaches a host over a connection of its own. What dropped before authentication is tried again, three times in
 * all; a refusal (host key, authentication) never is, in the whole run.
 *
 * @throws Unreachable with stage, message and hint; the signal's reason when that fires.
 */
export async function connect(
  target: Target,
  signal: AbortSignal,
  { deadlines = deadlinesOf(target), logins = new Logins() }: Partial<Terms> = {},
): Promise<Transport> {
  signal.throwIfAborted();
  // A run's hosts all listen to the one signal.
  setMaxListeners(0, signal);
  switch (target.connection) {
    case "local": {
      const { LocalTransport } = await import("./local.ts");
      return new LocalTransport(target);
    }
    case "ssh": {
      const { whyOpenSsh } = await import("./openssh-need.ts");
      const why = await unlessAborted(signal, whyOpenSsh(target));
      if (why !== undefined) {
        const { reachByOpenSsh } = await import("./openssh.ts");
        return reachByOpenSsh(target, why, { signal, deadlines, logins });
      }
      // ssh2 costs 60 ms to load: only those pay who reach a host.
      const { reach } = await import("./ssh-reach.ts");
      return reach(target, { signal, deadlines, logins });
    }
  }
}
