/*
 * The lab: a real site of five hosts on this machine. This file is its API; see docs for the layout.
 *
 * The hosts are two directors, two web nodes and a client. Each has its own systemd, ssh server and firewalld. All are
 * on one bridge in a network namespace of the lab. Hosts outlive the process that started them. The state is read from
 * the kernel (cgroups, links) and from the hosts (a login), never from a file that could be out of date.
 */
import { existsSync, mkdirSync } from "node:fs";
import { endCgroup, labCgroup, setFrozen, cgroupOf } from "./cgroup.ts";
import { diskOf, hasDisks, imagesInUse, removeDisks } from "./disk.ts";
import { LabError } from "./error.ts";
import { answers, discard, hostIsFrozen, isRunning, leaderOf, powerOff, start, waitForBoot } from "./host.ts";
import { ensureImage, pruneImages, sweepBuilds } from "./image.ts";
import type { Image } from "./image.ts";
import { locked, THE_IMAGES, THE_LAB } from "./lock.ts";
import { howToRun, missing } from "./machine.ts";
import { ensureNetwork, removeNetwork, setLink, unpluggedPorts } from "./network.ts";
import { installPackages } from "./packages.ts";
import { LAB_NAME, NAMESPACE_PATH, PATHS, portOf, SEATS, seatsOf } from "./site.ts";
import type { How, Role, Seat } from "./site.ts";
import { ensurePath } from "./path.ts";
import { ensureKeys } from "./ssh.ts";
import { step } from "./tell.ts";
import type { Tell } from "./tell.ts";

export { LabError } from "./error.ts";
export { cut, delay, freeze, heal, kill, thaw } from "./faults.ts";
export type { Delay } from "./faults.ts";
export { missing } from "./machine.ts";
export { sshArgv } from "./ssh.ts";
export type { LabEvent, Tell } from "./tell.ts";

export interface LabHost {
  readonly name: string;
  readonly role: Role;
  /** IPv4 address in the lab's network. */
  readonly address: string;
  readonly how: How;
}

/** `starting`: it runs and does not accept root by ssh (yet). `cut`: its cable is pulled. */
export type HostState = "down" | "starting" | "up" | "frozen" | "cut";

export interface LabStatus {
  /** The lab's name. */
  readonly name: string;
  /** True when every host is up. */
  readonly up: boolean;
  readonly hosts: readonly (LabHost & { readonly state: HostState; readonly pid?: number })[];
}

export interface LabOptions {
  /** Names of hosts; all by default. */
  readonly hosts?: readonly string[];
  readonly signal?: AbortSignal;
}

function howOf(seat: Seat): How {
  return diskOf(seat.name)?.how ?? howToRun(seat.role);
}

async function stateOf(seat: Seat, unplugged: ReadonlySet<string>): Promise<HostState> {
  if (!isRunning(seat.name)) return "down";
  if (hostIsFrozen(seat.name)) return "frozen";
  if (unplugged.has(portOf(seat, howOf(seat)))) return "cut";
  return (await answers(seat)) ? "up" : "starting";
}

/** The state of every host at this moment, read from the kernel and from the hosts. Changes nothing; needs root. */
export async function status(): Promise<LabStatus> {
  if (missing().length > 0) return asking(() => Promise.resolve("down"));
  const unplugged = existsSync(NAMESPACE_PATH) ? await unpluggedPorts() : new Set<string>();
  return asking((seat) => stateOf(seat, unplugged));
}

async function asking(ask: (seat: Seat) => Promise<HostState>): Promise<LabStatus> {
  const hosts = await Promise.all(
    SEATS.map(async (seat) => {
      const state = await ask(seat);
      const pid = state === "down" ? undefined : leaderOf(seat.name);
      const { name, role, address } = seat;
      return { name, role, address, how: howOf(seat), state, ...(pid === undefined ? {} : { pid }) };
    }),
  );
  return { name: LAB_NAME, up: hosts.every((host) => host.state === "up"), hosts };
}

function refuseWhereItCannotRun(): void {
  const lacks = missing();
  if (lacks.length > 0) throw new LabError("the lab cannot run here", lacks.join("\n"));
}

async function bootOne(seat: Seat, image: Image, signal: AbortSignal | undefined, tell: Tell): Promise<void> {
  await step(
    tell,
    "boot",
    async (_, remark) => {
      if (!isRunning(seat.name)) await start(seat, image, howToRun(seat.role));
      const failed = await waitForBoot(seat, signal);
      if (failed.length > 0) remark(`units that failed: ${failed.join(", ")}`);
    },
    seat.name,
  );
}

/** Makes a running host reachable again: thawed, plugged in. */
async function restore(seat: Seat): Promise<void> {
  if (hostIsFrozen(seat.name)) await setFrozen(cgroupOf(seat.name), false);
  await setLink(seat.name, portOf(seat, howOf(seat)), howOf(seat), true);
}

/** Undoes what a failed bring-up has begun; hosts that ran before, and their disks, stay. */
async function takeBack(begun: readonly Seat[], hadDisk: ReadonlySet<string>): Promise<void> {
  await Promise.all(begun.map((seat) => (hadDisk.has(seat.name) ? powerOff(seat.name) : discard(seat.name))));
}

/** After a failure: if no host runs any more, nothing of the lab is left except disks. */
async function leaveTidy(): Promise<void> {
  if (SEATS.some((seat) => isRunning(seat.name))) return;
  await endCgroup(labCgroup());
  await removeNetwork();
  if (!hasDisks()) await removeDisks();
}

function oneOf(failures: readonly unknown[]): unknown {
  const [first, ...more] = failures;
  if (more.length === 0 || !failures.every((failure) => failure instanceof LabError)) return first;
  return new LabError(failures.map((failure) => failure.message).join("\n"), failures[0]?.hint);
}

async function bootAll(
  seats: readonly Seat[],
  image: Image,
  signal: AbortSignal | undefined,
  tell: Tell,
): Promise<void> {
  const begun = seats.filter((seat) => !isRunning(seat.name));
  const hadDisk = new Set(begun.filter((seat) => diskOf(seat.name)).map((seat) => seat.name));
  await ensureNetwork();
  const running = seats.filter((seat) => !begun.includes(seat));
  await Promise.all(running.map(restore));
  const results = await Promise.allSettled(seats.map((seat) => bootOne(seat, image, signal, tell)));
  const failed = seats.filter((seat, index) => results[index]?.status === "rejected" && begun.includes(seat));
  if (results.every((result) => result.status === "fulfilled")) return;
  await takeBack(signal?.aborted ? begun : failed, hadDisk);
  throw oneOf(results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : [])));
}

/** What must exist before a host can boot; each part is made once and found the next time. */
async function prepare(signal: AbortSignal | undefined, tell: Tell): Promise<Image> {
  const directors = howToRun("director");
  await installPackages(directors, signal, tell);
  await ensureKeys();
  return locked(THE_IMAGES, tell, signal, async () => {
    const image = await ensureImage(directors, signal, tell);
    pruneImages(new Set([image.key, ...imagesInUse()]));
    return image;
  });
}

function allAreUp(now: LabStatus, seats: readonly Seat[]): boolean {
  const ready = new Set(now.hosts.filter((host) => host.state === "up").map((host) => host.name));
  return seats.every((seat) => ready.has(seat.name));
}

/**
 * Brings the hosts up. It installs missing Debian packages, and builds the root file systems unless they are in the
 * cache. It boots hosts that are down, and thaws and plugs in those that are frozen or cut. Hosts that are up stay as
 * they are.
 *
 * @throws LabError when the machine cannot do it or a step fails; the signal's reason when that fires. Both undo the
 * boots that this call had begun.
 */
export async function up(options: LabOptions, tell: Tell): Promise<LabStatus> {
  const seats = seatsOf(options.hosts);
  refuseWhereItCannotRun();
  const now = await status();
  if (allAreUp(now, seats)) {
    // The lab may have been brought up by an earlier version, or another Node.
    ensurePath();
    tell({ step: "lab", state: "skipped", note: "is up" });
    return now;
  }
  return changing(options.signal, tell, async () => {
    const then = await status();
    if (allAreUp(then, seats)) return;
    const image = await prepare(options.signal, tell);
    await bootAll(seats, image, options.signal, tell);
  });
}

/** Changes the lab under its lock, and returns its state afterwards. */
async function changing(signal: AbortSignal | undefined, tell: Tell, change: () => Promise<void>): Promise<LabStatus> {
  await locked(THE_LAB, tell, signal, async () => {
    mkdirSync(PATHS.run, { recursive: true });
    try {
      await change();
    } catch (failure) {
      await leaveTidy();
      throw failure;
    }
  });
  return status();
}

/** Fresh hosts: ends them, deletes their disks and boots them from the image again. Keys stay. */
export async function reset(options: LabOptions, tell: Tell): Promise<LabStatus> {
  const seats = seatsOf(options.hosts);
  refuseWhereItCannotRun();
  return changing(options.signal, tell, async () => {
    const image = await prepare(options.signal, tell);
    await step(tell, "throw the old disks away", () => Promise.all(seats.map((seat) => discard(seat.name))));
    await bootAll(seats, image, options.signal, tell);
  });
}

function somethingIsThere(): boolean {
  return [labCgroup(), NAMESPACE_PATH, PATHS.run, PATHS.disks].some((path) => existsSync(path));
}

/**
 * Ends all hosts and removes their disks, network and cgroups, in any state that a crash left. The cache, the keys and
 * the console logs stay.
 */
export async function down(tell: Tell): Promise<void> {
  refuseWhereItCannotRun();
  await locked(THE_LAB, tell, undefined, async () => {
    if (!somethingIsThere()) return tell({ step: "lab", state: "skipped", note: "is down" });
    await step(tell, "lab down", async () => {
      await endCgroup(labCgroup());
      await removeNetwork();
      await removeDisks();
      await sweepBuilds();
    });
  });
}
