/**
 * The outcome of a task that cannot be judged, or whose assertion does not hold, when nothing before it is due to
 * change.
 */
import type { Outcome } from "./outcome.ts";
import type { PlannedTask } from "./plan.ts";

export function blockedOutcome({ task, evaluation: judgement }: PlannedTask): Outcome {
  const status = task.ignoreErrors ? "ignored" : "failed";
  const hint = judgement.is === "blocked" ? judgement.hint : undefined;
  const why = judgement.is === "blocked" || judgement.is === "wrong" ? judgement.why : undefined;
  const delta = judgement.is === "wrong" ? judgement.delta : undefined;
  return { task, status, code: judgement.is === "wrong" ? "assertion-failed" : "blocked", why, hint, delta };
}
