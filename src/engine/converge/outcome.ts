import type { Judgement } from "../../core/task-instance.ts";
import type { TaskStatus } from "../../core/event.ts";
import { gist } from "../../text/shorten.ts";
import type { Answer, StepReport } from "../../core/batch.ts";
import type { Delta, Output, TextChange } from "../../core/task-type.ts";
import type { BoundTask, Course, Verdict } from "./bound-task.ts";
import { notesIn } from "./notes.ts";

/** What became of a task on one host. */
export interface Outcome {
  readonly task: BoundTask;
  readonly status: TaskStatus;
  readonly delta?: Delta | undefined;
  readonly text?: TextChange | undefined;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  /** What acting printed. */
  readonly output?: Output | undefined;
  readonly course?: Course | undefined;
  readonly waitsFor?: { readonly host: string; readonly name: string } | undefined;
}

/** What was judged over several hosts. `open`: it depends on hosts that were not asked. */
export type Ruling =
  | { readonly is: "right" }
  | { readonly is: "wrong"; readonly why: string }
  | { readonly is: "open"; readonly why: string };

/** What came of a step that acted. */
export interface Acted {
  /** Changed, failed, ignored, or (by `changed_when`) ok. */
  readonly outcome: Outcome;
  /** It is worth another try: `until` does not hold; where there is none, it failed. */
  readonly again: boolean;
  /** Something was changed, so the handlers that it notifies are due; by half when it failed. */
  readonly changed: boolean;
}

type ActedReport = Extract<StepReport, { is: "acted" }>;

/** What an act was planned on, and how it went. */
export interface Acting {
  readonly planned: Judgement;
  /** The look before it. */
  readonly before: Answer | undefined;
  readonly course: Course;
}

export function acted(task: BoundTask, report: ActedReport, { planned, before, course }: Acting): Acted {
  const output = report.act;
  const said = task.verdict({ changed: true, failed: output.code !== 0, skipped: false, output, course });
  const why = failure(task, report, said);
  const outcome = { ...outcomeOf(task, planned, why, said), ...noted(task, why, report), output, course };
  const changed = why === undefined ? outcome.status === "changed" : report.after.sum !== before?.sum;
  return { outcome, again: said.again ?? why !== undefined, changed };
}

function outcomeOf(task: BoundTask, planned: Judgement, why: string | undefined, said: Verdict): Outcome {
  const shown = planned.is === "change" ? { delta: planned.delta, text: planned.text } : {};
  if (why !== undefined) return { task, ...shown, status: task.ignoreErrors ? "ignored" : "failed", why };
  return { task, ...shown, status: planned.is === "change" && said.changed !== false ? "changed" : "ok" };
}

/** What the act said in passing (a command's words are its own), and what is to be known of what it did and said. */
function noted(task: BoundTask, why: string | undefined, report: ActedReport): Pick<Outcome, "why"> {
  const said = why === undefined && !task.closed.event ? [notesIn(report.act), overtaken(task, report)] : [];
  const notes = [why, ...said, report.act.cut ? CUT : undefined].filter((each) => each !== undefined);
  return notes.length === 0 ? {} : { why: notes.join("; ") };
}

function failure(task: BoundTask, report: ActedReport, said: Verdict): string | undefined {
  if (said.again === true) return `\`until\` does not hold${wordsOf(report.act)}`;
  if (said.failed !== undefined) return said.failed ? `\`failed_when\` holds${wordsOf(report.act)}` : undefined;
  if (report.timedOut) return `not done within its ${task.timeout} s; it was stopped`;
  if (report.act.code !== 0) return `ended with code ${report.act.code}${wordsOf(report.act) || " and said nothing"}`;
  if (task.closed.event) return undefined;
  const after = task.closed.judge(report.after.output);
  return isOvertaken(task, after) ? undefined : stillWrong(after);
}

/** What is not as wanted, after all, is nothing that the act can have left undone. */
export function isOvertaken({ closed: { whole } }: BoundTask, after: Judgement): boolean {
  return after.is === "change" && after.delta.keys.every((key) => whole.includes(key));
}

/** Of two runs that want different things of one host the last one wins, and the first one did what it was to do. */
function overtaken(task: BoundTask, { after }: ActedReport): string | undefined {
  if (!isOvertaken(task, task.closed.judge(after.output))) return undefined;
  return "it was made so, and someone else has changed it since";
}

const CUT = "what it printed beyond 4 MiB, or beyond the room there was for it on the host, was thrown away";

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

function wordsOf(output: Output): string {
  const said = gist(output.err.trim() === "" ? output.out : output.err);
  return said.length === 0 ? "" : `: ${said.join("; ")}`;
}
