import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LabError } from "./error.ts";
import { NAMESPACE } from "./site.ts";

/*
 * Every process of the lab is in a cgroup of the lab. So the kernel answers which processes belong to a host, no matter
 * which process started them and whether that one is alive. A recorded pid could belong to an unrelated process by now.
 * cgroup v2 as in the kernel's Documentation/admin-guide/cgroup-v2.rst.
 */

/** Where a cgroup2 file system is mounted, or undefined. */
export function cgroup2Mount(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return mounts.map((line) => line.split(" ")).find((fields) => fields[2] === "cgroup2")?.[1];
}

/** The lab's own cgroup directory; it need not exist. */
export function labCgroup(): string {
  const mount = cgroup2Mount();
  if (mount === undefined) throw new LabError("no cgroup2 file system is mounted", "mount one at /sys/fs/cgroup");
  return join(mount, NAMESPACE);
}

/** The cgroup of one host (or of the image build), with the children that it has in use. */
export function cgroupOf(name: string, ...below: readonly string[]): string {
  return join(labCgroup(), name, ...below);
}

export function makeCgroup(name: string, ...below: readonly string[]): string {
  const path = cgroupOf(name, ...below);
  mkdirSync(path, { recursive: true });
  return path;
}

function readFlag(cgroup: string, flag: "populated" | "frozen"): boolean {
  try {
    return readFileSync(join(cgroup, "cgroup.events"), "utf8").includes(`${flag} 1`);
  } catch {
    return false;
  }
}

/** True when a process lives in the cgroup or below it. */
export function isPopulated(cgroup: string): boolean {
  return readFlag(cgroup, "populated");
}

export function isFrozen(cgroup: string): boolean {
  return readFlag(cgroup, "frozen");
}

function childrenOf(cgroup: string): readonly string[] {
  try {
    const entries = readdirSync(cgroup, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(cgroup, entry.name));
  } catch {
    return [];
  }
}

/** The process ids in the cgroup itself, lowest first; none when it is gone. */
export function processesIn(cgroup: string): readonly number[] {
  try {
    const text = readFileSync(join(cgroup, "cgroup.procs"), "utf8");
    const pids = text.split("\n").filter((line) => line !== "");
    return pids.map(Number).sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function signalEach(cgroup: string): void {
  for (const pid of processesIn(cgroup)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      continue;
    }
  }
  childrenOf(cgroup).forEach(signalEach);
}

async function settles(what: string, done: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!done()) {
    if (Date.now() > deadline)
      throw new LabError(`${what}: not done after 10 s`, "see `ps axf` for a process that does not end");
    await pause(10);
  }
}

/** SIGKILL to all processes in the cgroup, frozen ones too, and waits until none is left. cgroup.kill is Linux 5.14. */
export async function killAll(cgroup: string): Promise<void> {
  const file = join(cgroup, "cgroup.kill");
  await settles(`ending the processes in ${cgroup}`, () => {
    if (!isPopulated(cgroup)) return true;
    if (existsSync(file)) writeFileSync(file, "1");
    else signalEach(cgroup);
    return false;
  });
}

function removeTree(cgroup: string): boolean {
  childrenOf(cgroup).forEach(removeTree);
  try {
    rmdirSync(cgroup);
  } catch {
    return !existsSync(cgroup);
  }
  return true;
}

/** Ends what runs in the cgroup and removes it. Does nothing if there is none. */
export async function endCgroup(cgroup: string): Promise<void> {
  if (!existsSync(cgroup)) return;
  await killAll(cgroup);
  // A process that has just ended can hold its cgroup for a moment longer.
  await settles(`removing the cgroup ${cgroup}`, () => removeTree(cgroup));
}

/** Stops or continues every process of the cgroup at once, and waits until that is done. */
export async function setFrozen(cgroup: string, frozen: boolean): Promise<void> {
  writeFileSync(join(cgroup, "cgroup.freeze"), frozen ? "1" : "0");
  await settles(`${frozen ? "freezing" : "thawing"} ${cgroup}`, () => isFrozen(cgroup) === frozen);
}
