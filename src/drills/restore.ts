/**
 * Restores after the strike: starts keepalived where it was stopped, and goes on until the *service* is as before, not
 * only the processes. An interruption does not shorten this; it waits for it.
 */
import { holds } from "./hosts/director.ts";
import type { Director } from "./hosts/director.ts";
import { examine } from "./examine.ts";
import type { Examined } from "./examine.ts";
import type { Fault } from "./faults/fault.ts";
import { keepalivedStopped } from "./faults/keepalived-stopped.ts";
import type { Drill, Struck } from "./drill.ts";
import { actAgain, troubleOf } from "./hosts/host.ts";
import type { DrillHost } from "./hosts/host.ts";
import { unserved } from "./outage.ts";
import { addressesOf, contestOf, sightOf } from "./pair.ts";
import { holdersOf } from "./vantage.ts";
import { holderAfter, takes } from "./hosts/vrrp.ts";
import { GRACE, PAUSE, holdsVip, limitOf } from "./watch.ts";
import type { Watched } from "./watch.ts";

export interface Restored {
  readonly notAsBefore: readonly string[];
  readonly holder: string | undefined;
  /** The reason. */
  readonly because: string;
}

export async function restore(drill: Drill, struck: Struck, watched: Watched): Promise<Restored> {
  const { master } = struck;
  const began = await undo(drill, struck, master, drill.fault);
  const handed = began ? await handIfNeeded(drill, struck, watched) : undefined;
  const restarted = [master.name, ...(handed === undefined ? [] : [handed.name])];
  return whole(drill, struck, { restarted, taker: watched.taker });
}

interface Plan {
  /** Directors on which keepalived was stopped and started, in order. */
  readonly restarted: readonly string[];
  readonly taker: DrillHost | undefined;
}

/** How long to retry a host that does not answer. */
const TRY_PAUSE = 2;

/** Whether the fault is undone; retries the host until the time is up. */
async function undo(drill: Drill, { trouble }: Struck, host: DrillHost, fault: Fault): Promise<boolean> {
  const { clock, patience, say, stopped } = drill;
  const deadline = clock.now() + patience;
  for (let first = true; ; first = false) {
    const why = await tried(host, fault.undo);
    if (why === undefined) stopped.delete(host.name);
    if (why === undefined) say(fault.words.undone, host.name);
    if (why === undefined) return true;
    if (first) say(`${fault.words.left}: ${why}; trying again`, host.name);
    if (clock.now() >= deadline) trouble.push(`${fault.words.notUndone(host.name)}: ${why}`);
    if (clock.now() >= deadline) return false;
    await clock.sleep(TRY_PAUSE);
  }
}

async function tried(host: DrillHost, what: Fault["undo"]): Promise<string | undefined> {
  try {
    const acted = await actAgain(host, what);
    return acted.is === "failed" ? acted.why : undefined;
  } catch (error) {
    return troubleOf(error);
  }
}

/**
 * Moves the VIP back to the director that served before the strike, if the holder does not serve. To do so it stops
 * keepalived on the holder until the VIP has left.
 *
 * @returns the holder, if keepalived was stopped there
 */
async function handIfNeeded(drill: Drill, struck: Struck, watched: Watched): Promise<DrillHost | undefined> {
  const { master, trouble, prober } = struck;
  const limit = limitOf(drill, struck, master);
  const unservedYet = watched.taker !== undefined && !watched.served && !drill.signal.aborted && !prober.lost;
  const known = unservedYet && !returns(drill, struck, watched.taker);
  if (!known && (await servedWithin(drill, struck, limit)).length === 0) return undefined;
  const holder = await otherHolder(drill, struck);
  if (holder === undefined) return undefined;
  drill.say(`does not serve: the VIP is handed to ${master.name}`, holder.name);
  trouble.push(`${drill.site.vip} was handed to ${master.name}, since ${holder.name} did not serve`);
  await hand(drill, struck, holder, limit);
  return holder;
}

async function hand(drill: Drill, struck: Struck, holder: DrillHost, limit: number): Promise<void> {
  const { master, trouble } = struck;
  drill.stopped.set(holder.name, keepalivedStopped.undo.shown());
  const failed = await tried(holder, keepalivedStopped.inject);
  if (failed !== undefined) trouble.push(`${holder.name}: ${failed}`);
  const left = await servedWithin(drill, struck, limit);
  if (left.length > 0) trouble.push(`${master.name} does not serve the clients either: ${left.join(", ")}`);
  await undo(drill, struck, holder, keepalivedStopped);
}

/** Whether the director that was struck takes the VIP back by itself, and at once. */
function returns({ site }: Drill, { before, master }: Struck, taker: DrillHost): boolean {
  const contest = contestOf(before.directors, site.vip);
  return takes(contest, master.name, taker.name) && contest.get(master.name)?.preemptDelay === 0;
}

/** What is still not served after some seconds from now; empty if the client cannot report it. */
async function servedWithin({ clock, site }: Drill, { prober }: Struck, seconds: number): Promise<readonly string[]> {
  const since = await prober.mark();
  const deadline = clock.now() + seconds;
  for (;;) {
    const over = clock.now() >= deadline;
    const why = since === undefined || prober.lost ? [] : unserved(prober.probes, site.sources, since);
    if (over || why.length === 0) return why;
    await clock.sleep(PAUSE);
  }
}

async function otherHolder({ directors, site }: Drill, { master }: Struck): Promise<DrillHost | undefined> {
  for (const host of directors.filter(({ name }) => name !== master.name)) {
    const held = await holdsVip(host, site.vip).catch((error: unknown) => troubleOf(error) === "");
    if (held) return host;
  }
  return undefined;
}

/** Seconds between two examinations. */
const AGAIN = 1;

/**
 * Examines until everything is as before, or the time is up. One examination is not enough: a process that hangs shows
 * only in the second.
 */
async function whole(drill: Drill, struck: Struck, plan: Plan): Promise<Restored> {
  const { clock, patience, say } = drill;
  const began = clock.now();
  const delay = longestDelay(struck.before);
  if (delay > 0) say(`a VIP may come back only after \`preempt_delay\`, ${delay} s`);
  const deadline = began + patience + delay;
  let earlier: Examined | undefined;
  for (;;) {
    const over = clock.now() >= deadline;
    const seen = await examined(drill, struck, plan, earlier);
    const enough = earlier !== undefined && clock.now() - began >= sightOf(struck.before.directors);
    const done = seen.reasons.length === 0 && enough;
    if (done) say("every client is served, and the pair can fail over again");
    if (done || over) return restoredOf(drill, struck, plan, seen);
    earlier ??= seen.site;
    await clock.sleep(AGAIN);
  }
}

interface Seen {
  readonly site: Examined | undefined;
  readonly reasons: readonly string[];
}

async function examined(drill: Drill, struck: Struck, plan: Plan, earlier: Examined | undefined): Promise<Seen> {
  const { prober } = struck;
  try {
    const since = await prober.mark();
    const site = await examine(drill, earlier);
    const clients = since === undefined ? ["connection to the client lost"] : await servedFrom(drill, struck, since);
    return { site, reasons: [...site.reasons, ...misplaced(drill, struck, plan, site), ...clients] };
  } catch (error) {
    return { site: undefined, reasons: [troubleOf(error)] };
  }
}

/** Whether sources were served since a moment; those that were not have some time left. */
async function servedFrom({ clock, site }: Drill, { prober }: Struck, since: number): Promise<readonly string[]> {
  const deadline = clock.now() + GRACE;
  for (;;) {
    const why = unserved(prober.probes, site.sources, since);
    if (why.length === 0 || clock.now() >= deadline || prober.lost) return why;
    await clock.sleep(PAUSE);
  }
}

function longestDelay({ directors }: Examined): number {
  return Math.max(0, ...directors.flatMap(({ instances }) => instances.map(({ preemptDelay }) => preemptDelay)));
}

/** Addresses that are not where the VRRP settings put them after these stops and starts. */
function misplaced(drill: Drill, { before }: Struck, plan: Plan, seen: Examined): readonly string[] {
  if (plan.taker === undefined) return [];
  return addressesOf(before.directors, drill.site.vip).flatMap((address) => {
    const expected = expectedHolder(before.directors, address, plan);
    const [actual, ...more] = holdersOf(seen.directors, address).map(({ name }) => name);
    if (expected === undefined || actual === undefined || more.length > 0 || actual === expected) return [];
    return [`${address} is on ${actual}; its settings put it on ${expected}`];
  });
}

/** `undefined` if more than the settings decides. */
function expectedHolder(before: readonly Director[], address: string, { restarted }: Plan): string | undefined {
  const contest = contestOf(before, address);
  const held = before.find((director) => holds(director, address));
  if (held === undefined || [...contest.values()].some(({ tracks }) => tracks)) return undefined;
  return holderAfter(contest, held.name, restarted);
}

function restoredOf(drill: Drill, struck: Struck, plan: Plan, { site, reasons }: Seen): Restored {
  const holder = site?.master?.name;
  return { notAsBefore: reasons, holder, because: holder === undefined ? "" : because(drill, struck, plan, holder) };
}

function because({ site }: Drill, { before, master }: Struck, { restarted, taker }: Plan, holder: string): string {
  const contest = contestOf(before.directors, site.vip);
  if (restarted.length > 1) return "";
  if (holder === master.name) return taker === undefined ? "" : "it preempts";
  return contest.get(master.name)?.preempts === false
    ? "`nopreempt`: the director that took over keeps it"
    : `the priority of ${master.name} is not higher`;
}
