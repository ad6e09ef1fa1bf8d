import { existsSync } from "node:fs";
import { diskOf } from "./disk.ts";
import { hostIsFrozen, isRunning, kernelOf, leaderOf } from "./host.ts";
import { howToRun, missing } from "./machine.ts";
import { unpluggedPorts } from "./network.ts";
import { kernelReleaseOf, suiteOf } from "./releases.ts";
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
  /** Debian's name of its release. */
  readonly release: string;
}

/** `starting`: it runs and does not accept root by ssh (yet). `cut`: its cables are pulled. */
export type HostState = "down" | "starting" | "up" | "frozen" | "cut";

export interface LabStatus {
  /** The lab's name. */
  readonly name: string;
  /** True when every host is up. */
  readonly up: boolean;
  readonly hosts: readonly (LabHost & Found & { readonly pid?: number })[];
}

interface Found {
  readonly state: HostState;
  /** Its kernel's version, of a host that is up. */
  readonly kernel?: string;
  /** The release that the kernel is from, if it is another one: a user-mode Linux only. */
  readonly kernelRelease?: string;
}

export function howOf(seat: Seat): How {
  return diskOf(seat.name)?.how ?? howToRun(seat.role);
}

async function find(topology: Topology, seat: Seat, unplugged: ReadonlySet<string>): Promise<Found> {
  const how = howOf(seat);
  if (!isRunning(seat.name)) return { state: "down" };
  if (hostIsFrozen(seat.name)) return { state: "frozen" };
  if (portsOf(topology, seat, how).some(({ port }) => unplugged.has(port))) return { state: "cut" };
  const kernel = await kernelOf(seat);
  if (kernel === undefined) return { state: "starting" };
  const suite = suiteOf(seat.release);
  const kernelRelease = how === "uml" ? kernelReleaseOf(seat.release) : suite;
  return { state: "up", kernel, ...(kernelRelease === suite ? {} : { kernelRelease }) };
}

/** The state of every host at this moment, read from the kernel and from the hosts. Changes nothing; needs root. */
export async function status(): Promise<LabStatus> {
  const topology = topologyOfLab();
  if (missing().length > 0) return statusOf(topology, () => Promise.resolve({ state: "down" }));
  const unplugged = existsSync(NAMESPACE_PATH) ? await unpluggedPorts() : new Set<string>();
  return statusOf(topology, (seat) => find(topology, seat, unplugged));
}

async function statusOf({ seats }: Topology, ask: (seat: Seat) => Promise<Found>): Promise<LabStatus> {
  const hosts = await Promise.all(
    seats.map(async (seat) => {
      const found = await ask(seat);
      const pid = found.state === "down" ? undefined : leaderOf(seat.name);
      const { name, role, release } = seat;
      const host = { name, role, address: addressOf(seat), how: howOf(seat), release, ...found };
      return { ...host, ...(pid === undefined ? {} : { pid }) };
    }),
  );
  return { name: LAB_NAME, up: hosts.every((host) => host.state === "up"), hosts };
}

export function allAreUp(now: LabStatus, seats: readonly Seat[]): boolean {
  const ready = new Set(now.hosts.filter((host) => host.state === "up").map((host) => host.name));
  return seats.every((seat) => ready.has(seat.name));
}
