/** A play in parts: it is cut where all its hosts must have arrived, at assertions over all of them. */
import { isFlush } from "../playbook/types.ts";
import type { Play, Task } from "../playbook/types.ts";
import type { Item } from "./converge/task-ref.ts";

export type Part =
  { readonly is: "tasks"; readonly items: readonly Item[] } | { readonly is: "gather"; readonly item: Item };

/**
 * Handlers stand where they run: at each flush. Where one of them notifies others they stand there twice: it may have
 * notified one that comes before it.
 * @param handlers all of them, for the first, second, … time: an item stands in one place only
 */
export function partsOf(
  tasks: Play["tasks"],
  place: (task: Task, index: number) => Item,
  handlers: (pass: number) => readonly Item[],
): readonly Part[] {
  const parts: Part[] = [];
  let items: Item[] = [];
  let pass = 0;
  const close = (): void => {
    if (items.length > 0) parts.push({ is: "tasks", items });
    items = [];
  };
  for (const [index, task] of tasks.entries()) {
    if (isFlush(task)) {
      const due = handlers(pass++);
      items.push(...due, ...(due.some((item) => item.task.notify.length > 0) ? handlers(pass++) : []));
    } else if (task.type.gathers) {
      close();
      parts.push({ is: "gather", item: place(task, index) });
    } else items.push(place(task, index));
  }
  close();
  return parts;
}

export function itemsOf(parts: readonly Part[]): readonly Item[] {
  return parts.flatMap((part) => (part.is === "tasks" ? part.items : [part.item]));
}
