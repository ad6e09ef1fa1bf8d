/** Reaching a host over SSH, with a second and third try for what dropped too early. */
import { unlessAborted } from "../abort.ts";
import { again } from "./again.ts";
import { Gate } from "./gate.ts";
import { knownHost } from "./hostkeys.ts";
import { throughJump } from "./jump.ts";
import { keysOf } from "./keys.ts";
import type { Terms } from "./logins.ts";
import { throughCommand } from "./proxy.ts";
import { throughTcp } from "./route.ts";
import type { Route } from "./route.ts";
import { SshConnection } from "./ssh-connection.ts";
import { handshake } from "./ssh-handshake.ts";
import type { Means } from "./ssh-handshake.ts";
import type { Target } from "../target.ts";

const gate = new Gate();

/** @throws Unreachable; the signal's reason. */
export async function reach(target: Target, terms: Terms): Promise<SshConnection> {
  const means = await unlessAborted(terms.signal, meansOf(target, terms));
  const inTurn = () => gate.through(terms.signal, (answered) => attempt(target, means, { ...terms, answered }));
  return again(inTurn, terms.signal);
}

/** Not through the gate: those inside it may wait for their jump host. */
async function reachJump(target: Target, terms: Terms): Promise<SshConnection> {
  const means = await unlessAborted(terms.signal, meansOf(target, terms));
  return again(() => attempt(target, means, { ...terms, answered: () => undefined }), terms.signal);
}

async function meansOf(target: Target, { logins }: Terms): Promise<Means> {
  const [keys, known] = await Promise.all([keysOf(target), knownHost(target)]);
  return { keys, known, failedBefore: () => logins.failedAt(target) };
}

interface Attempt extends Terms {
  /** Is called when there is a stream to the host's port. */
  readonly answered: () => void;
}

async function attempt(target: Target, means: Means, given: Attempt): Promise<SshConnection> {
  const { deadlines, signal, logins, answered } = given;
  const start = performance.now();
  logins.mayTry(target);
  const route = await routeTo(target, given);
  try {
    answered();
    const made = await handshake(target, route, means, deadlines, signal);
    return new SshConnection(target, { ...made, route, deadlines, connectedIn: performance.now() - start });
  } catch (error) {
    logins.note(target, error);
    await route.release();
    throw error;
  }
}

function routeTo(target: Target, { deadlines, signal, logins }: Attempt): Promise<Route> {
  const last = target.jump.at(-1);
  if (last !== undefined)
    return throughJump(target, last, signal, (via, stop) => reachJump(via, { deadlines, signal: stop, logins }));
  if (target.proxyCommand !== undefined) return Promise.resolve(throughCommand(target, target.proxyCommand));
  return throughTcp(target, deadlines, signal);
}
