import { cgroupOf, setFrozen } from "./cgroup.ts";
import { diskOf } from "./disk.ts";
import { LabError } from "./error.ts";
import { isRunning, powerOff } from "./host.ts";
import { setLinks } from "./network.ts";
import { attempt, said } from "./process.ts";
import type { Outcome } from "./process.ts";
import { seatOf, topologyOfLab } from "./remembered.ts";
import { NAMESPACE } from "./site.ts";
import { slowPath } from "./path.ts";
import { sshCommand } from "./ssh.ts";
import { portsOf } from "./topology.ts";
import type { How, Port, Seat } from "./topology.ts";

/** What happens to packets of a host. `ms` and `jitterMs` are milliseconds each way, `lossPercent` is 0 to 100. */
export interface Delay {
  readonly ms: number;
  readonly jitterMs?: number;
  readonly lossPercent?: number;
}

interface Running {
  readonly seat: Seat;
  readonly how: How;
  readonly ports: readonly Port[];
}

function running(name: string): Running {
  const topology = topologyOfLab();
  const seat = seatOf(name, topology);
  const how = diskOf(name)?.how;
  if (how === undefined || !isRunning(name))
    throw new LabError(`${name} is not up`, `start it: dsrctl lab up --hosts ${name}`);
  return { seat, how, ports: portsOf(topology, seat, how) };
}

/**
 * Pulls the host's network cables: its links go down on the bridges' side. They stay pulled over a reboot, until
 * `heal`.
 */
export async function cut(name: string): Promise<void> {
  const { how, ports } = running(name);
  await setLinks(name, ports, how, false);
}

/** Plugs the cables in again. */
export async function heal(name: string): Promise<void> {
  const { how, ports } = running(name);
  await setLinks(name, ports, how, true);
}

/**
 * Stops every process of the host in its current state. A user-mode Linux stops completely. A container's part of the
 * kernel goes on: it still answers ping and accepts TCP connections, but no process serves them.
 */
export async function freeze(name: string): Promise<void> {
  running(name);
  await setFrozen(cgroupOf(name), true);
}

/** Lets a frozen host go on. */
export async function thaw(name: string): Promise<void> {
  running(name);
  await setFrozen(cgroupOf(name), false);
}

/** Cuts the power: nothing is shut down or flushed, the disk stays. `up` boots the host again. */
export async function kill(name: string): Promise<void> {
  running(name);
  await powerOff(name);
}

function checked(delay: Delay): string {
  const numbers = [delay.ms, delay.jitterMs ?? 0, delay.lossPercent ?? 0];
  if (numbers.some((n) => !Number.isFinite(n) || n < 0) || (delay.lossPercent ?? 0) > 100)
    throw new LabError("a delay is a number of milliseconds from 0, a loss a percentage from 0 to 100");
  const [ms, jitter, loss] = numbers;
  return `delay ${ms}ms${jitter ? ` ${jitter}ms` : ""}${loss ? ` loss ${loss}%` : ""}`;
}

/** sh that sets or, without a delay, clears netem on interfaces. */
function netem(devices: readonly string[], delay: Delay | undefined): string {
  const lines = devices.map((device) =>
    delay === undefined
      ? `tc qdisc del dev ${device} root 2>/dev/null || :`
      : `tc qdisc replace dev ${device} root netem ${checked(delay)}`,
  );
  return ["set -e", ...lines].join("\n");
}

async function inGuest(seat: Seat, delay: Delay | undefined): Promise<Outcome> {
  const script = netem(
    seat.interfaces.map(({ name }) => name),
    delay,
  );
  return attempt(sshCommand(seat, `modprobe sch_netem && { ${script}\n}`, 10));
}

/**
 * A container's packets are delayed at its bridge ports, if the machine's kernel can. Otherwise its ssh connections
 * are.
 */
async function onPorts({ seat, ports }: Running, delay: Delay | undefined): Promise<Outcome> {
  slowPath(seat, undefined);
  const script = netem(
    ports.map(({ port }) => port),
    delay,
  );
  const outcome = await attempt(["ip", "netns", "exec", NAMESPACE, "sh", "-c", script]);
  if (outcome.code === 0 || !/qdisc kind is unknown|Unknown qdisc/.test(outcome.err)) return outcome;
  if (delay?.lossPercent) {
    throw new LabError(
      `cannot lose packets of ${seat.name}: it is a container, and this machine's kernel has no netem (sch_netem)`,
      "its ssh connections can be delayed without `--loss`; a director that runs as user-mode Linux can lose packets",
    );
  }
  slowPath(seat, delay);
  return { ...outcome, code: 0 };
}

/**
 * Delays, jitters and loses packets. For a user-mode Linux these are the packets that it sends (netem inside it). For a
 * container they are the packets that it receives (netem on its bridge ports). If the kernel has no netem, new ssh
 * connections to a container are delayed instead, each way. `undefined` removes the delay.
 *
 * @throws LabError for a loss on a container if the machine's kernel has no netem.
 */
export async function delay(name: string, by: Delay | undefined): Promise<void> {
  const found = running(name);
  const outcome = found.how === "uml" ? await inGuest(found.seat, by) : await onPorts(found, by);
  if (outcome.code !== 0) throw new LabError(`cannot delay ${name}:${said(outcome.out + outcome.err)}`);
}
