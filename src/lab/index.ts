/*
 * The lab: real hosts on this machine, as a topology says. This file is its API; see docs for the layout.
 *
 * The built-in topology has two directors, two web nodes and a client. Each host has its own systemd, ssh server and
 * firewalld. The networks are bridges in a network namespace of the lab. Hosts outlive the process that started them.
 * The state is read from the kernel (cgroups, links) and from the hosts (a login). A file keeps only the topology.
 */
import { existsSync, mkdirSync } from "node:fs";
import { bootAll, leaveTidy } from "./boot.ts";
import { endCgroup, labCgroup } from "./cgroup.ts";
import { checkTopology } from "./check-topology.ts";
import { imagesInUse, removeDisks } from "./disk.ts";
import { LabError } from "./error.ts";
import { discard, isRunning } from "./host.ts";
import { sweepBuilds } from "./build.ts";
import { ensureImages, pruneImages } from "./image.ts";
import type { Image } from "./image.ts";
import { locked, THE_IMAGES, THE_LAB } from "./lock.ts";
import { howToRun, missing } from "./machine.ts";
import { removeNetwork } from "./network.ts";
import { raiseLimits } from "./limits.ts";
import { installPackages } from "./packages.ts";
import { ensurePath } from "./path.ts";
import { forgetTopology, rememberTopology, seatsOf, topologyOfLab } from "./remembered.ts";
import { NAMESPACE_PATH, PATHS } from "./site.ts";
import { ensureKeys } from "./ssh.ts";
import { allAreUp, status } from "./status.ts";
import type { LabStatus } from "./status.ts";
import { step } from "./tell.ts";
import type { Tell } from "./tell.ts";
import type { Seat, Topology } from "./topology.ts";

export { LabError } from "./error.ts";
export { cut, delay, freeze, heal, kill, thaw } from "./faults.ts";
export type { Delay } from "./faults.ts";
export { machineRelease, missing } from "./machine.ts";
export { topologyOfLab } from "./remembered.ts";
export { NAMESPACE_PATH } from "./site.ts";
export { accessOf, sshArgv } from "./ssh.ts";
export type { LabAccess } from "./ssh.ts";
export { twinOf } from "./twin.ts";
export type { Twin } from "./twin.ts";
export { status } from "./status.ts";
export { RELEASES } from "./releases.ts";
export type { HostState, LabHost, LabStatus } from "./status.ts";
export type { LabEvent, Tell } from "./tell.ts";
export type { Topology } from "./topology.ts";

export interface LabOptions {
  /** Names of hosts; all by default. */
  readonly hosts?: readonly string[];
  /** What the lab consists of; by default what it consists of already. */
  readonly topology?: Topology;
  /** Debian's name of the release that these hosts run; by default the release that they have. */
  readonly release?: string;
  readonly signal?: AbortSignal;
}

function refuseWhereItCannotRun(): void {
  const lacks = missing();
  if (lacks.length > 0) throw new LabError("the lab cannot run here", lacks.join("\n"));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** @throws LabError when a host that goes on running is another one in the wanted topology. */
function refuseOthers(wanted: Topology, now: Topology, fresh: readonly Seat[]): void {
  const names = new Set(fresh.map(({ name }) => name));
  const staying = now.seats.filter(({ name }) => !names.has(name) && isRunning(name));
  const isOther = (seat: Seat): boolean => !wanted.seats.some((each) => isSame(each, seat));
  const others = isSame(wanted.networks, now.networks) ? staying.filter(isOther) : staying;
  if (others.length === 0) return;
  const list = others.map(({ name }) => name).join(", ");
  throw new LabError(
    `the lab runs with other hosts of these names: ${list}`,
    "`dsrctl lab reset` replaces them; `dsrctl lab down` ends the lab",
  );
}

/** What must exist before a host can boot; each part is made once and found the next time. */
async function prepare(
  { topology, seats }: Wanted,
  signal: AbortSignal | undefined,
  tell: Tell,
): Promise<ReadonlyMap<string, Image>> {
  const directors = howToRun("director");
  await installPackages(directors, signal, tell);
  raiseLimits(topology.seats.length, tell);
  await ensureKeys(topology);
  const images = await locked(THE_IMAGES, tell, signal, async () => {
    const releases = seats.map(({ release }) => release);
    const found = await ensureImages(releases, directors, signal, tell);
    pruneImages(imagesInUse(), directors);
    return found;
  });
  rememberTopology(topology);
  return images;
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
  const wanted = wantedOf(options);
  const { topology, seats } = wanted;
  refuseWhereItCannotRun();
  const isDone = async (): Promise<LabStatus | undefined> => {
    const now = await status();
    return allAreUp(now, seats) && isSame(topology, topologyOfLab()) ? now : undefined;
  };
  const now = await isDone();
  if (now !== undefined) {
    // The lab may have been brought up by an earlier version, or another Node.
    ensurePath();
    tell({ step: "lab", state: "skipped", note: "is up" });
    return now;
  }
  return changing(options.signal, tell, async () => {
    if ((await isDone()) !== undefined) return;
    refuseOthers(topology, topologyOfLab(), []);
    const images = await prepare(wanted, options.signal, tell);
    await bootAll({ ...wanted, images, signal: options.signal, tell });
  });
}

/** What the lab consists of when the command is done, and the hosts of it that are to run. */
interface Wanted {
  readonly topology: Topology;
  readonly seats: readonly Seat[];
}

function wantedOf({ topology: given = topologyOfLab(), hosts, release }: LabOptions): Wanted {
  const names = seatsOf(hosts, given).map(({ name }) => name);
  const seats = given.seats.map((seat) =>
    release === undefined || !names.includes(seat.name) ? seat : { ...seat, release },
  );
  const topology = { ...given, seats };
  checkTopology(topology);
  return { topology, seats: seatsOf(hosts, topology) };
}

/** Changes the lab under its lock, and returns its state afterwards. */
async function changing(signal: AbortSignal | undefined, tell: Tell, change: () => Promise<void>): Promise<LabStatus> {
  await locked(THE_LAB, tell, signal, async () => {
    mkdirSync(PATHS.run, { recursive: true });
    try {
      await change();
    } catch (failure) {
      await leaveTidy(topologyOfLab());
      throw failure;
    }
  });
  return status();
}

/** Fresh hosts: ends them, deletes their disks and boots them from the image again. Keys stay. */
export async function reset(options: LabOptions, tell: Tell): Promise<LabStatus> {
  const wanted = wantedOf(options);
  const { topology, seats } = wanted;
  refuseWhereItCannotRun();
  return changing(options.signal, tell, async () => {
    const old = options.hosts === undefined ? topologyOfLab().seats : seats;
    refuseOthers(topology, topologyOfLab(), old);
    const images = await prepare(wanted, options.signal, tell);
    const names = new Set([...old, ...seats].map(({ name }) => name));
    await step(tell, "throw the old disks away", () => Promise.all([...names].map(discard)));
    await bootAll({ ...wanted, images, signal: options.signal, tell });
  });
}

function somethingIsThere(): boolean {
  return [labCgroup(), NAMESPACE_PATH, PATHS.run, PATHS.disks, PATHS.topology].some((path) => existsSync(path));
}

/**
 * Ends all hosts and removes their disks, network and cgroups, in any state that a crash left. The lab's topology is
 * the built-in one again. The cache, the keys and the console logs stay.
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
      forgetTopology();
    });
  });
}
