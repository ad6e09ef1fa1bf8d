/** Reaching a host over SSH, with a second and third try for what dropped too early. */
import { unlessAborted } from "../../system/abort.ts";
import { withRetries } from "../transport/retry.ts";
import { ConnectThrottle } from "../transport/connect-throttle.ts";
import { knownHost } from "./known-hosts.ts";
import { throughJump } from "./jump.ts";
import type { Reach } from "./jump.ts";
import { loadKeys } from "./private-keys.ts";
import type { Terms } from "../transport/failed-logins.ts";
import { expandProxyCommand, throughCommand } from "../transport/proxy.ts";
import { redactCommand } from "../../core/redact-command.ts";
import { since } from "../transport/trace.ts";
import { throughTcp } from "../transport/route.ts";
import type { Route } from "../transport/route.ts";
import { SshConnection } from "./connection.ts";
import { handshake } from "./handshake.ts";
import type { Credentials } from "./handshake.ts";
import type { Target } from "../../core/target.ts";

const gate = new ConnectThrottle();

/** @throws Unreachable; the signal's reason. */
export async function connectSsh(target: Target, terms: Terms): Promise<SshConnection> {
  const means = await unlessAborted(terms.signal, meansOf(target, terms));
  const inTurn = () => {
    const began = performance.now();
    return gate.run(terms.signal, (answered) => {
      if (since(began) >= 1) terms.trace?.add({ step: "wait", ms: since(began) });
      return attempt(target, means, { ...terms, answered });
    });
  };
  return withRetries(inTurn, terms.signal, terms.trace);
}

/** Not through the gate: those inside it may wait for their jump host. */
async function reachJump(target: Target, terms: Terms): Promise<SshConnection> {
  const means = await unlessAborted(terms.signal, meansOf(target, terms));
  return withRetries(() => attempt(target, means, { ...terms, answered: () => undefined }), terms.signal, terms.trace);
}

async function meansOf(target: Target, { logins, trace }: Terms): Promise<Credentials> {
  const [keys, known] = await Promise.all([loadKeys(target), knownHost(target)]);
  return { keys, known, failedBefore: () => logins.failedAt(target), trace };
}

interface Attempt extends Terms {
  /** Is called when there is a stream to the host's port. */
  readonly answered: () => void;
}

async function attempt(target: Target, means: Credentials, given: Attempt): Promise<SshConnection> {
  const { deadlines, signal, logins, answered, trace } = given;
  const start = performance.now();
  logins.mayTry(target);
  let route: Route | undefined;
  try {
    route = await routeTo(target, given);
    answered();
    const made = await handshake(target, route, means, deadlines, signal);
    return new SshConnection(target, { ...made, route, deadlines, connectedIn: performance.now() - start });
  } catch (error) {
    if (route !== undefined) logins.note(target, error);
    trace?.failed(error, start);
    await route?.release();
    throw error;
  }
}

function routeTo(target: Target, { deadlines, signal, logins, trace }: Attempt): Promise<Route> {
  const last = target.jump.at(-1);
  const reach: Reach = (via, stop, own) => reachJump(via, { deadlines, signal: stop, logins, trace: own });
  if (last !== undefined) return throughJump(target, last, { signal, trace, reach });
  if (target.proxyCommand === undefined) return throughTcp(target, deadlines, signal, trace);
  trace?.add({ step: "proxy", command: redactCommand(expandProxyCommand(target.proxyCommand, target)) });
  return Promise.resolve(throughCommand(target, target.proxyCommand));
}
