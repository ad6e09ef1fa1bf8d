import type { HostPlan, PlanEntry, TaskEvent, Tell } from "../core/event.ts";

/** Passes the events of a dry run on, and before the last event the plan that they make. */
export function withPlan(tell: Tell): Tell {
  const plans = new Map<string, PlanEntry[]>();
  return (event) => {
    if (event.type === "run-start") for (const host of event.hosts) plans.set(host, []);
    if (event.type === "task") plans.get(event.host)?.push(planEntry(event));
    if (event.type === "run-end") tell({ type: "plan", hosts: hostPlans(plans) });
    tell(event);
  };
}

function hostPlans(plans: ReadonlyMap<string, readonly PlanEntry[]>): readonly HostPlan[] {
  return [...plans].map(([host, tasks]) => ({ host, tasks }));
}

function planEntry({
  id,
  play,
  name,
  kind,
  label,
  status,
  handler,
  code,
  waitsFor,
  delta,
  look,
}: TaskEvent): PlanEntry {
  return {
    ...{ id, play, name, kind, label, status, handler },
    ...(code === undefined ? {} : { code }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(delta === undefined ? {} : { delta }),
    ...(look === undefined ? {} : { look }),
  };
}
