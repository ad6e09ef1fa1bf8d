import type { Evaluation } from "../../core/task-instance.ts";
import type { TaskCode, TaskStatus } from "../../core/event.ts";
import { gist } from "../../text/shorten.ts";
import type { LookResult, StepResult } from "../../core/batch.ts";
import type { Delta, Output, TextChange } from "../../core/task-type.ts";
import type { BoundTask, Timing, ResultConditions } from "./bound-task.ts";
import { notesIn } from "./notes.ts";

/** The outcome of a task on one host. */
export interface Outcome {
  readonly task: BoundTask;
  readonly status: TaskStatus;
  readonly delta?: Delta | undefined;
  readonly text?: TextChange | undefined;
  readonly code?: TaskCode | undefined;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  /** What acting printed. */
  readonly output?: Output | undefined;
  readonly course?: Timing | undefined;
  /** In a dry run: the checksum of the look that was judged. */
  readonly look?: string | undefined;
  readonly waitsFor?: { readonly host: string; readonly name: string } | undefined;
}

/** The evaluation over several hosts. `open`: it depends on hosts that were not looked at. */
export type GroupEvaluation =
  | { readonly is: "right" }
  | { readonly is: "wrong"; readonly why: string }
  | { readonly is: "open"; readonly why: string };

/** The outcome of a step that acted. */
export interface StepOutcome {
  /** Changed, failed, ignored, or (by `changed_when`) ok. */
  readonly outcome: Outcome;
  /** Another try can help: `until` does not hold, or it failed and there is no `until`. */
  readonly again: boolean;
  /** It changed something, so it notifies its handlers; also when it failed half-way. */
  readonly changed: boolean;
}

type AppliedResult = Extract<StepResult, { is: "applied" }>;

/** What an act was planned on, and how it went. */
export interface Acting {
  readonly planned: Evaluation;
  /** The look before it. */
  readonly before: LookResult | undefined;
  readonly course: Timing;
}

export function stepOutcome(task: BoundTask, report: AppliedResult, { planned, before, course }: Acting): StepOutcome {
  const output = report.act;
  const said = task.resultConditions({ changed: true, failed: output.code !== 0, skipped: false, output, course });
  const failed = failure(task, report, said);
  const outcome = { ...outcomeOf(task, planned, failed, said), ...noted(task, failed?.why, report), output, course };
  const changed = failed === undefined ? outcome.status === "changed" : report.after.checksum !== before?.checksum;
  return { outcome, again: said.again ?? failed !== undefined, changed };
}

interface Failure {
  readonly code: TaskCode;
  readonly why: string;
}

function outcomeOf(task: BoundTask, planned: Evaluation, failed: Failure | undefined, said: ResultConditions): Outcome {
  const shown = planned.is === "change" ? { delta: planned.delta, text: planned.text } : {};
  if (failed !== undefined) return { task, ...shown, status: task.ignoreErrors ? "ignored" : "failed", ...failed };
  return { task, ...shown, status: planned.is === "change" && said.changed !== false ? "changed" : "ok" };
}

/** The output of the act (a command's output is its own), and what the user must know about it. */
function noted(task: BoundTask, why: string | undefined, report: AppliedResult): Pick<Outcome, "why"> {
  const said = why === undefined && !task.instance.alwaysRuns ? [notesIn(report.act), overtaken(task, report)] : [];
  const notes = [why, ...said, report.act.cut ? CUT : undefined].filter((each) => each !== undefined);
  return notes.length === 0 ? {} : { why: notes.join("; ") };
}

function failure(task: BoundTask, report: AppliedResult, said: ResultConditions): Failure | undefined {
  const words = wordsOf(report.act);
  if (said.again === true) return { code: "until", why: `\`until\` does not hold${words}` };
  if (said.failed === true) return { code: "failed-when", why: `\`failed_when\` holds${words}` };
  if (said.failed === false) return undefined;
  if (report.timedOut) return { code: "timed-out", why: `timed out after ${task.timeout} s; it was stopped` };
  const { code } = report.act;
  if (code !== 0) return { code: "act-failed", why: `ended with code ${code}${words || " without output"}` };
  if (task.instance.alwaysRuns) return undefined;
  const after = task.instance.evaluate(report.after.output);
  const why = isOvertaken(task, after) ? undefined : stillWrong(after);
  return why === undefined ? undefined : { code: "still-different", why };
}

/** If only atomic keys differ, the act cannot be the cause: it sets them completely or not at all. */
export function isOvertaken({ instance: { atomicKeys: whole } }: BoundTask, after: Evaluation): boolean {
  return after.is === "change" && after.delta.keys.every((key) => whole.includes(key));
}

/** If two runs want different states of one host, the last one wins, and the first one did its part. */
function overtaken(task: BoundTask, { after }: AppliedResult): string | undefined {
  if (!isOvertaken(task, task.instance.evaluate(after.output))) return undefined;
  return "it was applied, but another program has changed it since";
}

const CUT = "the output was truncated: it exceeds 4 MiB or the free space on the host";

/** "Changed" is a fact: the look before the act was wrong, the look after it is right. */
function stillWrong(after: Evaluation): string | undefined {
  switch (after.is) {
    case "right":
      return undefined;
    case "change":
      return `applied, but the state still differs (${after.delta.keys.join(", ")})`;
    case "wrong":
    case "blocked":
      return `applied, but the second look failed: ${after.why}`;
  }
}

function wordsOf(output: Output): string {
  const said = gist(output.err.trim() === "" ? output.out : output.err);
  return said.length === 0 ? "" : `: ${said.join("; ")}`;
}
