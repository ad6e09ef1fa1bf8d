/**
 * The outcome of a task that cannot be evaluated, or whose assertion does not hold, if no change is pending before it.
 */
import type { Outcome } from "./outcome.ts";
import type { PlannedTask } from "./plan.ts";

export function blockedOutcome({ task, evaluation }: PlannedTask): Outcome {
  const status = task.ignoreErrors ? "ignored" : "failed";
  const hint = evaluation.is === "blocked" ? evaluation.hint : undefined;
  const why = evaluation.is === "blocked" || evaluation.is === "wrong" ? evaluation.why : undefined;
  const delta = evaluation.is === "wrong" ? evaluation.delta : undefined;
  return { task, status, code: evaluation.is === "wrong" ? "assertion-failed" : "blocked", why, hint, delta };
}
