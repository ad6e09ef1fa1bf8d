/** An assertion over all hosts of a play (or of its `serial` batch): all look, the judgement is one, and each hears it. */
import type { Output } from "../task.ts";
import type { BoundTask } from "./bound.ts";
import type { HostRun } from "./host-run.ts";
import type { Item } from "./item.ts";
import type { Limit } from "./limit.ts";
import type { World } from "./world.ts";

interface Gathering {
  /** What a host will be looked at for after this. */
  readonly ahead: (host: HostRun) => readonly Item[];
  readonly world: World;
  readonly forks: Limit;
}

/** The task as each host has it; those that skip it, or are gone, are not among them. */
type Gathered = ReadonlyMap<HostRun, BoundTask>;

interface Observed {
  readonly task: BoundTask;
  readonly output: Output;
}

/** Of a loop each item is judged for itself, over the hosts that have so many. */
export async function gather(
  play: string,
  hosts: readonly HostRun[],
  item: Item,
  { ahead, world, forks }: Gathering,
): Promise<void> {
  const arrived = new Map<HostRun, readonly BoundTask[]>();
  await Promise.all(
    hosts.map((host) => forks(async () => void arrived.set(host, await host.arrive(play, item, ahead(host))))),
  );
  const rounds = Math.max(0, ...[...arrived.values()].map((tasks) => tasks.length));
  for (let round = 0; round < rounds; round++) {
    const gathered = new Map(
      hosts.flatMap((host) => {
        const task = arrived.get(host)?.[round];
        return task === undefined || host.state !== "alive" ? [] : [[host, task] as const];
      }),
    );
    await judge(play, item, gathered, world, forks);
  }
}

/** Asks again as often as the task may be tried. */
async function judge(play: string, item: Item, gathered: Gathered, world: World, forks: Limit): Promise<void> {
  for (let tries = 0; !world.stop(); tries++) {
    const seen = await observeAll(play, item, gathered, forks);
    const verdicts = verdictsOf(seen);
    const mayRetry = [...seen.values()].some(({ task }) => tries < task.retries) && !world.check;
    if (mayRetry && [...verdicts.values()].some((why) => why !== undefined)) {
      await world.sleep(Math.max(...[...seen.values()].map(({ task }) => task.delay)));
      for (const host of gathered.keys()) host.forget();
      continue;
    }
    for (const [host, { task }] of seen) host.concludeTogether(play, task, verdicts.get(host));
    return;
  }
}

async function observeAll(
  play: string,
  item: Item,
  gathered: Gathered,
  forks: Limit,
): Promise<ReadonlyMap<HostRun, Observed>> {
  const alive = [...gathered].filter(([host]) => host.state === "alive");
  const outputs = await Promise.all(alive.map(([host, task]) => forks(() => host.observe(play, item, task))));
  return new Map(
    alive.flatMap(([host, task], index) => {
      const output = outputs[index];
      return output === undefined ? [] : [[host, { task, output }] as const];
    }),
  );
}

/** What is wrong, by host: over all of them, else on the host alone. */
function verdictsOf(seen: ReadonlyMap<HostRun, Observed>): ReadonlyMap<HostRun, string | undefined> {
  const outputs = new Map([...seen].map(([host, { output }]) => [host.name, output]));
  const [first] = seen.values();
  const over = first?.task.closed.together?.(outputs);
  return new Map([...seen].map(([host, observed]) => [host, over ?? judgeAlone(observed)]));
}

function judgeAlone({ task, output }: Observed): string | undefined {
  const judgement = task.closed.judge(output);
  return judgement.is === "wrong" || judgement.is === "blocked" ? judgement.why : undefined;
}
