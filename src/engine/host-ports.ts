/** Defines what the run of a host is given. */
import type { LookResult, Cost, HandlerRef } from "../core/batch.ts";
import type { Output } from "../core/task-type.ts";
import type { BoundTask } from "./converge/bound-task.ts";
import type { BindPorts } from "./bind/bindings.ts";
import type { Facts } from "./variables/facts.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import type { ShellConnection } from "../core/batch.ts";

export interface HostPorts extends BindPorts {
  readonly cost: () => Cost;
  /** Another host uses its facts. */
  readonly wantsFacts: () => boolean;
  readonly learnFacts: (facts: Facts) => void;
  readonly learnResult: (register: string, value: unknown) => void;
  /** All handlers of the host's plays. */
  readonly handlers: readonly TaskRef[];
  /** The handlers that a task which cannot be bound says it notifies. */
  readonly notified: (item: TaskRef) => readonly HandlerRef[];
}

export function linkOf(due: HandlerRef, { handlers, link }: HostPorts): ShellConnection {
  const item = handlers.find(({ handler }) => handler === due);
  if (item === undefined) throw new Error(`no handler for ${due.key}`);
  return link(item);
}

export function outputOf(seen: ReadonlyMap<string, LookResult>, id: string): Output {
  const answer = seen.get(id);
  if (answer === undefined) throw new Error(`no answer to the look "${id}"`);
  return answer.output;
}

/** Those that count: handlers come on top of a play's tasks. */
export function idsOf(items: readonly TaskRef[]): readonly string[] {
  return items.flatMap(({ id, handler }) => (handler === undefined ? [id] : []));
}

/** Not a handler, which may not be due. */
export function isTask({ handler }: BoundTask): boolean {
  return handler === undefined;
}
