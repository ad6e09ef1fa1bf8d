/** ProxyJump: a channel through another host, that is reached and checked like any host (ssh_config(5)). */
import { unlessAborted } from "../../system/abort.ts";
import { Unreachable } from "../../core/problem.ts";
import { withTimeout } from "../transport/deadline.ts";
import type { Route } from "../transport/route.ts";
import { singleLine } from "../transport/sanitize.ts";
import { Trace, since } from "../transport/trace.ts";
import type { SshConnection } from "./connection.ts";
import type { Target } from "../../core/target.ts";

export type Reach = (target: Target, signal: AbortSignal, trace: Trace | undefined) => Promise<SshConnection>;

interface JumpTerms {
  readonly signal: AbortSignal;
  readonly trace: Trace | undefined;
  readonly reach: Reach;
}

/**
 * A jump host's connection and its number of users. It is shared for two reasons. A hundred connections to one jump
 * host would lose a part of their logins there to MaxStartups (OpenSSH's default, 10:30:100, loses 56 of 120). And when
 * the jump host's connection is lost, all hosts are notified at once. Every connection through it is a TCP connection
 * of its own.
 */
interface Shared {
  readonly connection: Promise<SshConnection>;
  readonly stop: AbortController;
  /** The host that it was opened for. */
  readonly opener: string;
  /** Its own stages. */
  readonly trace: Trace | undefined;
  users: number;
}

const jumps = new Map<string, Shared>();

/**
 * @throws Unreachable where the jump host failed, or at stage `tcp` when it cannot reach the target; the signal's
 *   reason.
 */
export async function throughJump(target: Target, last: Target, terms: JumpTerms): Promise<Route> {
  const { signal, trace } = terms;
  const via: Target = { ...last, jump: target.jump.slice(0, -1) };
  const shared = share(target, via, terms);
  const release = once(() => giveBack(shared));
  try {
    const connection = await joined(target, via, shared, terms);
    const began = performance.now();
    const stream = await withTimeout(
      target.connectTimeout,
      signal,
      () => silent(via, target),
      connection.forward(target),
    );
    trace?.add({ step: "forward", via: via.name, to: `${target.address}:${target.port}`, ms: since(began) });
    return { stream, by: "jump", trouble: () => lostWith(via, connection), ended: () => Promise.resolve(), release };
  } catch (error) {
    await release();
    throw error instanceof Unreachable ? named(via, error) : error;
  }
}

/** The connection to the jump host. Its stages are noted for the host that it was opened for, a failure for all. */
async function joined(
  target: Target,
  via: Target,
  shared: Shared,
  { signal, trace }: JumpTerms,
): Promise<SshConnection> {
  const began = performance.now();
  const own = shared.opener === target.name;
  try {
    const connection = await unlessAborted(signal, shared.connection);
    if (own) trace?.adopt(shared.trace?.take() ?? [], via.name);
    trace?.add({ step: "jump", via: via.name, ...(own ? {} : { openedFor: shared.opener }), ms: since(began) });
    return connection;
  } catch (error) {
    trace?.adopt(shared.trace?.steps ?? [], via.name);
    throw error;
  }
}

function share(target: Target, via: Target, { trace, reach }: JumpTerms): Shared {
  const key = identity(via);
  const there = jumps.get(key);
  if (there !== undefined) {
    there.users += 1;
    return there;
  }
  const stop = new AbortController();
  const own = trace === undefined ? undefined : new Trace();
  const connection = reach(via, stop.signal, own);
  const shared: Shared = { connection, stop, opener: target.name, trace: own, users: 1 };
  jumps.set(key, shared);
  const forget = () => {
    if (jumps.get(key) === shared) jumps.delete(key);
  };
  stop.signal.addEventListener("abort", forget);
  connection.then(({ gone }) => gone).then(forget, forget);
  return shared;
}

async function giveBack(shared: Shared): Promise<void> {
  shared.users -= 1;
  if (shared.users > 0) return;
  shared.stop.abort(new Error("the jump host is no longer used"));
  await shared.connection.then((connection) => connection.close()).catch(() => undefined);
}

/** Everything that decides which host is reached, as whom, and whether it is trusted; secrets show as dots. */
function identity(via: Target): string {
  return JSON.stringify({ ...via, name: "" });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** The jump host was tried as often as any host: no second try from here. */
function named(via: Target, error: Unreachable): Unreachable {
  const options = error.hint === undefined ? {} : { hint: error.hint };
  return new Unreachable(error.stage, `jump host \`${via.name}\`: ${error.message}`, options);
}

function silent(via: Target, target: Target): Unreachable {
  const what = `it got no answer from ${target.address}:${target.port} within ${target.connectTimeout} s`;
  return new Unreachable("tcp", what, { hint: `check that the host is up, and that \`${via.name}\` may reach it` });
}

function lostWith(via: Target, connection: SshConnection): string {
  const { lost } = connection;
  return lost === undefined ? "" : `: jump host \`${singleLine(via.name)}\`: ${lost}`;
}
