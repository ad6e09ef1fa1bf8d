/** One host through a whole run: what is known of it, and its part in each play. */
import { InputError, Unreachable } from "../failure.ts";
import type { HostProblem } from "../failure.ts";
import { Lost } from "../session.ts";
import type { Answer, Cost, Due } from "../session.ts";
import type { Output } from "../task.ts";
import type { BoundTask } from "./bound.ts";
import { isSkipped } from "./bind.ts";
import type { Bound } from "./bind.ts";
import { dryRun, waitedFor } from "./dry.ts";
import { dueLook, readDue } from "./due.ts";
import { factsLook, readFacts } from "./facts.ts";
import type { Facts } from "./facts.ts";
import type { Item } from "./item.ts";
import type { Outcome } from "./outcome.ts";
import { taskEvent } from "./task-event.ts";
import { lookOf } from "./plan.ts";
import { settle } from "./settle.ts";
import type { Link } from "./settle.ts";
import { Tally } from "./tally.ts";
import type { World } from "./world.ts";

/** What a task waits for before it can be bound: facts of the host, or the result of an earlier task. */
export type Wait = "facts" | "result" | undefined;

export interface HostPorts {
  /** The shell of whom a task runs as. */
  readonly link: (item: Item) => Link;
  readonly cost: () => Cost;
  /** @throws InputError */
  readonly bind: (item: Item) => Promise<Bound>;
  readonly waits: (item: Item) => Wait;
  readonly learnFacts: (facts: Facts) => void;
  readonly learnResult: (item: Item, outcome: Outcome) => void;
  /** All handlers of the run: asked for when the host is met. */
  readonly handlers: readonly Due[];
  /** Tasks with the same word run as the same user. */
  readonly runsAs: (item: Item) => string;
}

/** A task whose judgement is over all hosts, and what this host had to say. */
export interface Observed {
  readonly task: BoundTask;
  readonly output: Output;
}

export type HostState = "alive" | "failed" | "lost";

export class HostRun {
  readonly name: string;
  readonly tally: Tally;
  state: HostState = "alive";
  readonly #world: World;
  readonly #ports: HostPorts;
  readonly #due = new Set<string>();
  readonly #bound = new Map<string, Bound>();
  #answers: ReadonlyMap<string, Answer> = new Map();
  /** `world.changes` when the answers came in. */
  #answersAt = 0;
  #met = false;

  constructor(name: string, world: World, ports: HostPorts) {
    this.name = name;
    this.tally = new Tally(name);
    this.#world = world;
    this.#ports = ports;
  }

  get cost(): Cost {
    return this.#ports.cost();
  }

  /** Binds what does not have to wait; adds every problem, each with the host it concerns. */
  async bindAhead(items: readonly Item[], problems: HostProblem[]): Promise<void> {
    for (const item of items) {
      if (this.#ports.waits(item) !== undefined || this.#bound.has(item.id)) continue;
      try {
        await this.#bind(item);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(...error.problems.map((problem) => ({ ...problem, host: this.name })));
      }
    }
  }

  /**
   * Settles tasks in order (or, in a dry run, judges them).
   * @param ahead tasks of later parts: looked at in the same round trip, the first time.
   */
  async part(play: string, items: readonly Item[], ahead: readonly Item[]): Promise<void> {
    await this.#guarded(async () => {
      let rest = items;
      while (rest.length > 0 && this.state === "alive" && !this.#world.stop()) {
        const taken = await this.#take(rest, [...rest, ...ahead], play);
        rest = rest.slice(taken);
      }
    });
  }

  /** Looks with one task, for a judgement over all hosts; `undefined` when the task is skipped or the host is gone. */
  async observe(play: string, item: Item, ahead: readonly Item[]): Promise<Observed | undefined> {
    let seen: Observed | undefined;
    await this.#guarded(async () => {
      await this.#meet(item, [item, ...ahead]);
      const [task] = this.#told(play, await this.#bind(item));
      if (task === undefined) return;
      const answer = (await this.#look(item, [task])).get(task.id);
      if (answer !== undefined) seen = { task, output: answer.output };
    });
    return seen;
  }

  /** Hears what was judged over all hosts; `why`: what is wrong. In a dry run it may have to wait for a change. */
  concludeTogether(play: string, task: BoundTask, why: string | undefined): void {
    const waitsFor = this.#world.check ? waitedFor(this.#dry(play)) : undefined;
    if (why === undefined) this.conclude(play, { task, status: "ok" });
    else if (waitsFor !== undefined) this.conclude(play, { task, status: "depends", why, waitsFor });
    else this.conclude(play, { task, status: task.ignoreErrors ? "ignored" : "failed", why });
  }

  /** What was made at an earlier time does not hold any more. */
  forget(): void {
    this.#answers = new Map();
  }

  /** Reports an outcome, and draws the consequences. */
  conclude(play: string, outcome: Outcome, item?: Item): void {
    if (outcome.status === "changed") this.#world.changes += 1;
    if (outcome.status === "failed") this.state = "failed";
    if (outcome.status === "unknown") this.state = "lost";
    this.tally.count(outcome.status);
    if (item?.task.register !== undefined) this.#ports.learnResult(item, outcome);
    this.#world.tell(taskEvent(this.name, play, outcome));
  }

  /** Takes the tasks that can be settled together from the front; returns how many. */
  async #take(rest: readonly Item[], all: readonly Item[], play: string): Promise<number> {
    const [first] = rest;
    if (first === undefined) return 0;
    await this.#meet(first, all);
    const wait = this.#ports.waits(first);
    if (wait === "result" && this.#world.check) return this.#cannotKnow(play, first);
    const batch = this.#together(rest);
    const tasks: BoundTask[] = [];
    for (const item of batch) tasks.push(...this.#told(play, await this.#bind(item)));
    const items = new Map(batch.map((item) => [item.id, item]));
    await this.#settle(play, first, tasks, (task) => items.get(itemId(task.id)));
    return batch.length;
  }

  /** As far as the tasks can be bound now and run as the same user. */
  #together(rest: readonly Item[]): readonly Item[] {
    const [first] = rest;
    if (first === undefined) return [];
    const end = rest.findIndex(
      (item, index) =>
        index > 0 &&
        (this.#ports.waits(item) !== undefined ||
          this.#ports.runsAs(item) !== this.#ports.runsAs(first) ||
          rest[index - 1]?.task.register !== undefined),
    );
    return end < 0 ? rest : rest.slice(0, end);
  }

  #cannotKnow(play: string, item: Item): number {
    const { task } = item;
    const why = "it uses what an earlier task returns, and that is not run in a dry run";
    const name = task.name?.text ?? task.type.kind;
    const event = {
      type: "task",
      host: this.name,
      play,
      name,
      kind: task.type.kind,
      label: "",
      handler: false,
    } as const;
    this.tally.count("depends");
    this.#world.tell({ ...event, status: "depends", why });
    return 1;
  }

  async #settle(
    play: string,
    first: Item,
    tasks: readonly BoundTask[],
    itemOf: (task: BoundTask) => Item | undefined,
  ): Promise<void> {
    const answers = this.#fresh() ? this.#answers : new Map<string, Answer>();
    const tell = (outcome: Outcome): void => this.conclude(play, outcome, itemOf(outcome.task));
    if (this.#world.check) {
      dryRun(tasks, await this.#look(first, tasks), { ...this.#dry(play), tell });
      return;
    }
    const { sleep, stop } = this.#world;
    await settle(tasks, answers, { link: this.#ports.link(first), due: this.#due, tell, sleep, stop });
  }

  #dry(play: string): Parameters<typeof dryRun>[2] {
    const tell = (outcome: Outcome): void => this.conclude(play, outcome);
    return { host: this.name, pending: this.#world.pending, due: this.#due, tell };
  }

  /** The first time: facts, where they are wanted, then all looks that can be made. */
  async #meet(item: Item, all: readonly Item[]): Promise<void> {
    const link = this.#ports.link(item);
    if (all.some((each) => this.#ports.waits(each) === "facts")) {
      const seen = await this.#run(link, [{ id: "facts", look: factsLook, from: "host" }]);
      this.#ports.learnFacts(readFacts(outputOf(seen, "facts")));
      const problems: HostProblem[] = [];
      await this.bindAhead(all, problems);
    }
    if (this.#met) return;
    this.#met = true;
    const mine = all.filter((each) => this.#ports.runsAs(each) === this.#ports.runsAs(item));
    const tasks = mine
      .flatMap((each) => this.#bound.get(each.id) ?? [])
      .flatMap((each) => (isSkipped(each) ? [] : [each]));
    const seen = await this.#run(link, [dueLook(this.#ports.handlers), ...tasks.map(lookOf)]);
    readDue(outputOf(seen, "due")).forEach((key) => this.#due.add(key));
    this.#answers = seen;
    this.#answersAt = this.#world.changes;
  }

  #fresh(): boolean {
    return this.#answersAt === this.#world.changes;
  }

  async #look(item: Item, tasks: readonly BoundTask[]): Promise<ReadonlyMap<string, Answer>> {
    const known = this.#fresh() ? this.#answers : new Map<string, Answer>();
    const missing = tasks.filter((task) => !known.has(task.id));
    if (missing.length === 0) return known;
    return new Map([...known, ...(await this.#run(this.#ports.link(item), missing.map(lookOf)))]);
  }

  /** Looking twice does no harm: a connection that goes is made anew once. */
  async #run(link: Link, looks: Parameters<Link["run"]>[0]["looks"]): Promise<ReadonlyMap<string, Answer>> {
    const batch = { steps: [], looks };
    try {
      return (await link.run(batch)).looks;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      await link.again();
      return (await link.run(batch)).looks;
    }
  }

  async #bind(item: Item): Promise<Bound> {
    const bound = this.#bound.get(item.id) ?? (await this.#ports.bind(item));
    this.#bound.set(item.id, bound);
    return bound;
  }

  /** The tasks; the skipped ones are reported. */
  #told(play: string, bound: Bound): readonly BoundTask[] {
    return bound.flatMap((each) => {
      if (!isSkipped(each)) return [each];
      this.tally.count("skipped");
      const { name, kind, skipped: why } = each;
      const event = { type: "task", host: this.name, play, name, kind, label: "", handler: false } as const;
      this.#world.tell({ ...event, status: "skipped", why });
      return [];
    });
  }

  /** A host that cannot be reached, or whose variables are wrong, leaves the run; the others go on. */
  async #guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof Unreachable) this.#lost("unreachable", error.stage, error.message, error.hint);
      else if (error instanceof Lost) this.#lost("unknown", "connection", error.message, undefined);
      else if (error instanceof InputError) this.#wrong(error);
      else throw error;
    }
  }

  #lost(state: "unreachable" | "unknown", stage: string, why: string, hint: string | undefined): void {
    this.state = "lost";
    this.tally.count(state);
    const event = { type: "host-lost", host: this.name, state, stage, why } as const;
    this.#world.tell(hint === undefined ? event : { ...event, hint });
  }

  /** Wrong input that only facts or results brought to light: the host is touched already, so it is the host's failure. */
  #wrong(error: InputError): void {
    this.state = "failed";
    this.tally.count("failed");
    for (const problem of error.problems)
      this.#world.tell({ type: "warning", problem: { ...problem, note: `on ${this.name}` } });
  }
}

function outputOf(seen: ReadonlyMap<string, Answer>, id: string): Output {
  const answer = seen.get(id);
  if (answer === undefined) throw new Error(`no answer to the look "${id}"`);
  return answer.output;
}

/** A bound task's id is its item's, and the index in its loop. */
function itemId(id: string): string {
  return id.split(".").slice(0, 2).join(".");
}
