/** Connects to a host by the way that its connection variables name. */
import { setMaxListeners } from "node:events";
import type { Target } from "../core/target.ts";
import { unlessAborted } from "../system/abort.ts";
import { deadlinesOf } from "./transport/deadline.ts";
import { FailedLogins } from "./transport/failed-logins.ts";
import type { Terms } from "./transport/failed-logins.ts";
import type { Transport } from "./transport/transport.ts";

/**
 * Reaches a host over a connection of its own. What dropped before authentication is tried again, three times in
 * all; a refusal (host key, authentication) never is, in the whole run.
 *
 * @throws Unreachable with stage, message and hint; the signal's reason when that fires.
 */
export async function connect(
  target: Target,
  signal: AbortSignal,
  { deadlines = deadlinesOf(target), logins = new FailedLogins(), trace }: Partial<Terms> = {},
): Promise<Transport> {
  signal.throwIfAborted();
  // A run's hosts all listen to the one signal.
  setMaxListeners(0, signal);
  switch (target.connection) {
    case "local": {
      trace?.chose("local", "no connection is needed to this machine");
      const { LocalTransport } = await import("./transport/local.ts");
      return new LocalTransport(target);
    }
    case "ssh": {
      const { reasonForOpenSsh } = await import("./openssh/needed.ts");
      const why = await unlessAborted(signal, reasonForOpenSsh(target));
      if (why !== undefined) {
        trace?.chose("openssh", why);
        const { connectByOpenSsh } = await import("./openssh/openssh.ts");
        return connectByOpenSsh(target, why, { signal, deadlines, logins, trace });
      }
      trace?.chose("ssh2", SSH2);
      // ssh2 costs 60 ms to load, so it is loaded only if a host is reached.
      const { connectSsh } = await import("./ssh/connect.ts");
      return connectSsh(target, { signal, deadlines, logins, trace });
    }
  }
}

const SSH2 = "no option, key or known host needs OpenSSH";
