/**
 * The marks that a host keeps of its notified handlers (docs/decisions/0004), and what the next batch must add to them
 * or take away. The user that a handler runs as keeps its mark, no matter which task notified it.
 */
import type { HandlerRef } from "../../core/batch.ts";
import type { BoundTask } from "./bound-task.ts";
import type { HandlerState } from "./handler-state.ts";
import { runIdempotent } from "./look-cache.ts";
import type { ShellConnection } from "../../core/batch.ts";

export class HandlerMarks {
  readonly state: HandlerState;
  readonly #linkOf: (due: HandlerRef) => ShellConnection;
  /** Marks that turned out to be unnecessary, by the shell that stores them. */
  readonly #vain = new Map<ShellConnection, Set<string>>();

  /** @param linkOf the shell of the user that a handler runs as */
  constructor(state: HandlerState, linkOf: (due: HandlerRef) => ShellConnection) {
    this.state = state;
    this.#linkOf = linkOf;
  }

  liesWith(link: ShellConnection, due: HandlerRef): boolean {
    return this.#linkOf(due) === link;
  }

  /** Marks what these tasks are about to notify in shells other than the one that they run in. */
  async makeElsewhere(link: ShellConnection, tasks: readonly BoundTask[]): Promise<void> {
    const marks = new Map<ShellConnection, HandlerRef[]>();
    for (const due of tasks.flatMap(({ notify }) => notify)) {
      const other = this.#linkOf(due);
      if (other !== link) marks.set(other, [...(marks.get(other) ?? []), due]);
    }
    for (const [other, dues] of marks) await runIdempotent(other, { steps: [], looks: [], notifications: dues });
  }

  /** The task has changed something. */
  changed(task: BoundTask): void {
    this.state.notify(task);
    for (const due of task.notify) this.#vain.get(this.#linkOf(due))?.delete(due.key);
  }

  /** The task was begun and has changed nothing: a handler that was not notified before is not notified now. */
  unchanged({ notify }: BoundTask): void {
    for (const due of notify) if (!this.state.isNotified(due)) this.#inVain(due);
  }

  /** The handler has run, or does not have to. The host knows. */
  ran(task: BoundTask): void {
    this.state.ran(task);
  }

  /** The handler is passed by (`when`); the host is to know. */
  pass(due: HandlerRef): void {
    if (this.state.clear(due)) this.#inVain(due);
  }

  /** What the next batch to this shell is to take back. */
  takeBack(link: ShellConnection): readonly string[] {
    const keys = [...(this.#vain.get(link) ?? [])];
    this.#vain.delete(link);
    return keys;
  }

  /** Takes back what no batch has. */
  async flush(): Promise<void> {
    for (const link of [...this.#vain.keys()]) {
      const undue = this.takeBack(link);
      if (undue.length > 0) await runIdempotent(link, { steps: [], looks: [], clearNotifications: undue });
    }
  }

  #inVain(due: HandlerRef): void {
    const link = this.#linkOf(due);
    this.#vain.set(link, (this.#vain.get(link) ?? new Set()).add(due.key));
  }
}
