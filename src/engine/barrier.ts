/**
 * Runs an assertion across the hosts of a play, or of its `serial` batch. Every host looks, the results are evaluated
 * once, and every host records the evaluation.
 */
import { listNames } from "../text/suggest.ts";
import type { Output } from "../core/task-type.ts";
import type { BoundTask } from "./converge/bound-task.ts";
import type { HostRun } from "./host-run.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import type { Limit } from "./limit.ts";
import type { GroupEvaluation } from "./converge/outcome.ts";
import type { RunContext } from "./run-context.ts";

interface Barrier {
  /** What a host looks at next after this. */
  readonly ahead: (host: HostRun) => readonly TaskRef[];
  readonly world: RunContext;
  readonly forks: Limit;
  /** Hosts of the play that `--limit` leaves out. */
  readonly leftOut: readonly string[];
}

/** The task as each host has it, without hosts that skip it or have left the run. */
type Gathered = ReadonlyMap<HostRun, BoundTask>;

interface Observed {
  readonly task: BoundTask;
  readonly output: Output;
}

/**
 * Each item of a loop is evaluated by itself, over the hosts that have it. So two pairs of directors in one play can
 * have different VIPs.
 */
export async function runBarrier(
  play: string,
  hosts: readonly HostRun[],
  item: TaskRef,
  gathering: Barrier,
): Promise<void> {
  const { ahead, forks } = gathering;
  const arrived = new Map<HostRun, readonly BoundTask[]>();
  await Promise.all(
    hosts.map((host) => forks(async () => void arrived.set(host, await host.arrive(play, item, ahead(host))))),
  );
  const inOrder = hosts.flatMap((host) => (arrived.has(host) ? [[host, arrived.get(host) ?? []] as const] : []));
  for (const subject of subjectsOf(inOrder)) {
    const gathered = new Map([...subject].filter(([host]) => host.state === "alive"));
    await judge(play, item, gathered, gathering);
  }
}

/** Tasks with the same label are about the same thing. If a host has several of them, the nth belong together. */
function subjectsOf(arrived: readonly (readonly [HostRun, readonly BoundTask[]])[]): readonly Gathered[] {
  const subjects = new Map<string, Map<HostRun, BoundTask>>();
  for (const [host, tasks] of arrived) {
    const seen = new Map<string, number>();
    for (const task of tasks) {
      const { label } = task.instance;
      const nth = seen.get(label) ?? 0;
      seen.set(label, nth + 1);
      const key = `${nth} ${label}`;
      subjects.set(key, (subjects.get(key) ?? new Map<HostRun, BoundTask>()).set(host, task));
    }
  }
  return [...subjects.values()];
}

/**
 * Looks again as often as the task may be tried. If an interruption released a host, there is no evaluation over the
 * others alone.
 */
async function judge(play: string, item: TaskRef, gathered: Gathered, gathering: Barrier): Promise<void> {
  const { world, forks, leftOut } = gathering;
  for (let tries = 0; !world.stop(); tries++) {
    const seen = await observeAll(play, item, gathered, forks);
    if ([...gathered.keys()].some((host) => host.state === "alive" && !seen.has(host))) return;
    const rulings = groupEvaluations(seen, leftOut);
    const mayRetry = [...seen.values()].some(({ task }) => tries < task.retries) && !world.check;
    if (mayRetry && rulings.some(({ ruling }) => ruling.is === "wrong")) {
      await world.sleep(Math.max(...[...seen.values()].map(({ task }) => task.delay)));
      for (const host of gathered.keys()) host.forget();
      continue;
    }
    for (const { host, task, ruling } of rulings) host.concludeTogether(play, task, ruling);
    return;
  }
}

async function observeAll(
  play: string,
  item: TaskRef,
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

/** Across hosts, or else on each host alone. */
function groupEvaluations(
  seen: ReadonlyMap<HostRun, Observed>,
  leftOut: readonly string[],
): readonly { readonly host: HostRun; readonly task: BoundTask; readonly ruling: GroupEvaluation }[] {
  const [first] = seen.values();
  const together = first?.task.instance.evaluateAcrossHosts;
  if (together === undefined) return [...seen].map(([host, one]) => ({ host, task: one.task, ruling: alone(one) }));
  const outputs = new Map([...seen].map(([host, { output }]) => [host.name, output]));
  const ruling = overAll(together(outputs, leftOut.length > 0), leftOut);
  return [...seen].map(([host, { task }]) => ({ host, task, ruling }));
}

function overAll(why: string | undefined, leftOut: readonly string[]): GroupEvaluation {
  if (why !== undefined) return { is: "wrong", why };
  if (leftOut.length === 0) return { is: "right" };
  return { is: "open", why: `it is about all hosts of the play, and \`--limit\` leaves out ${listNames(leftOut)}` };
}

function alone({ task, output }: Observed): GroupEvaluation {
  const evaluation = task.instance.evaluate(output);
  return evaluation.is === "wrong" || evaluation.is === "blocked"
    ? { is: "wrong", why: evaluation.why }
    : { is: "right" };
}
