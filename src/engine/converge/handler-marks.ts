/**
 * Which handlers are due on a host, as far as the run knows; the host itself keeps a mark for each (docs/decisions/0004). A
 * handler's mark lies with the user it runs as, whoever notifies it.
 */
import type { Due } from "../../core/batch.ts";
import type { BoundTask } from "./bound-task.ts";
import { twice } from "./look-cache.ts";
import type { Link } from "../../core/batch.ts";

export class Marks {
  /** Keys of the handlers that are due. */
  readonly due: Set<string>;
  readonly #linkOf: (due: Due) => Link;
  /** Marks that were made for nothing, by the shell they lie with. */
  readonly #vain = new Map<Link, Set<string>>();

  /** @param linkOf the shell of the user that a handler runs as */
  constructor(due: Set<string>, linkOf: (due: Due) => Link) {
    this.due = due;
    this.#linkOf = linkOf;
  }

  liesWith(link: Link, due: Due): boolean {
    return this.#linkOf(due) === link;
  }

  /** Marks what these tasks are about to notify in shells other than the one that they run in. */
  async makeElsewhere(link: Link, tasks: readonly BoundTask[]): Promise<void> {
    const marks = new Map<Link, Due[]>();
    for (const due of tasks.flatMap(({ notify }) => notify)) {
      const other = this.#linkOf(due);
      if (other !== link) marks.set(other, [...(marks.get(other) ?? []), due]);
    }
    for (const [other, dues] of marks) await twice(other, { steps: [], looks: [], marks: dues });
  }

  /** The task has changed something. */
  changed({ notify }: BoundTask): void {
    for (const due of notify) {
      this.due.add(due.key);
      this.#vain.get(this.#linkOf(due))?.delete(due.key);
    }
  }

  /** The task was begun and has changed nothing: what was not due before is not due now. */
  unchanged({ notify }: BoundTask): void {
    for (const due of notify) if (!this.due.has(due.key)) this.#inVain(due);
  }

  /** The handler has run, or does not have to. The host knows. */
  ran({ handler, goesOn }: BoundTask): void {
    if (handler !== undefined && goesOn !== true) this.due.delete(handler.key);
  }

  /** The handler is passed by (`when`); the host is to know. */
  pass(due: Due): void {
    if (this.due.delete(due.key)) this.#inVain(due);
  }

  /** What the next batch to this shell is to take back. */
  takeBack(link: Link): readonly string[] {
    const keys = [...(this.#vain.get(link) ?? [])];
    this.#vain.delete(link);
    return keys;
  }

  /** Takes back what no batch has. */
  async flush(): Promise<void> {
    for (const link of [...this.#vain.keys()]) {
      const undue = this.takeBack(link);
      if (undue.length > 0) await twice(link, { steps: [], looks: [], undue });
    }
  }

  #inVain(due: Due): void {
    const link = this.#linkOf(due);
    this.#vain.set(link, (this.#vain.get(link) ?? new Set()).add(due.key));
  }
}
