/** Reaching a host over SSH, with a second and third try for what dropped too early. */
import { unlessAborted } from "../abort.ts";
import { again } from "./again.ts";
import type { Deadlines } from "./deadline.ts";
import { Gate } from "./gate.ts";
import { knownHost } from "./hostkeys.ts";
import { throughJump } from "./jump.ts";
import { keysOf } from "./keys.ts";
import { throughCommand } from "./proxy.ts";
import { throughTcp } from "./route.ts";
import type { Route } from "./route.ts";
import { SshConnection } from "./ssh-connection.ts";
import { handshake } from "./ssh-handshake.ts";
import type { Means } from "./ssh-handshake.ts";
import type { Target } from "../target.ts";

const gate = new Gate();

/** @throws Unreachable; the signal's reason. */
export async function reach(target: Target, signal: AbortSignal, deadlines: Deadlines): Promise<SshConnection> {
  const means = await unlessAborted(signal, meansOf(target));
  const inTurn = () => gate.through(signal, (answered) => attempt(target, means, { deadlines, signal, answered }));
  return again(inTurn, signal);
}

/** Not through the gate: those inside it may wait for their jump host. */
async function reachJump(target: Target, signal: AbortSignal, deadlines: Deadlines): Promise<SshConnection> {
  const means = await unlessAborted(signal, meansOf(target));
  return again(() => attempt(target, means, { deadlines, signal, answered: () => undefined }), signal);
}

async function meansOf(target: Target): Promise<Means> {
  const [keys, known] = await Promise.all([keysOf(target), knownHost(target)]);
  return { keys, known };
}

interface Attempt {
  readonly deadlines: Deadlines;
  readonly signal: AbortSignal;
  /** Is called when there is a stream to the host's port. */
  readonly answered: () => void;
}

async function attempt(target: Target, means: Means, { deadlines, signal, answered }: Attempt): Promise<SshConnection> {
  const start = performance.now();
  const route = await routeTo(target, deadlines, signal);
  try {
    answered();
    const made = await handshake(target, route, means, deadlines, signal);
    return new SshConnection(target, { ...made, route, deadlines, connectedIn: performance.now() - start });
  } catch (error) {
    await route.release();
    throw error;
  }
}

function routeTo(target: Target, deadlines: Deadlines, signal: AbortSignal): Promise<Route> {
  const last = target.jump.at(-1);
  if (last !== undefined) return throughJump(target, last, deadlines, signal, reachJump);
  if (target.proxyCommand !== undefined) return Promise.resolve(throughCommand(target, target.proxyCommand));
  return throughTcp(target, deadlines, signal);
}
