/** Routes to a host's SSH port: TCP (here), a ProxyCommand (proxy.ts), a chain of jump hosts (jump.ts). */
import type { Duplex } from "node:stream";
import { resolveAddresses } from "./resolve.ts";
import type { Deadlines } from "./deadline.ts";
import { connectTcp } from "./tcp.ts";
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
export async function throughTcp(target: Target, deadlines: Deadlines, signal: AbortSignal): Promise<Route> {
  const found = await resolveAddresses(target.address, deadlines.dns, signal);
  const stream = await connectTcp(found, target.port, target.connectTimeout, signal);
  return { stream, by: "tcp", trouble: () => "", ended: () => Promise.resolve(), release: () => Promise.resolve() };
}
