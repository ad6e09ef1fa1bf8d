import { cgroupOf, endCgroup, labCgroup, setFrozen } from "./cgroup.ts";
import { diskOf, hasDisks, removeDisks } from "./disk.ts";
import { LabError } from "./error.ts";
import { discard, hostIsFrozen, isRunning, powerOff, start, waitForBoot } from "./host.ts";
import type { Image } from "./image.ts";
import { howToRun } from "./machine.ts";
import { ensureNetwork, removeNetwork, setLinks } from "./network.ts";
import { forgetTopology } from "./remembered.ts";
import { howOf } from "./status.ts";
import { step } from "./tell.ts";
import type { Tell } from "./tell.ts";
import { portsOf } from "./topology.ts";
import type { Seat, Topology } from "./topology.ts";

/** Hosts that are to run, with everything that their boot needs. */
export interface Boot {
  readonly topology: Topology;
  readonly seats: readonly Seat[];
  /** By the names of releases. */
  readonly images: ReadonlyMap<string, Image>;
  readonly signal: AbortSignal | undefined;
  readonly tell: Tell;
}

async function bootOne({ topology, images, signal, tell }: Boot, seat: Seat): Promise<void> {
  const image = images.get(seat.release);
  if (image === undefined) throw new LabError(`no root file systems of ${seat.release} for ${seat.name}`);
  await step(
    tell,
    "boot",
    async (_, remark) => {
      if (!isRunning(seat.name)) await start(seat, topology, image, howToRun(seat.role));
      const failed = await waitForBoot(seat, signal);
      if (failed.length > 0) remark(`units that failed: ${failed.join(", ")}`);
    },
    seat.name,
  );
}

/** Makes a running host reachable again: thawed, plugged in. */
async function restore(topology: Topology, seat: Seat): Promise<void> {
  if (hostIsFrozen(seat.name)) await setFrozen(cgroupOf(seat.name), false);
  const how = howOf(seat);
  await setLinks(seat.name, portsOf(topology, seat, how), how, true);
}

/** Undoes what a failed bring-up has begun; hosts that ran before, and their disks, stay. */
async function takeBack(begun: readonly Seat[], hadDisk: ReadonlySet<string>): Promise<void> {
  await Promise.all(begun.map((seat) => (hadDisk.has(seat.name) ? powerOff(seat.name) : discard(seat.name))));
}

/** After a failure: if no host runs any more, nothing of the lab is left except disks. */
export async function leaveTidy({ seats }: Topology): Promise<void> {
  if (seats.some((seat) => isRunning(seat.name))) return;
  await endCgroup(labCgroup());
  await removeNetwork();
  if (hasDisks()) return;
  await removeDisks();
  forgetTopology();
}

function oneOf(failures: readonly unknown[]): unknown {
  const [first, ...more] = failures;
  if (more.length === 0 || !failures.every((failure) => failure instanceof LabError)) return first;
  return new LabError(failures.map((failure) => failure.message).join("\n"), failures[0]?.hint);
}

/** Brings hosts up, all at once. What it began and could not finish is taken back. */
export async function bootAll(boot: Boot): Promise<void> {
  const { topology, seats, signal } = boot;
  const begun = seats.filter((seat) => !isRunning(seat.name));
  const hadDisk = new Set(begun.filter((seat) => diskOf(seat.name)).map((seat) => seat.name));
  await ensureNetwork(topology);
  const running = seats.filter((seat) => !begun.includes(seat));
  await Promise.all(running.map((seat) => restore(topology, seat)));
  const results = await Promise.allSettled(seats.map((seat) => bootOne(boot, seat)));
  const failed = seats.filter((seat, index) => results[index]?.status === "rejected" && begun.includes(seat));
  if (results.every((result) => result.status === "fulfilled")) return;
  await takeBack(signal?.aborted ? begun : failed, hadDisk);
  throw oneOf(results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : [])));
}
