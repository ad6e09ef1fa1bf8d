import type { Judgement } from "../closed.ts";
import type { TaskStatus } from "../event.ts";
import type { StepReport } from "../session.ts";
import type { Delta, Output, TextChange } from "../task.ts";
import type { BoundTask } from "./bound.ts";

/** What became of a task on one host. */
export interface Outcome {
  readonly task: BoundTask;
  readonly status: TaskStatus;
  readonly delta?: Delta | undefined;
  readonly text?: TextChange | undefined;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  /** What acting printed, or the look of a task that had nothing to do. */
  readonly output?: Output | undefined;
  readonly waitsFor?: { readonly host: string; readonly name: string } | undefined;
}

/** A step that acted: changed, failed, or (by `changed_when`) neither. */
export function actedOutcome(
  task: BoundTask,
  planned: Judgement,
  report: Extract<StepReport, { is: "acted" }>,
): Outcome {
  const shown = planned.is === "change" ? { delta: planned.delta, text: planned.text } : {};
  const base = { task, ...shown, output: report.act };
  const said = task.verdict({ changed: true, failed: report.act.code !== 0, skipped: false, output: report.act });
  const why = said.failed === undefined ? failure(task, report) : said.failed ? "`failed_when` holds" : undefined;
  if (why !== undefined) return { ...base, status: task.ignoreErrors ? "ignored" : "failed", why };
  if (planned.is !== "change") return { ...base, status: "ok" };
  return { ...base, status: said.changed === false ? "ok" : "changed" };
}

function failure(task: BoundTask, report: Extract<StepReport, { is: "acted" }>): string | undefined {
  if (report.timedOut) return `not done within its ${task.timeout} s; it was stopped`;
  if (report.act.code !== 0) return `ended with code ${report.act.code}${lastWords(report.act)}`;
  if (task.closed.event) return undefined;
  return stillWrong(task.closed.judge(report.after.output));
}

/** "Changed" is a fact: it was wrong, we acted, we looked, it is right. */
function stillWrong(after: Judgement): string | undefined {
  switch (after.is) {
    case "right":
      return undefined;
    case "change":
      return `acted, but looking again it is still not as wanted (${after.delta.keys.join(", ")})`;
    case "wrong":
    case "blocked":
      return `acted, but looking again: ${after.why}`;
  }
}

function lastWords(output: Output): string {
  const said = (output.err.trim() === "" ? output.out : output.err).trim();
  return said === "" ? " and said nothing" : `: ${said.split("\n").slice(-3).join("; ")}`;
}
