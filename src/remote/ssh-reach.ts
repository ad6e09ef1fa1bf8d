/** Reaching a host over SSH, with a second and third try for what dropped too early. */
import { again } from "./again.ts";
import type { Deadlines } from "./deadline.ts";
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

/** @throws Unreachable; the signal's reason. */
export async function reach(target: Target, signal: AbortSignal, deadlines: Deadlines): Promise<SshConnection> {
  const start = performance.now();
  const [keys, known] = await Promise.all([keysOf(target), knownHost(target)]);
  return again(() => attempt(target, { keys, known }, deadlines, signal, start), signal);
}

async function attempt(
  target: Target,
  means: Means,
  deadlines: Deadlines,
  signal: AbortSignal,
  start: number,
): Promise<SshConnection> {
  const route = await routeTo(target, deadlines, signal);
  try {
    const made = await handshake(target, route, means, deadlines, signal);
    return new SshConnection(target, { ...made, route, deadlines, connectedIn: performance.now() - start });
  } catch (error) {
    await route.release();
    throw error;
  }
}

function routeTo(target: Target, deadlines: Deadlines, signal: AbortSignal): Promise<Route> {
  const last = target.jump.at(-1);
  if (last !== undefined) return throughJump(target, last, deadlines, signal, reach);
  if (target.proxyCommand !== undefined) return Promise.resolve(throughCommand(target, target.proxyCommand));
  return throughTcp(target, deadlines, signal);
}
