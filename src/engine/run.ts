/**
 * A run: plays in order, hosts of a play in batches (`serial`), hosts of a batch side by side (`forks`). A play is cut
 * into parts where all hosts must have arrived: at assertions over all of them, and where handlers run.
 */
import { isFlush } from "../playbook/types.ts";
import type { Play, Task } from "../playbook/types.ts";
import { InputError } from "../failure.ts";
import type { HostProblem } from "../failure.ts";
import type { Output } from "../task.ts";
import type { HostRun, Observed } from "./host-run.ts";
import type { Item } from "./item.ts";
import type { Limit } from "./limit.ts";
import { serialBatches } from "./serial.ts";
import type { World } from "./world.ts";

/** A play with the hosts that take part and its tasks in their places. */
export interface Staged {
  readonly play: Play;
  readonly hosts: readonly HostRun[];
  readonly parts: readonly Part[];
}

export type Part =
  { readonly is: "tasks"; readonly items: readonly Item[] } | { readonly is: "gather"; readonly item: Item };

/** Cuts a play's tasks into parts; handlers stand where they run: at each flush. */
export function partsOf(
  tasks: Play["tasks"],
  place: (task: Task, index: number) => Item,
  handlers: readonly Item[],
): readonly Part[] {
  const parts: Part[] = [];
  let items: Item[] = [];
  const close = (): void => {
    if (items.length > 0) parts.push({ is: "tasks", items });
    items = [];
  };
  for (const [index, task] of tasks.entries()) {
    if (isFlush(task)) items.push(...handlers);
    else if (task.type.gathers) {
      close();
      parts.push({ is: "gather", item: place(task, index) });
    } else items.push(place(task, index));
  }
  close();
  return parts;
}

/** @throws InputError when a host's variables do not fit the playbook; nothing was reached then. */
export async function run(staged: readonly Staged[], world: World, forks: Limit): Promise<void> {
  await bindAll(staged);
  for (const [index, { play, hosts, parts }] of staged.entries()) {
    const alive = hosts.filter((host) => host.state === "alive");
    if (alive.length === 0 || world.stop()) continue;
    world.tell({ type: "play-start", play: play.name, hosts: alive.map((host) => host.name), tasks: parts.length });
    const go = await runPlay(play, alive, parts, ahead(staged, index), world, forks);
    world.tell({ type: "play-end", play: play.name });
    if (!go) return;
  }
}

async function bindAll(staged: readonly Staged[]): Promise<void> {
  const problems: HostProblem[] = [];
  for (const { hosts, parts } of staged) {
    const items = itemsOf(parts);
    for (const host of hosts) await host.bindAhead(items, problems);
  }
  if (problems.length > 0) throw new InputError(problems);
}

function itemsOf(parts: readonly Part[]): readonly Item[] {
  return parts.flatMap((part) => (part.is === "tasks" ? part.items : [part.item]));
}

/** What a host will be looked at for after this play. */
function ahead(staged: readonly Staged[], index: number): (host: HostRun) => readonly Item[] {
  return (host) =>
    staged
      .slice(index + 1)
      .filter(({ hosts }) => hosts.includes(host))
      .flatMap(({ parts }) => itemsOf(parts));
}

/** @returns false when the run ends here. */
async function runPlay(
  play: Play,
  hosts: readonly HostRun[],
  parts: readonly Part[],
  later: (host: HostRun) => readonly Item[],
  world: World,
  forks: Limit,
): Promise<boolean> {
  for (const batch of serialBatches(hosts, play.serial)) {
    for (const [index, part] of parts.entries()) {
      const alive = batch.filter((host) => host.state === "alive");
      if (world.stop()) return false;
      const next = itemsOf(parts.slice(index + 1));
      const after = (host: HostRun): readonly Item[] => [...next, ...later(host)];
      if (part.is === "gather") await gather(play, alive, part.item, after, world);
      else await Promise.all(alive.map((host) => forks(() => host.part(play.name, part.items, after(host)))));
    }
    if (tooManyFailed(play, batch)) return false;
  }
  return true;
}

function tooManyFailed(play: Play, batch: readonly HostRun[]): boolean {
  const failed = batch.filter((host) => host.state !== "alive").length;
  if (failed === 0) return false;
  if (play.anyErrorsFatal || failed === batch.length) return true;
  return play.maxFailPercentage !== undefined && failed * 100 > play.maxFailPercentage * batch.length;
}

/** What is wrong, by host: over all of them, else on the host alone. */
function judgeTogether(seen: ReadonlyMap<HostRun, Observed>): ReadonlyMap<HostRun, string | undefined> {
  const outputs = new Map<string, Output>([...seen].map(([host, { output }]) => [host.name, output]));
  const [first] = seen.values();
  const over = first?.task.closed.together?.(outputs);
  return new Map([...seen].map(([host, observed]) => [host, over ?? judgeAlone(observed)]));
}

function judgeAlone({ task, output }: Observed): string | undefined {
  const judgement = task.closed.judge(output);
  return judgement.is === "wrong" || judgement.is === "blocked" ? judgement.why : undefined;
}

/** All hosts look at the same time; the judgement is one, and every one of them hears it. */
async function gather(
  play: Play,
  hosts: readonly HostRun[],
  item: Item,
  after: (host: HostRun) => readonly Item[],
  world: World,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    const seen = new Map<HostRun, Observed>();
    await Promise.all(
      hosts.map(async (host) => {
        const observed = await host.observe(play.name, item, after(host));
        if (observed !== undefined) seen.set(host, observed);
      }),
    );
    const [first] = seen.values();
    if (first === undefined) return;
    const verdicts = judgeTogether(seen);
    const wrong = [...verdicts.values()].some((why) => why !== undefined);
    if (!wrong || tries >= first.task.retries || world.check || world.stop()) {
      for (const [host, { task }] of seen) host.concludeTogether(play.name, task, verdicts.get(host));
      return;
    }
    await world.sleep(first.task.delay);
    for (const host of hosts) host.forget();
  }
}
