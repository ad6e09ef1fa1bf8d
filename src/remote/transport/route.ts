/** Routes to a host's SSH port: TCP (here), a ProxyCommand (proxy.ts), a chain of jump hosts (jump.ts). */
import type { Duplex } from "node:stream";
import { resolveAddresses } from "./resolve.ts";
import type { Deadlines } from "./deadline.ts";
import { connectTcp } from "./tcp.ts";
import { since } from "./trace.ts";
import type { Trace } from "./trace.ts";
import type { Target } from "../../core/target.ts";

/** A stream to a host's SSH port, with the resources that it uses. */
export interface Route {
  readonly stream: Duplex;
  readonly by: "tcp" | "command" | "jump";
  /** The proxy's messages about a failure, to append to a message (`: …`); empty if there are none. */
  trouble(): string;
  /** Settles when no more messages of the proxy can arrive, at most a second after the stream ended. */
  ended(): Promise<void>;
  /** Frees the route's resources; the stream must be destroyed before. */
  release(): Promise<void>;
}

/** @throws Unreachable at stage `dns` or `tcp`; the signal's reason. */
export async function throughTcp(
  { address, port, connectTimeout }: Target,
  deadlines: Deadlines,
  signal: AbortSignal,
  trace?: Trace,
): Promise<Route> {
  const began = performance.now();
  const found = await resolveAddresses(address, deadlines.dns, signal);
  if (found[0] !== address) trace?.add({ step: "resolve", name: address, addresses: found, ms: since(began) });
  const stream = await connectTcp(found, port, connectTimeout, signal, trace);
  return { stream, by: "tcp", trouble: () => "", ended: () => Promise.resolve(), release: () => Promise.resolve() };
}
