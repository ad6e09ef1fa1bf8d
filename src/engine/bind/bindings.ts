/** Keeps the bound tasks of a host. It binds a task ahead if nothing is unknown yet, otherwise when its turn comes. */
import { InputError } from "../../core/problem.ts";
import type { HostProblem } from "../../core/problem.ts";
import { isSkipped } from "./bound.ts";
import type { Bound } from "./bound.ts";
import type { BoundTask } from "../converge/bound-task.ts";
import type { TaskRef } from "../converge/task-ref.ts";
import { isEvent } from "../converge/plan.ts";
import type { ShellConnection } from "../../core/batch.ts";
import { NotKnownYet } from "../variables/not-known-yet.ts";
import type { Unknown } from "../variables/not-known-yet.ts";

export interface BindPorts {
  /** The shell of the user that a task runs as; tasks of the same user share it. */
  readonly link: (item: TaskRef) => ShellConnection;
  /** @throws InputError; Waiting, when bound `ahead` of its turn and something is not known yet */
  readonly bind: (item: TaskRef, ahead: boolean) => Promise<Bound>;
  readonly waits: (item: TaskRef) => Unknown | undefined;
}

export class Bindings {
  readonly #ports: BindPorts;
  readonly #bound = new Map<string, Bound>();
  /** Items that could not be bound ahead because they use a file that is not read yet. */
  readonly #waiting = new Map<string, Unknown>();

  constructor(ports: BindPorts) {
    this.#ports = ports;
  }

  /** Binds what does not have to wait. @returns the problems of the others */
  async ahead(items: readonly TaskRef[]): Promise<readonly Omit<HostProblem, "host">[]> {
    const problems: Omit<HostProblem, "host">[] = [];
    for (const item of items) {
      if (this.waits(item) !== undefined) continue;
      try {
        await this.#bind(item, true);
      } catch (error) {
        if (error instanceof InputError) problems.push(...error.problems);
        else if (!(error instanceof NotKnownYet)) throw error;
      }
    }
    return problems;
  }

  /** The facts are known now: binds what waited for them. */
  async rebind(items: readonly TaskRef[]): Promise<void> {
    this.#waiting.clear();
    await this.ahead(items);
  }

  waits(item: TaskRef): Unknown | undefined {
    return this.#ports.waits(item) ?? this.#waiting.get(item.id);
  }

  /** What is bound of an item so far. */
  of({ id }: TaskRef): Bound {
    return this.#bound.get(id) ?? [];
  }

  /** It has something to run: not all of its loop is skipped. */
  tasksOf(item: TaskRef): readonly BoundTask[] {
    return this.of(item).flatMap((each) => (isSkipped(each) ? [] : [each]));
  }

  /**
   * Up to the last task that always runs, in the first play that has one. Tasks after it are looked at after it has
   * run, including those of later plays.
   */
  lookAheadLimit(all: readonly TaskRef[]): readonly TaskRef[] {
    const events = all.filter((each) => this.tasksOf(each).some(isEvent));
    const [first] = events;
    if (first === undefined) return all;
    const last = events.findLast((each) => each.play === first.play) ?? first;
    return all.slice(0, all.indexOf(last) + 1);
  }

  /** @throws InputError */
  async bindNow(item: TaskRef): Promise<Bound> {
    return this.#bind(item, false);
  }

  /** In a dry run: nothing, if it uses what an earlier task returns that does not run. @throws InputError */
  async bindForDryRun(item: TaskRef): Promise<Bound | undefined> {
    return this.#ports.waits(item) === "result" ? undefined : this.#ready(item);
  }

  /** The tasks at the front that can be bound now and run as the same user as the first, which is bound. */
  async batchable(first: TaskRef, rest: readonly TaskRef[]): Promise<readonly TaskRef[]> {
    const items = [first];
    const link = this.#ports.link(first);
    for (const item of rest) {
      const afterResult = items.at(-1)?.task.register !== undefined;
      if (afterResult || this.waits(item) !== undefined || this.#ports.link(item) !== link) break;
      if ((await this.#ready(item)) === undefined) break;
      items.push(item);
    }
    return items;
  }

  async #ready(item: TaskRef): Promise<Bound | undefined> {
    try {
      return await this.#bind(item, true);
    } catch (error) {
      if (error instanceof NotKnownYet) return undefined;
      throw error;
    }
  }

  async #bind(item: TaskRef, ahead: boolean): Promise<Bound> {
    const known = this.#bound.get(item.id);
    if (known !== undefined) return known;
    try {
      const bound = await this.#ports.bind(item, ahead);
      this.#bound.set(item.id, bound);
      return bound;
    } catch (error) {
      if (error instanceof NotKnownYet) this.#waiting.set(item.id, error.on);
      throw error;
    }
  }
}
