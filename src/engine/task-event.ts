import type { TaskEvent } from "../event.ts";
import type { Outcome } from "./outcome.ts";

/** An outcome as reporters hear of it; what `no_log` hides is left out here, once for all of them. */
export function taskEvent(host: string, play: string, outcome: Outcome): TaskEvent {
  const { task, status, why, hint, waitsFor, delta, text, output } = outcome;
  const base = {
    ...({
      type: "task",
      host,
      play,
      status,
      name: task.name,
      kind: task.closed.kind,
      label: task.closed.label,
    } as const),
    handler: task.handler !== undefined,
    ...(hint === undefined ? {} : { hint }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
  if (task.noLog) return why === undefined ? base : { ...base, why: "not shown (`no_log`)" };
  return {
    ...base,
    ...(why === undefined ? {} : { why }),
    ...(delta === undefined ? {} : { delta }),
    ...(text === undefined ? {} : { text }),
    ...(output === undefined ? {} : { out: output.out, err: output.err }),
  };
}
