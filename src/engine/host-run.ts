/** Runs one host through all plays: facts, first looks, segments, barriers. */
import type { HostProblem } from "../core/problem.ts";
import type { Cost } from "../core/batch.ts";
import type { Output } from "../core/task-type.ts";
import type { BoundTask } from "./converge/bound-task.ts";
import type { Bound, Skipped } from "./bind/bound.ts";
import { Bindings } from "./bind/bindings.ts";
import { dryRun, causeOf } from "./converge/dry-run.ts";
import type { DryRunState } from "./converge/dry-run.ts";
import { notifiedHandlersLook, parseNotifiedHandlers } from "./converge/handler-key.ts";
import { factsLook, readFacts } from "./variables/facts.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import { LookCache } from "./converge/look-cache.ts";
import { HandlerState } from "./converge/handler-state.ts";
import { HandlerMarks } from "./converge/handler-marks.ts";
import type { Outcome, GroupEvaluation } from "./converge/outcome.ts";
import { lookOf } from "./converge/plan.ts";
import { RegisteredResults } from "./bind/result.ts";
import { converge } from "./converge/converge.ts";
import type { ConvergeEnd } from "./converge/converge.ts";
import type { ShellConnection } from "../core/batch.ts";
import { SkipReporter } from "./skip-reporter.ts";
import { HostStatus } from "./host-status.ts";
import type { HostState } from "./host-status.ts";
import { Progress } from "./progress.ts";
import { HostCounts } from "./host-counts.ts";
import { Tests } from "./converge/tests.ts";
import { skippedEvent, taskEvent, unboundEvent } from "./task-event.ts";
import type { RunContext } from "./run-context.ts";
import type { HostPorts } from "./host-ports.ts";
import { linkOf, outputOf, idsOf, isTask } from "./host-ports.ts";

export class HostRun {
  readonly name: string;
  readonly tally: HostCounts;
  readonly standing: HostStatus;
  readonly #world: RunContext;
  readonly #ports: HostPorts;
  readonly #looks: LookCache;
  readonly #tests = new Tests();
  readonly #marks: HandlerMarks;
  readonly #handlers = new HandlerState();
  readonly #bindings: Bindings;
  readonly #registers: RegisteredResults;
  readonly #visited = new Set<ShellConnection>();
  readonly #progress: Progress;

  constructor(name: string, world: RunContext, ports: HostPorts) {
    this.name = name;
    this.tally = new HostCounts(name);
    this.#world = world;
    this.#progress = new Progress(name, world.tell);
    this.standing = new HostStatus(name, world, this.tally);
    this.#ports = ports;
    this.#registers = new RegisteredResults(ports.learnResult);
    this.#looks = new LookCache(() => world.changes);
    this.#bindings = new Bindings(ports);
    this.#marks = new HandlerMarks(this.#handlers, (due) => linkOf(due, ports));
  }

  get state(): HostState {
    return this.standing.state;
  }

  get cost(): Cost {
    return this.#ports.cost();
  }

  /** Binds what does not have to wait; adds every problem, each with the host it concerns. */
  async bindAhead(items: readonly TaskRef[], problems: HostProblem[]): Promise<void> {
    const found = await this.#bindings.ahead(items);
    problems.push(...found.map((problem) => ({ ...problem, host: this.name })));
  }

  /** Begins a play of so many tasks. */
  startPlay(total: number): void {
    this.#progress.enter(total);
  }

  /** The host has finished the play. */
  finishPlay(): void {
    if (this.state === "alive") this.#progress.leave();
  }

  /**
   * Converges tasks in order (in a dry run, evaluates them).
   *
   * @param ahead tasks of later parts, whose looks go with the first round trip
   */
  async runSegment(play: string, items: readonly TaskRef[], ahead: readonly TaskRef[]): Promise<void> {
    await this.standing.guarded(play, async () => {
      let rest = items;
      while (rest.length > 0 && this.state === "alive" && !this.#world.stop()) {
        rest = rest.slice(await this.#runNext(play, rest, [...rest, ...ahead]));
      }
    });
  }

  /**
   * Arrives at an assertion across hosts: the task as this host has it (one per item of a loop); none if it is skipped.
   */
  async arrive(play: string, item: TaskRef, ahead: readonly TaskRef[]): Promise<readonly BoundTask[]> {
    let tasks: readonly BoundTask[] = [];
    await this.standing.guarded(play, async () => {
      await this.#firstLooks(item, [item, ...ahead]);
      const bound = await this.#bind(item);
      if (bound === undefined) return this.#unbound(play, item);
      const skips = new SkipReporter(bound, (skipped) => this.#skip(play, skipped));
      skips.rest();
      this.#registers.begin(item, bound);
      ({ tasks } = skips);
    });
    return tasks;
  }

  /** This host's part of the assertion. */
  async observe(play: string, item: TaskRef, task: BoundTask): Promise<Output | undefined> {
    let seen: Output | undefined;
    await this.standing.guarded(play, async () => {
      this.#progress.at(task.name);
      seen = outputOf(await this.#looks.of(this.#ports.link(item), [task]), task.id);
    });
    return seen;
  }

  /** Records the evaluation across hosts. In a dry run it may have to wait for a change. */
  concludeTogether(play: string, task: BoundTask, ruling: GroupEvaluation): void {
    const waitsFor = this.#world.check ? causeOf(this.#dry(play)) : undefined;
    if (ruling.is === "right") this.#conclude(play, { task, status: "ok" });
    else if (ruling.is === "open") this.#conclude(play, { task, status: "skipped", why: ruling.why });
    else if (waitsFor !== undefined)
      this.#conclude(play, { task, status: "depends", code: "assertion-failed", why: ruling.why, waitsFor });
    else
      this.#conclude(play, {
        task,
        status: task.ignoreErrors ? "ignored" : "failed",
        code: "assertion-failed",
        why: ruling.why,
      });
    this.#progress.pass([task.ref]);
  }

  /** Earlier looks are not valid any more. */
  forget(): void {
    this.#looks.forget();
  }

  /** Takes the tasks from the front that can converge together; returns how many. */
  async #runNext(play: string, rest: readonly TaskRef[], all: readonly TaskRef[]): Promise<number> {
    const [first] = rest;
    if (first === undefined) return 0;
    await this.#firstLooks(first, all);
    if ((await this.#bind(first)) === undefined) {
      this.#unbound(play, first);
      this.#progress.pass([first.id]);
      return 1;
    }
    const items = await this.#bindings.batchable(first, rest.slice(1));
    await this.#settle(play, first, items);
    this.#progress.pass(idsOf(items));
    return items.length;
  }

  /** In a dry run: nothing, if the task's arguments cannot be known. */
  #bind(item: TaskRef): Promise<Bound | undefined> {
    return this.#world.check ? this.#bindings.bindForDryRun(item) : this.#bindings.bindNow(item);
  }

  async #settle(play: string, first: TaskRef, items: readonly TaskRef[]): Promise<void> {
    for (const item of items) this.#registers.begin(item, this.#bindings.of(item));
    const bound = items.flatMap((item) => this.#bindings.of(item));
    const heard = new Set<string>();
    const skips = new SkipReporter(bound, (skipped) => {
      const item = items.find(({ id }) => id === skipped.ref);
      if (item?.handler !== undefined && !heard.has(item.id) && !this.#handlers.mayBeNotified(item.handler)) return;
      heard.add(skipped.ref);
      this.#skip(play, skipped);
    });
    const tell = (outcome: Outcome): void => {
      skips.before(outcome.task);
      heard.add(outcome.task.ref);
      this.#conclude(play, outcome);
    };
    const begin = ({ ref, name }: BoundTask): void => {
      const at = items.findIndex((item) => item.id === ref);
      this.#progress.pass(idsOf(items.slice(0, at)));
      this.#progress.at(name);
    };
    const settled = await this.#run(skips.tasks, this.#ports.link(first), { ...this.#dry(play), tell }, begin);
    if (settled !== "done") return;
    skips.rest();
    await this.#clearSkippedHandlers(items);
  }

  async #run(
    tasks: readonly BoundTask[],
    link: ShellConnection,
    dry: DryRunState,
    begin: (task: BoundTask) => void,
  ): Promise<ConvergeEnd> {
    if (this.#world.check) {
      const seen = await this.#looks.of(link, tasks);
      return dryRun(tasks, seen, await this.#tests.of(link, tasks, seen), dry);
    }
    const { sleep, stop } = this.#world;
    const acted = (steady: boolean): void => {
      this.#looks.forget();
      if (!steady) this.#world.changes += 1;
    };
    return converge(tasks, this.#looks.known, { link, marks: this.#marks, tell: dry.tell, begin, acted, sleep, stop });
  }

  /** A notified handler that has nothing to run here (`when`, an empty loop) is not notified any more. */
  async #clearSkippedHandlers(items: readonly TaskRef[]): Promise<void> {
    for (const item of items) {
      const { handler } = item;
      if (handler === undefined || this.#bindings.tasksOf(item).length > 0) continue;
      this.#marks.pass(handler);
    }
    if (!this.#world.check) await this.#marks.flush();
  }

  #dry(play: string): DryRunState {
    const tell = (outcome: Outcome): void => this.#conclude(play, outcome);
    return { host: this.name, pending: this.#world.pending, handlers: this.#handlers, tell };
  }

  /** The first contact with each of the host's users: facts, if they are needed, then all looks that can be made. */
  async #firstLooks(item: TaskRef, all: readonly TaskRef[]): Promise<void> {
    const link = this.#ports.link(item);
    if (this.#visited.has(link)) return;
    await this.#learnFacts(link, all);
    this.#visited.add(link);
    const { known } = this.#looks;
    const worth = this.#world.check ? all : this.#bindings.lookAheadLimit(all);
    const mine = worth.filter((each) => this.#ports.link(each) === link);
    const tasks = mine.flatMap((each) => this.#bindings.tasksOf(each)).filter(({ id }) => !known.has(id));
    const handlers = this.#ports.handlers.filter((each) => this.#ports.link(each) === link);
    const dues = handlers.flatMap(({ handler }) => handler ?? []);
    const looks = [...(dues.length === 0 ? [] : [notifiedHandlersLook(dues)]), ...tasks.map(lookOf)];
    if (looks.length === 0) return;
    this.#progress.at("looking");
    const seen = await this.#looks.ask(link, looks);
    if (dues.length > 0) this.#handlers.learn(parseNotifiedHandlers(outputOf(seen, "due")));
    if (this.#world.check) await this.#tests.of(link, tasks.filter(isTask), seen);
  }

  async #learnFacts(link: ShellConnection, all: readonly TaskRef[]): Promise<void> {
    if (!this.#ports.wantsFacts() && !all.some((each) => this.#bindings.waits(each) === "facts")) return;
    const seen = await this.#looks.ask(link, [{ id: "facts", look: factsLook, from: "host" }]);
    this.#ports.learnFacts(readFacts(outputOf(seen, "facts")));
    await this.#bindings.rebind(all);
  }

  #unbound(play: string, item: TaskRef): void {
    this.tally.count("depends");
    const event = unboundEvent(this.name, play, item);
    const pending = { host: this.name, name: event.name, kind: event.kind, about: event.kind };
    this.#handlers.mayNotify(this.#ports.notified(item), pending);
    this.#world.tell(event);
  }

  #conclude(play: string, outcome: Outcome): void {
    if (outcome.status === "failed") this.standing.state = "failed";
    if (outcome.status === "unknown") this.standing.state = "lost";
    this.tally.count(outcome.status);
    this.#registers.add(outcome.task.ref, outcome);
    this.#world.tell(taskEvent(this.name, play, outcome));
  }

  #skip(play: string, skipped: Skipped): void {
    this.tally.count("skipped");
    this.#world.tell(skippedEvent(this.name, play, skipped));
  }
}
