/** Opens one TCP connection to the first of a host's addresses that answers. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Unreachable } from "../../core/problem.ts";
import { endpoint } from "../../text/ip.ts";
import { withTimeout } from "./deadline.ts";
import { since } from "./trace.ts";
import type { Trace } from "./trace.ts";

/** Milliseconds until the next address is tried while the one before is silent (RFC 8305, section 5). */
const STAGGER = 250;

/**
 * A connected socket with TCP_NODELAY, without which ssh2 takes up to ten times as long for a command.
 * @throws Unreachable at stage `tcp`; the signal's reason.
 */
export async function connectTcp(
  addresses: readonly string[],
  port: number,
  seconds: number,
  signal: AbortSignal,
  trace?: Trace,
): Promise<Socket> {
  const at = addresses.map((address) => endpoint(address, port)).join(", ");
  const late = () => new Unreachable("tcp", `no answer from ${at} within ${seconds} s`, { hint: SILENT });
  const stop = new AbortController();
  const racing = race(addresses, port, stop.signal, trace);
  try {
    return await withTimeout(seconds, signal, late, racing);
  } catch (error) {
    // The socket may have connected in the moment in which it was given up.
    racing.then((socket) => socket.destroy(), ignore);
    if (error instanceof AggregateError) throw refused(error.errors as NodeJS.ErrnoException[], at);
    throw error;
  } finally {
    stop.abort();
  }
}

async function race(
  addresses: readonly string[],
  port: number,
  stop: AbortSignal,
  trace: Trace | undefined,
): Promise<Socket> {
  const attempts: Promise<Socket>[] = [];
  for (const address of addresses) {
    const before = attempts.at(-1);
    const turn = before === undefined ? Promise.resolve() : Promise.race([failed(before), sleep(STAGGER)]);
    attempts.push(turn.then(() => open(address, port, stop, trace)));
  }
  const winner = await Promise.any(attempts);
  // Two sockets may have connected in the same moment.
  for (const attempt of attempts) attempt.then((socket) => socket !== winner && socket.destroy(), ignore);
  return winner;
}

function ignore(): void {
  // The awaited promise reports its failure.
}

/** Settles when the work fails, and only then. */
function failed(work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => void work.catch(() => resolve()));
}

function open(host: string, port: number, stop: AbortSignal, trace: Trace | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) return reject(new Error("given up"));
    const began = performance.now();
    const note = (result: "connected" | "failed" | "given-up", why: { readonly why?: string } = {}) =>
      trace?.add({ step: "connect", to: endpoint(host, port), result, ...why, ms: since(began) });
    const socket = connect({ host, port, noDelay: true });
    const abandon = () => {
      note("given-up");
      socket.destroy(new Error("given up"));
    };
    stop.addEventListener("abort", abandon, { once: true });
    const fail = (error: NodeJS.ErrnoException) => {
      stop.removeEventListener("abort", abandon);
      if (!stop.aborted) note("failed", { why: error.code ?? error.message });
      reject(error);
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      note("connected");
      stop.removeEventListener("abort", abandon);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

const SILENT = "the host is down, or a firewall drops the packets";

const REASONS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ECONNREFUSED: ["refused the connection", "check that sshd runs there, and the port (`ansible_port`)"],
  EHOSTUNREACH: ["cannot be reached: no route to host", "check that the host is up, and the address (`ansible_host`)"],
  ENETUNREACH: ["cannot be reached: no route to its network", "check this machine's route to that network"],
  ETIMEDOUT: ["does not answer", SILENT],
  ECONNRESET: ["reset the connection", "check the network between here and the host, and its sshd"],
  EACCES: ["cannot be reached: this machine's firewall forbids it", "look at the OUTPUT rules here"],
  EPERM: ["cannot be reached: this machine's firewall forbids it", "look at the OUTPUT rules here"],
  EMFILE: ["was not tried: too many open files on this machine", "raise `ulimit -n`, or lower `--forks`"],
  EADDRNOTAVAIL: ["was not tried: no free local port", "too many connections at once; lower `--forks`"],
};

function refused(errors: readonly NodeJS.ErrnoException[], at: string): Unreachable {
  const error = errors.at(-1);
  const [what, hint] = REASONS[error?.code ?? ""] ?? [`cannot be reached: ${error?.message ?? "no address"}`, SILENT];
  return new Unreachable("tcp", `${at} ${what}`, { hint, retry: error?.code === "ECONNRESET" });
}
