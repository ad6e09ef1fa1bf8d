/** Runs the plays in order: the hosts of a play in batches (`serial`), the hosts of a batch in parallel (`forks`). */
import type { Play } from "../playbook/types.ts";
import { InputError } from "../core/problem.ts";
import type { HostProblem } from "../core/problem.ts";
import { runBarrier } from "./barrier.ts";
import type { HostRun } from "./host-run.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import type { Limit } from "./limit.ts";
import { itemsOf } from "./segments.ts";
import type { Segment } from "./segments.ts";
import { serialBatches } from "./serial.ts";
import type { RunContext } from "./run-context.ts";

/** A play with the hosts that take part and its tasks in their places. */
export interface PlayRun {
  readonly play: Play;
  readonly hosts: readonly HostRun[];
  /** Names of the play's other hosts, which `--limit` leaves out. */
  readonly leftOut: readonly string[];
  readonly segments: readonly Segment[];
}

/** @throws InputError when a host's variables do not fit the playbook; nothing was reached then. */
export async function run(staged: readonly PlayRun[], world: RunContext, forks: Limit): Promise<void> {
  await bindAll(staged);
  for (const [index, each] of staged.entries()) {
    const { play, hosts, segments: parts } = each;
    const alive = hosts.filter((host) => host.state === "alive");
    if (alive.length === 0 || world.stop()) continue;
    world.tell({ type: "play-start", play: play.name, hosts: alive.map((host) => host.name), tasks: tasksIn(parts) });
    alive.forEach((host) => host.startPlay(tasksIn(parts)));
    const go = await runPlay({ ...each, hosts: alive }, ahead(staged, index), world, forks);
    throwBug(alive, world);
    world.tell({ type: "play-end", play: play.name });
    if (!go) return;
  }
}

/** All hosts have stopped cleanly. Reports the reason to the hosts that the bug did not involve. */
function throwBug(hosts: readonly HostRun[], { bug }: RunContext): void {
  if (bug === undefined) return;
  for (const host of hosts) host.standing.endFor(bug.host);
  throw bug.error;
}

function tasksIn(parts: readonly Segment[]): number {
  return itemsOf(parts).filter(({ handler }) => handler === undefined).length;
}

async function bindAll(staged: readonly PlayRun[]): Promise<void> {
  const problems: HostProblem[] = [];
  for (const { hosts, segments: parts } of staged) {
    const items = itemsOf(parts);
    for (const host of hosts) await host.bindAhead(items, problems);
  }
  if (problems.length > 0) throw new InputError(problems);
}

/** What a host will be looked at for after this play. */
function ahead(staged: readonly PlayRun[], index: number): (host: HostRun) => readonly TaskRef[] {
  return (host) =>
    staged
      .slice(index + 1)
      .filter(({ hosts }) => hosts.includes(host))
      .flatMap(({ segments: parts }) => itemsOf(parts));
}

/** @returns false when the run ends here. */
async function runPlay(
  { play, hosts, leftOut, segments: parts }: PlayRun,
  later: (host: HostRun) => readonly TaskRef[],
  world: RunContext,
  forks: Limit,
): Promise<boolean> {
  for (const batch of serialBatches(hosts, play.serial)) {
    const mayGoOn = (): boolean => !world.stop() && !tooManyFailed(play, batch);
    for (const [index, part] of parts.entries()) {
      const next = itemsOf(parts.slice(index + 1));
      const ahead = (host: HostRun): readonly TaskRef[] => [...next, ...later(host)];
      const alive = batch.filter((host) => host.state === "alive");
      switch (part.is) {
        case "tasks":
          await sideBySide(alive, forks, mayGoOn, (host) => host.runSegment(play.name, part.items, ahead(host)));
          break;
        case "barrier":
          await runBarrier(play.name, alive, part.item, { ahead, world, forks, leftOut });
      }
      if (!mayGoOn()) return false;
    }
    batch.forEach((host) => host.finishPlay());
  }
  return true;
}

/** Those that wait for their turn are not touched any more once too many have failed. */
async function sideBySide(
  hosts: readonly HostRun[],
  forks: Limit,
  mayGoOn: () => boolean,
  run: (host: HostRun) => Promise<void>,
): Promise<void> {
  await Promise.all(hosts.map((host) => forks(async () => (mayGoOn() ? run(host) : undefined))));
}

function tooManyFailed(play: Play, batch: readonly HostRun[]): boolean {
  const failed = batch.filter((host) => host.state !== "alive").length;
  if (failed === 0) return false;
  if (play.anyErrorsFatal || failed === batch.length) return true;
  return play.maxFailPercentage !== undefined && failed * 100 > play.maxFailPercentage * batch.length;
}
