import type { HandlerRef } from "../../core/batch.ts";
import type { Task } from "../../playbook/types.ts";

/** A task's place in the run; the same on every host. */
export interface TaskPlace {
  /** Index of the play in the playbook, from 0. */
  readonly play: number;
  /** Index among the tasks of the play that the tags choose; of a handler, among the handlers of the play. */
  readonly index: number;
  /** A handler runs at each flush: how many of them came before. Left out for a task. */
  readonly flush?: number;
}

/** A task of a play, or a handler at one of its flushes. */
export interface TaskRef extends TaskPlace {
  /** The place as a key: no other task or handler of the run has it. */
  readonly id: string;
  readonly task: Task;
  /** A handler: acts only when it is notified. */
  readonly handler: HandlerRef | undefined;
}

export function taskRef(place: TaskPlace, task: Task, handler?: HandlerRef): TaskRef {
  return { ...place, id: keyOf(place), task, handler };
}

function keyOf({ play, index, flush }: TaskPlace): string {
  return flush === undefined ? `${play}.${index}` : `${play}.h${index}-${flush}`;
}
