import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { cgroupOf, endCgroup, isFrozen, isPopulated, makeCgroup, processesIn } from "./cgroup.ts";
import { diskOf, identityOf, makeDisk, removeDisk } from "./disk.ts";
import type { Disk } from "./disk.ts";
import { LabError } from "./error.ts";
import { layersOf } from "./image.ts";
import type { Image } from "./image.ts";
import { plugIn } from "./network.ts";
import { nspawnArgv } from "./nspawn.ts";
import { slowPath } from "./path.ts";
import { attempt, said, launch } from "./process.ts";
import { logOf, PATHS } from "./site.ts";
import { sshCommand } from "./ssh.ts";
import { portsOf } from "./topology.ts";
import type { How, Seat, Topology } from "./topology.ts";
import { umlArgv } from "./uml.ts";

const BOOT_TIMEOUT_MS = 120_000;

/** True when a process of the host lives, booting, frozen or in service. */
export function isRunning(name: string): boolean {
  return isPopulated(cgroupOf(name));
}

export function hostIsFrozen(name: string): boolean {
  return isFrozen(cgroupOf(name));
}

/** The process that is the host: the container's nspawn, or the kernel in user mode. */
export function leaderOf(name: string): number | undefined {
  const boxes = [cgroupOf(name, "box", "supervisor"), cgroupOf(name, "box")];
  return boxes.flatMap((box) => processesIn(box))[0];
}

/** Seconds: user-mode Linux on a busy machine takes its time for a login. */
const PATIENCE = 15;

/**
 * The kernel's version of a host that lets root in by ssh. A connection without a login is what sshd punishes
 * (PerSourcePenalties).
 */
export async function kernelOf(seat: Seat): Promise<string | undefined> {
  const { out } = await attempt(["timeout", String(PATIENCE), ...sshCommand(seat, "uname -r", PATIENCE)]);
  return /^(\d\S*)\n$/.exec(out)?.[1];
}

/** The host's disk; a fresh one when it has none, or one of another image or with other addresses. */
async function diskFor(seat: Seat, topology: Topology, image: Image, how: How): Promise<Disk> {
  const disk = diskOf(seat.name);
  const fits = disk?.imageKey === image.key && disk.how === how && disk.identity === identityOf(seat, topology);
  return fits ? disk : makeDisk(seat, topology, image, how);
}

/**
 * Switches a host on, reachable whatever was done to its cable before, and returns at once. It outlives the process
 * that did it.
 */
export async function start(seat: Seat, topology: Topology, image: Image, how: How): Promise<void> {
  await endCgroup(cgroupOf(seat.name));
  plugIn(seat.name);
  slowPath(seat, undefined);
  const disk = await diskFor(seat, topology, image, how);
  const ports = portsOf(topology, seat, how);
  mkdirSync(PATHS.logs, { recursive: true });
  const box = makeCgroup(seat.name, "box");
  if (how === "uml") return launch(umlArgv(seat, ports, disk, image), { cgroup: box, log: logOf(seat.name) });
  const keeper = makeCgroup(seat.name, "keeper");
  launch(nspawnArgv(seat, ports, disk, layersOf(image, seat.role), box), { cgroup: keeper, log: logOf(seat.name) });
}

function bootFailure(seat: Seat, what: string): LabError {
  const log = logOf(seat.name);
  const words = existsSync(log) ? said(readFileSync(log, "utf8")) : "";
  return new LabError(
    `${seat.name} ${what}${words}`,
    `its console is in ${log}; dsrctl lab reset --hosts ${seat.name} makes it anew`,
  );
}

/**
 * Waits until the host has booted to the end and lets root in by ssh.
 *
 * @returns the units that failed, if any; @throws LabError when the host dies or is not there in time.
 */
export async function waitForBoot(seat: Seat, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const late = AbortSignal.timeout(BOOT_TIMEOUT_MS);
  const either = signal ? AbortSignal.any([signal, late]) : late;
  try {
    for (;;) {
      const { out } = await attempt(sshCommand(seat, "systemctl is-system-running --wait", 2), { signal: either });
      if (out.trim() === "running") return [];
      if (out.trim() === "degraded") return await failedUnits(seat, either);
      if (!isRunning(seat.name)) throw bootFailure(seat, "stopped while it booted");
      await pause(100, undefined, { signal: either });
    }
  } catch (failure) {
    if (late.aborted && !signal?.aborted) throw bootFailure(seat, `did not come up in ${BOOT_TIMEOUT_MS / 1000} s`);
    throw signal?.aborted ? signal.reason : failure;
  }
}

async function failedUnits(seat: Seat, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { out } = await attempt(sshCommand(seat, "systemctl list-units --failed --plain --no-legend", 5), { signal });
  return out
    .split("\n")
    .flatMap((line) => line.split(" ").slice(0, 1))
    .filter((unit) => unit !== "");
}

/** Ends all processes of a host at once, as when its power is cut. Its disk stays. */
export async function powerOff(name: string): Promise<void> {
  await endCgroup(cgroupOf(name));
}

/** Ends a host and throws its disk away. */
export async function discard(name: string): Promise<void> {
  await powerOff(name);
  await removeDisk(name);
}
