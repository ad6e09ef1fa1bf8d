/** One host through a whole run: what is known of it, and its part in each play. */
import { InputError, Unreachable } from "../failure.ts";
import type { HostProblem } from "../failure.ts";
import { Lost } from "../session.ts";
import type { Answer, Cost, Due } from "../session.ts";
import type { Output } from "../task.ts";
import type { BoundTask } from "./bound.ts";
import { isSkipped } from "./bind.ts";
import type { Bound, Skipped } from "./bind.ts";
import { dryRun, waitedFor } from "./dry.ts";
import type { Dry } from "./dry.ts";
import { dueLook, readDue } from "./due.ts";
import { factsLook, readFacts } from "./facts.ts";
import type { Facts } from "./facts.ts";
import type { Item } from "./item.ts";
import { Looks } from "./looks.ts";
import type { Outcome } from "./outcome.ts";
import { lookOf } from "./plan.ts";
import { settle } from "./settle.ts";
import type { Link } from "./settle.ts";
import { Tally } from "./tally.ts";
import { problemEvents, taskEvent, unboundEvent } from "./task-event.ts";
import type { World } from "./world.ts";

/** What a task waits for before it can be bound: facts of the host, or the result of an earlier task. */
export type Wait = "facts" | "result" | undefined;

export interface HostPorts {
  /** The shell of whom a task runs as. */
  readonly link: (item: Item) => Link;
  /** Tasks with the same word run as the same user. */
  readonly runsAs: (item: Item) => string;
  readonly cost: () => Cost;
  /** @throws InputError */
  readonly bind: (item: Item) => Promise<Bound>;
  readonly waits: (item: Item) => Wait;
  readonly learnFacts: (facts: Facts) => void;
  readonly learnResult: (item: Item, outcome: Outcome) => void;
  /** All handlers of the run: asked for when the host is met. */
  readonly handlers: readonly Due[];
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
  readonly #looks: Looks;
  readonly #due = new Set<string>();
  readonly #bound = new Map<string, Bound>();
  #met = false;

  constructor(name: string, world: World, ports: HostPorts) {
    this.name = name;
    this.tally = new Tally(name);
    this.#world = world;
    this.#ports = ports;
    this.#looks = new Looks(() => world.changes);
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
    await this.#guarded(play, async () => {
      let rest = items;
      while (rest.length > 0 && this.state === "alive" && !this.#world.stop()) {
        rest = rest.slice(await this.#take(play, rest, [...rest, ...ahead]));
      }
    });
  }

  /** Looks with one task, for a judgement over all hosts; `undefined` when it is skipped or the host is gone. */
  async observe(play: string, item: Item, ahead: readonly Item[]): Promise<Observed | undefined> {
    let seen: Observed | undefined;
    await this.#guarded(play, async () => {
      await this.#meet(item, [item, ...ahead]);
      const [task] = await this.#bind(item);
      if (task === undefined) return;
      if (isSkipped(task)) return this.#skip(play, task);
      const answer = (await this.#looks.of(this.#ports.link(item), [task])).get(task.id);
      if (answer !== undefined) seen = { task, output: answer.output };
    });
    return seen;
  }

  /** Hears what was judged over all hosts; `why`: what is wrong. In a dry run it may have to wait for a change. */
  concludeTogether(play: string, task: BoundTask, why: string | undefined): void {
    const waitsFor = this.#world.check ? waitedFor(this.#dry(play)) : undefined;
    if (why === undefined) this.#conclude(play, { task, status: "ok" });
    else if (waitsFor !== undefined) this.#conclude(play, { task, status: "depends", why, waitsFor });
    else this.#conclude(play, { task, status: task.ignoreErrors ? "ignored" : "failed", why });
  }

  /** What was looked at does not hold any more. */
  forget(): void {
    this.#looks.forget();
  }

  /** Takes the tasks that can be settled together from the front; returns how many. */
  async #take(play: string, rest: readonly Item[], all: readonly Item[]): Promise<number> {
    const [first] = rest;
    if (first === undefined) return 0;
    await this.#meet(first, all);
    if (this.#world.check && this.#ports.waits(first) === "result") {
      this.tally.count("depends");
      this.#world.tell(unboundEvent(this.name, play, first));
      return 1;
    }
    const items = this.#together(first, rest);
    const bound: Bound[number][] = [];
    for (const item of items) bound.push(...(await this.#bind(item)));
    await this.#settle(play, first, bound, items);
    return items.length;
  }

  /** As far as the tasks can be bound now and run as the same user. */
  #together(first: Item, rest: readonly Item[]): readonly Item[] {
    const { waits, runsAs } = this.#ports;
    const user = runsAs(first);
    const end = rest.findIndex((item, index) => {
      const afterResult = rest[index - 1]?.task.register !== undefined;
      return index > 0 && (afterResult || waits(item) !== undefined || runsAs(item) !== user);
    });
    return end < 0 ? rest : rest.slice(0, end);
  }

  async #settle(play: string, first: Item, bound: Bound, items: readonly Item[]): Promise<void> {
    const skips = new Skips(bound, (skipped) => this.#skip(play, skipped));
    const byId = new Map(items.map((item) => [item.id, item]));
    const tell = (outcome: Outcome): void => {
      skips.before(outcome.task);
      this.#conclude(play, outcome, byId.get(itemId(outcome.task.id)));
    };
    const link = this.#ports.link(first);
    if (this.#world.check) {
      dryRun(skips.tasks, await this.#looks.of(link, skips.tasks), { ...this.#dry(play), tell });
    } else {
      const { sleep, stop } = this.#world;
      await settle(skips.tasks, this.#looks.known, { link, due: this.#due, tell, sleep, stop });
    }
    if (this.state === "alive") skips.rest();
  }

  #dry(play: string): Dry {
    const tell = (outcome: Outcome): void => this.#conclude(play, outcome);
    return { host: this.name, pending: this.#world.pending, due: this.#due, tell };
  }

  /** The first time: facts, where they are wanted, then all looks that can be made. */
  async #meet(item: Item, all: readonly Item[]): Promise<void> {
    const link = this.#ports.link(item);
    if (all.some((each) => this.#ports.waits(each) === "facts")) {
      const seen = await this.#looks.ask(link, [{ id: "facts", look: factsLook, from: "host" }]);
      this.#ports.learnFacts(readFacts(outputOf(seen, "facts")));
      await this.bindAhead(all, []);
    }
    if (this.#met) return;
    this.#met = true;
    const user = this.#ports.runsAs(item);
    const mine = all.filter((each) => this.#ports.runsAs(each) === user);
    const tasks = mine
      .flatMap(({ id }) => this.#bound.get(id) ?? [])
      .flatMap((each) => (isSkipped(each) ? [] : [each]));
    const seen = await this.#looks.ask(link, [dueLook(this.#ports.handlers), ...tasks.map(lookOf)]);
    readDue(outputOf(seen, "due")).forEach((key) => this.#due.add(key));
  }

  async #bind(item: Item): Promise<Bound> {
    const bound = this.#bound.get(item.id) ?? (await this.#ports.bind(item));
    this.#bound.set(item.id, bound);
    return bound;
  }

  #conclude(play: string, outcome: Outcome, item?: Item): void {
    if (outcome.status === "changed") this.#world.changes += 1;
    if (outcome.status === "failed") this.state = "failed";
    if (outcome.status === "unknown") this.state = "lost";
    this.tally.count(outcome.status);
    if (item?.task.register !== undefined) this.#ports.learnResult(item, outcome);
    this.#world.tell(taskEvent(this.name, play, outcome));
  }

  #skip(play: string, { name, kind, skipped: why }: Skipped): void {
    this.tally.count("skipped");
    const event = { type: "task", host: this.name, play, name, kind, label: "", handler: false } as const;
    this.#world.tell({ ...event, status: "skipped", why });
  }

  /** A host that cannot be reached, or whose variables are wrong, leaves the run; the others go on. */
  async #guarded(play: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof Unreachable) this.#lost("unreachable", error.stage, error.message, error.hint);
      else if (error instanceof Lost) this.#lost("unknown", "connection", error.message, undefined);
      else if (error instanceof InputError) this.#wrong(play, error);
      else throw error;
    }
  }

  #lost(state: "unreachable" | "unknown", stage: string, why: string, hint: string | undefined): void {
    this.state = "lost";
    this.tally.count(state);
    const event = { type: "host-lost", host: this.name, state, stage, why } as const;
    this.#world.tell(hint === undefined ? event : { ...event, hint });
  }

  /** Wrong input that only facts or results brought to light: the host was reached, so it is the host's failure. */
  #wrong(play: string, error: InputError): void {
    this.state = "failed";
    this.tally.count("failed");
    for (const event of problemEvents(this.name, play, error.problems)) this.#world.tell(event);
  }
}

/** Skipped tasks are reported in their place among the others. */
class Skips {
  readonly tasks: readonly BoundTask[];
  #open: Bound;
  readonly #tell: (skipped: Skipped) => void;

  constructor(bound: Bound, tell: (skipped: Skipped) => void) {
    this.tasks = bound.flatMap((each) => (isSkipped(each) ? [] : [each]));
    this.#open = bound;
    this.#tell = tell;
  }

  before(task: BoundTask): void {
    const index = this.#open.indexOf(task);
    if (index < 0) return;
    const passed = this.#open.slice(0, index);
    this.#open = [...passed.filter((each) => !isSkipped(each)), ...this.#open.slice(index + 1)];
    for (const each of passed) if (isSkipped(each)) this.#tell(each);
  }

  rest(): void {
    for (const each of this.#open) if (isSkipped(each)) this.#tell(each);
    this.#open = [];
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
