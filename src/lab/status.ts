import { existsSync } from "node:fs";
import { diskOf } from "./disk.ts";
import { answers, hostIsFrozen, isRunning, leaderOf } from "./host.ts";
import { howToRun, missing } from "./machine.ts";
import { unpluggedPorts } from "./network.ts";
import { topologyOfLab } from "./remembered.ts";
import { LAB_NAME, NAMESPACE_PATH } from "./site.ts";
import { addressOf, portsOf } from "./topology.ts";
import type { How, Role, Seat, Topology } from "./topology.ts";

export interface LabHost {
  readonly name: string;
  readonly role: Role;
  /** The address that ssh connects to. */
  readonly address: string;
  readonly how: How;
}

/** `starting`: it runs and does not accept root by ssh (yet). `cut`: its cables are pulled. */
export type HostState = "down" | "starting" | "up" | "frozen" | "cut";

export interface LabStatus {
  /** The lab's name. */
  readonly name: string;
  /** True when every host is up. */
  readonly up: boolean;
  readonly hosts: readonly (LabHost & { readonly state: HostState; readonly pid?: number })[];
}

export function howOf(seat: Seat): How {
  return diskOf(seat.name)?.how ?? howToRun(seat.role);
}

async function stateOf(topology: Topology, seat: Seat, unplugged: ReadonlySet<string>): Promise<HostState> {
  if (!isRunning(seat.name)) return "down";
  if (hostIsFrozen(seat.name)) return "frozen";
  if (portsOf(topology, seat, howOf(seat)).some(({ port }) => unplugged.has(port))) return "cut";
  return (await answers(seat)) ? "up" : "starting";
}

/** The state of every host at this moment, read from the kernel and from the hosts. Changes nothing; needs root. */
export async function status(): Promise<LabStatus> {
  const topology = topologyOfLab();
  if (missing().length > 0) return statusOf(topology, () => Promise.resolve("down"));
  const unplugged = existsSync(NAMESPACE_PATH) ? await unpluggedPorts() : new Set<string>();
  return statusOf(topology, (seat) => stateOf(topology, seat, unplugged));
}

async function statusOf({ seats }: Topology, ask: (seat: Seat) => Promise<HostState>): Promise<LabStatus> {
  const hosts = await Promise.all(
    seats.map(async (seat) => {
      const state = await ask(seat);
      const pid = state === "down" ? undefined : leaderOf(seat.name);
      const { name, role } = seat;
      const host = { name, role, address: addressOf(seat), how: howOf(seat), state };
      return { ...host, ...(pid === undefined ? {} : { pid }) };
    }),
  );
  return { name: LAB_NAME, up: hosts.every((host) => host.state === "up"), hosts };
}

export function allAreUp(now: LabStatus, seats: readonly Seat[]): boolean {
  const ready = new Set(now.hosts.filter((host) => host.state === "up").map((host) => host.name));
  return seats.every((seat) => ready.has(seat.name));
}
