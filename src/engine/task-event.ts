import type { TaskEvent } from "../core/event.ts";
import type { Problem } from "../core/problem.ts";
import { showPlace } from "../core/source.ts";
import type { Skipped } from "./bind/bound.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import type { Outcome } from "./converge/outcome.ts";

/** An outcome as reporters get it; what `no_log` hides is left out here, for all of them. */
export function taskEvent(host: string, play: string, outcome: Outcome): TaskEvent {
  const { task, status, code, why, hint, waitsFor, delta, look, text, output } = outcome;
  const value = asJson(task.instance.value);
  const base = {
    ...({
      type: "task",
      host,
      play,
      status,
      id: task.id,
      name: task.name,
      kind: task.instance.kind,
      label: task.noLog ? "" : task.instance.label,
    } as const),
    handler: task.handler !== undefined,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
  if (task.noLog) return why === undefined ? base : { ...base, why: "not shown (`no_log`)" };
  if (task.instance.redacted === true) {
    const reason = why === undefined || output === undefined ? why : "not shown: its arguments contain a secret";
    return { ...base, ...(reason === undefined ? {} : { why: reason }), ...(delta === undefined ? {} : { delta }) };
  }
  return {
    ...base,
    ...(look === undefined ? {} : { look }),
    ...(value === undefined ? {} : { value }),
    ...(why === undefined ? {} : { why }),
    ...(delta === undefined ? {} : { delta }),
    ...(text === undefined ? {} : { text }),
    ...(output === undefined ? {} : { out: output.out, err: output.err }),
  };
}

/** As programs get it: a secret in it is dots. */
function asJson(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

/** A task that a condition left out. */
export function skippedEvent(host: string, play: string, { id, name, kind, skipped: why }: Skipped): TaskEvent {
  return { ...nameless(host, play, id), name, kind, status: "skipped", why };
}

/** In a dry run: a task that needs what an earlier one returns, which is not run. */
export function unboundEvent(host: string, play: string, { id, task }: TaskRef): TaskEvent {
  const why = "it uses the result of an earlier task, which does not run in a dry run";
  return {
    ...nameless(host, play, id),
    name: task.name?.text ?? task.type.kind,
    kind: task.type.kind,
    status: "depends",
    code: "pending-result",
    why,
  };
}

/** Wrong input that shows only on a host. */
export function problemEvents(host: string, play: string, problems: readonly Problem[]): readonly TaskEvent[] {
  return problems.map(({ message, place, help }) => ({
    ...nameless(host, play, ""),
    ...({
      name: place === undefined ? "its variables" : showPlace(place),
      kind: "",
      status: "failed",
      code: "invalid-input",
      why: message,
    } as const),
    ...(help === undefined ? {} : { hint: help }),
  }));
}

function nameless(host: string, play: string, id: string) {
  return { type: "task", host, play, id, label: "", handler: false } as const;
}
