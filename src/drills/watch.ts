/** Watches from the strike until the backup serves, or until it should have. */
import { Unreachable } from "../core/problem.ts";
import { holderLook } from "./hosts/director.ts";
import type { Drill, Struck } from "./drill.ts";
import { lookAt } from "./hosts/host.ts";
import type { DrillHost } from "./hosts/host.ts";
import { longestGap, longestWait, unserved } from "./outage.ts";
import { contestOf } from "./pair.ts";
import { masterDownInterval } from "./hosts/vrrp.ts";

export interface Watched {
  /** Seconds until another director was seen to hold the VIP, and which. */
  readonly takeover: number | undefined;
  readonly taker: DrillHost | undefined;
  /** The time of that, by the client's clock. */
  readonly moved: number | undefined;
  /** It served every source, for the duration of the drill. */
  readonly served: boolean;
  /** And no source waited longer than VRRP takes. */
  readonly inTime: boolean;
}

/** Added to VRRP's own time: for a probe to return, for looks to be made. */
export const GRACE = 2;
export const PAUSE = 0.1;

/**
 * Seconds within which a director that was not MASTER serves every client: its interval without advertisements, and
 * some grace.
 */
export function limitOf({ site }: Drill, { before }: Struck, { name }: DrillHost): number {
  const instance = contestOf(before.directors, site.vip).get(name);
  return (instance === undefined ? 4 : masterDownInterval(instance)) + GRACE;
}

/** @throws Unreachable when a director that may take over is lost */
export async function watch(drill: Drill, struck: Struck): Promise<Watched> {
  const limit = limitOf(drill, struck, struck.backup);
  const taken = await takeover(drill, struck, limit);
  const { taker, moved } = taken;
  if (taker === undefined || drill.signal.aborted) return { ...taken, served: false, inTime: false };
  const why = await unservedFrom(drill, struck, moved, limit);
  if (why.length > 0) {
    struck.trouble.push(`clients were not served by ${taker.name} within ${limit.toFixed(1)} s: ${why.join(", ")}`);
    return { ...taken, served: false, inTime: false };
  }
  drill.say("every source is served", taker.name);
  const inTime = wasInTime(drill, struck, limit);
  const served = await hold(drill, struck, limit);
  return { ...taken, served, inTime: inTime && served };
}

type Taken = Omit<Watched, "served" | "inTime">;

/**
 * Looks until another director has the VIP. The last look begins after the time in which the takeover should have
 * happened. Looks may be slow; the probes then show how long the outage was.
 */
async function takeover(drill: Drill, struck: Struck, limit: number): Promise<Taken> {
  const { clock, say, site, directors } = drill;
  const others = directors.filter(({ name }) => name !== struck.master.name);
  for (let over = false; !over && !drill.signal.aborted;) {
    over = clock.now() >= struck.at + limit;
    const held = await Promise.all(others.map((host) => holdsVip(host, site.vip)));
    const taker = others.find((_, index) => held[index]);
    const seconds = clock.now() - struck.at;
    if (taker !== undefined && !(await stays(drill, struck))) {
      say(`took the VIP after ${seconds.toFixed(2)} s`, taker.name);
      return { takeover: seconds, taker, moved: await struck.prober.mark() };
    }
    if (!over) await clock.sleep(PAUSE);
  }
  if (!drill.signal.aborted) struck.trouble.push(await nothingMoved(drill, struck));
  return { takeover: undefined, taker: undefined, moved: undefined };
}

export async function holdsVip(host: DrillHost, vip: string): Promise<boolean> {
  const answers = await lookAt(host, [{ id: "holder", look: holderLook(vip), from: "host" }]);
  return answers.get("holder")?.output.out.trim() === "holder";
}

/** Whether the struck director still has the VIP. A lost host has not, as far as clients see. */
async function stays({ site, clock }: Drill, { master }: Struck): Promise<boolean> {
  const gone = holdsVip(master, site.vip).catch((error: unknown) => {
    if (error instanceof Unreachable) return false;
    throw error;
  });
  return Promise.race([gone, clock.sleep(GRACE).then(() => false)]);
}

async function nothingMoved(drill: Drill, struck: Struck): Promise<string> {
  const { site, clock } = drill;
  const { master, backup } = struck;
  const seconds = (clock.now() - struck.at).toFixed(1);
  if (await stays(drill, struck))
    return `the fault had no effect: ${master.name} still held ${site.vip} ${seconds} s after keepalived was stopped there`;
  return `${backup.name} did not take ${site.vip} within ${seconds} s`;
}

/** Waits until the new holder serves every source. Returns the sources that waited too long, by the client's clock. */
async function unservedFrom(
  { clock, signal, site }: Drill,
  { prober }: Struck,
  moved: number | undefined,
  limit: number,
): Promise<readonly string[]> {
  if (moved === undefined) return ["the client does not answer"];
  const end = clock.now() + limit;
  for (;;) {
    const over = clock.now() >= end || signal.aborted || prober.lost;
    const why = unserved(prober.probes, site.sources, moved);
    if (prober.lost) return ["connection to the client lost"];
    if (over || why.length === 0 || longestWait(prober.probes, site.sources) > limit) return why;
    await clock.sleep(PAUSE);
  }
}

/** Whether no source has waited for longer than it should, since the strike. */
function wasInTime({ site }: Drill, { prober, trouble, since }: Struck, limit: number): boolean {
  const gap = longestGap(prober.probes, site.sources, since);
  if (gap <= limit) return true;
  trouble.push(`clients were not served for ${gap.toFixed(1)} s, which is longer than ${limit.toFixed(1)} s`);
  return false;
}

/** Keeps probing; false if it ends because the service failed. An interruption only shortens it. */
async function hold(
  { clock, signal, site, hold: seconds }: Drill,
  { prober, trouble }: Struck,
  limit: number,
): Promise<boolean> {
  const end = clock.now() + seconds;
  while (clock.now() < end && !signal.aborted) {
    await clock.sleep(PAUSE, signal);
    const wait = longestWait(prober.probes, site.sources);
    if (prober.lost) trouble.push("connection to the client lost while the backup served");
    else if (wait > limit)
      trouble.push(`a client was not served for ${wait.toFixed(1)} s while the backup held the VIP`);
    else continue;
    return false;
  }
  return true;
}
