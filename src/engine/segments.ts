/** Splits a play into segments: tasks, and a barrier at each assertion over all hosts. */
import { isFlush } from "../playbook/types.ts";
import type { Play, Task } from "../playbook/types.ts";
import type { TaskRef } from "./converge/task-ref.ts";

export type Segment =
  { readonly is: "tasks"; readonly items: readonly TaskRef[] } | { readonly is: "barrier"; readonly item: TaskRef };

/**
 * Handlers run at each flush. If one of them can notify others, they follow twice: it may notify a handler that comes
 * before it.
 * @param handlers all of them, for the first, second, … flush
 */
export function segmentsOf(
  tasks: Play["tasks"],
  place: (task: Task, index: number) => TaskRef,
  handlers: (pass: number) => readonly TaskRef[],
): readonly Segment[] {
  const parts: Segment[] = [];
  let items: TaskRef[] = [];
  let pass = 0;
  const close = (): void => {
    if (items.length > 0) parts.push({ is: "tasks", items });
    items = [];
  };
  for (const [index, task] of tasks.entries()) {
    if (isFlush(task)) {
      const due = handlers(pass++);
      items.push(...due, ...(due.some((item) => item.task.notify.length > 0) ? handlers(pass++) : []));
    } else if (task.type.hasBarrier) {
      close();
      parts.push({ is: "barrier", item: place(task, index) });
    } else items.push(place(task, index));
  }
  close();
  return parts;
}

export function itemsOf(parts: readonly Segment[]): readonly TaskRef[] {
  return parts.flatMap(itemsIn);
}

function itemsIn(part: Segment): readonly TaskRef[] {
  switch (part.is) {
    case "tasks":
      return part.items;
    case "barrier":
      return [part.item];
  }
}
