/**
 * Converges one host: looks, plans, acts and looks again, until every task is in its desired state or one has failed. A
 * step that finds another state than planned is stale, and is planned again.
 */
import { Interrupted } from "../../core/problem.ts";
import { ConnectionLost } from "../../core/batch.ts";
import type { LookResult, Batch, BatchResult, StepResult } from "../../core/batch.ts";
import type { BoundTask } from "./bound-task.ts";
import { Count } from "./count.ts";
import { look } from "./look-cache.ts";
import type { HandlerMarks } from "./handler-marks.ts";
import { stepOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { batchOf, lookOf, plan, upToLastEvent } from "./plan.ts";
import type { PlannedTask, Plan } from "./plan.ts";
import type { ShellConnection } from "../../core/batch.ts";
import { blockedOutcome } from "./blocked.ts";

export interface ConvergeOptions {
  readonly link: ShellConnection;
  /** Handlers that are notified on the host; kept up to date. */
  readonly marks: HandlerMarks;
  readonly tell: (outcome: Outcome) => void;
  /** Called with the task that the host runs now, or waits for. */
  readonly begin: (task: BoundTask) => void;
  /**
   * Called after every act, no matter what its outcome was: earlier looks, also on other hosts, may not be valid any
   * more. `steady`: the playbook says that the task changes nothing. Only the other hosts rely on that.
   */
  readonly acted: (steady: boolean) => void;
  readonly sleep: (seconds: number) => Promise<void>;
  /** An operator's interruption: nothing new is begun. */
  readonly stop: () => boolean;
}

export type ConvergeEnd = "done" | "failed" | "unknown" | "stopped";

/** A task may be stale this often before it fails because it keeps changing. */
const MAX_SURPRISES = 5;
/** The connection may be lost this often at the same step before the step counts as the cause. */
const MAX_LOSSES = 2;

/** @param answers looks that are already made and still valid; the others are made. */
export async function converge(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, LookResult>,
  settling: ConvergeOptions,
): Promise<ConvergeEnd> {
  const settled = await new Convergence(settling).settle(tasks, answers);
  await unlessInterrupted(undefined, () => settling.marks.flush());
  return settled;
}

/** The tasks that have not converged yet, and what is known of them. */
interface Next {
  readonly open: readonly BoundTask[];
  readonly answers: ReadonlyMap<string, LookResult>;
}

/** A plan that was sent: what was planned, by task, and the looks that it was planned on. */
interface Sent {
  readonly planned: ReadonlyMap<string, PlannedTask>;
  readonly answers: ReadonlyMap<string, LookResult>;
}

/** A try that failed, and whether there is another; if there is none, the failure was reported. */
interface Failed {
  readonly outcome: Outcome;
  readonly again: boolean;
}

class Convergence {
  readonly #with: ConvergeOptions;
  readonly #stale = new Count();
  readonly #losses = new Count();
  readonly #tries = new Count();
  /** Steps that were on their way when the connection was lost, while their outcome is not known. */
  readonly #uncertain = new Set<string>();
  /** Of the batch that was sent. Several steps that share a stability check may fail in one batch. */
  #failed: Failed[] = [];
  #since = new Date(); // When the step that the host is at was begun, at the earliest.

  constructor(settling: ConvergeOptions) {
    this.#with = settling;
  }

  async settle(tasks: readonly BoundTask[], known: ReadonlyMap<string, LookResult>): Promise<ConvergeEnd> {
    let open = tasks;
    let answers = known;
    while (open.length > 0) {
      answers = await unlessInterrupted(answers, () => this.#fetchMissingLooks(open, answers));
      if (this.#with.stop()) return this.#stopped(open);
      const unsure = open.find((task) => this.#uncertain.has(task.id) && task.instance.alwaysRuns && !task.handler);
      if (unsure !== undefined) return this.#unknown(unsure);
      const made = plan(open, answers, this.#with.marks.state);
      made.settled.forEach((evaluated) => this.#recordOk(evaluated));
      const next = made.steps.length > 0 ? await this.#act(made, answers) : await this.#handleBlocked(made);
      if (typeof next === "string") return next;
      ({ open, answers } = next);
    }
    return "done";
  }

  /** Has an answer for all; or for some, if there is a step before the first that has none. */
  async #fetchMissingLooks(
    open: readonly BoundTask[],
    answers: ReadonlyMap<string, LookResult>,
  ): Promise<ReadonlyMap<string, LookResult>> {
    const missing = upToLastEvent(open).filter((task) => !answers.has(task.id));
    const [first] = missing;
    if (first === undefined) return answers;
    if (this.#with.stop()) return answers;
    const before = open.slice(0, open.indexOf(first));
    if (plan(before, answers, this.#with.marks.state).steps.length > 0) return answers;
    return new Map([...answers, ...(await look(this.#with.link, missing.map(lookOf)))]);
  }

  async #act(made: Plan, answers: ReadonlyMap<string, LookResult>): Promise<Next | ConvergeEnd> {
    const report = await this.#send(made, answers);
    const failed = this.#failed.splice(0);
    if (!(await this.#continueAfter(failed))) return "failed";
    const retried = new Set(failed.flatMap(({ outcome, again }) => (again ? [outcome.task] : [])));
    const ended = new Map(report.steps.map((step) => [step.id, step]));
    const steps = made.steps.filter(({ task }) => isOpen(ended.get(task.id)) || retried.has(task));
    const open = steps.map(({ task }) => task);
    if (this.#unsettled(open, report)) return "failed";
    return { open: [...open, ...made.rest], answers: report.looks };
  }

  /** Waits for the next try of what failed; false if a task has failed for good, or has no next try. */
  async #continueAfter(failed: readonly Failed[]): Promise<boolean> {
    const open = failed.filter(({ again }) => again);
    const forGood = failed.some(({ outcome, again }) => !again && outcome.status !== "ignored");
    if (!forGood) for (const { outcome } of open) await this.#wait(outcome.task);
    if (!forGood && (open.length === 0 || !this.#with.stop())) return true;
    for (const { outcome } of open) this.#with.tell(outcome);
    return false;
  }

  async #send(made: Plan, answers: ReadonlyMap<string, LookResult>): Promise<BatchResult> {
    const { link, marks } = this.#with;
    const sent: Sent = { planned: new Map(made.steps.map((evaluated) => [evaluated.task.id, evaluated])), answers };
    const batch = batchOf(made, answers, (due) => marks.liesWith(link, due));
    const changing = made.steps.flatMap(({ task, evaluation }) => (evaluation.is === "change" ? [task] : []));
    // A handler stays uncertain: only the host can decide it.
    for (const task of changing) if (task.handler === undefined) this.#uncertain.delete(task.id);
    try {
      await marks.makeElsewhere(link, changing);
      if (changing[0] !== undefined) this.#with.begin(changing[0]);
      this.#since = new Date();
      return await link.run({ ...batch, clearNotifications: marks.takeBack(link) }, (report) => {
        this.#onStepResult(report, sent);
        this.#next(report.id, changing);
      });
    } catch (error) {
      if (error instanceof Interrupted) return NOT_SENT;
      if (!(error instanceof ConnectionLost)) throw error;
      await this.#lost(batch, sent, error);
      return { steps: error.reports, looks: new Map() };
    }
  }

  /** Without a report the outcome of a step is uncertain. The host knows which handlers it notifies. */
  async #lost({ steps }: Batch, { planned }: Sent, error: ConnectionLost): Promise<void> {
    const heard = new Set(error.reports.map((report) => report.id));
    const doubtful = steps.filter((step) => step.act !== undefined && !heard.has(step.id));
    for (const { id } of doubtful) {
      this.#uncertain.add(id);
      const evaluated = planned.get(id);
      if (evaluated !== undefined) this.#with.marks.changed(evaluated.task);
    }
    this.#with.acted(false);
    if (this.#losses.add(doubtful[0]?.id ?? "") > MAX_LOSSES) throw error;
    await unlessInterrupted(undefined, () => this.#with.link.reconnect());
  }

  #onStepResult(report: StepResult, { planned, answers }: Sent): void {
    const evaluated = planned.get(report.id);
    const [start, end] = [this.#since, new Date()];
    this.#since = end;
    if (evaluated === undefined || report.is === "stale") return;
    if (report.is === "unchanged") return this.#recordOk(evaluated);
    const { task } = evaluated;
    this.#with.acted(task.neverChanges === true);
    this.#uncertain.delete(task.id);
    const course = { attempts: this.#tries.of(task.id) + 1, start, end };
    const acting = { planned: evaluated.evaluation, before: answers.get(task.id), course };
    const { outcome, again, changed } = stepOutcome(task, report, acting);
    if (outcome.status !== "failed" && outcome.status !== "ignored") this.#with.marks.ran(task);
    if (changed) this.#with.marks.changed(task);
    else this.#with.marks.unchanged(task);
    const wrong = this.#goesWrong(outcome);
    const retry = wrong && again && this.#mayRetry(task);
    if (wrong) this.#failed.push({ outcome, again: retry });
    if (!retry) this.#with.tell(outcome);
  }

  /** After an act the host is at the next step. */
  #next(id: string, changing: readonly BoundTask[]): void {
    const at = changing.findIndex((task) => task.id === id);
    const next = at < 0 ? undefined : changing[at + 1];
    if (next !== undefined && this.#failed.length === 0) this.#with.begin(next);
  }

  /** The host has stopped there; an ignored failure stops it only if there are tries left. */
  #goesWrong({ status, task }: Outcome): boolean {
    return status === "failed" || (status === "ignored" && task.retries > 0);
  }

  /** A task whose looks differ each time would be planned without end. */
  #unsettled(open: readonly BoundTask[], report: BatchResult): boolean {
    const surprised = report.steps.find((step) => step.is === "stale");
    const task = open.find((each) => each.id === surprised?.id);
    if (task === undefined) return false;
    const count = this.#stale.add(task.id);
    if (count <= MAX_SURPRISES) return false;
    const why = `the state keeps changing: it was stale before the act ${count} times`;
    this.#with.tell({
      task,
      status: "failed",
      code: "keeps-changing",
      why,
      hint: "find the other program that changes it",
    });
    return true;
  }

  /** No later task can run before the first stuck task is resolved: it is tried again, passes, or has failed. */
  async #handleBlocked({ stuck, rest }: Plan): Promise<Next | ConvergeEnd> {
    if (stuck === undefined) return { open: rest, answers: new Map() };
    const { task } = stuck;
    if (this.#mayRetry(task)) {
      await this.#wait(task);
      return { open: [task, ...rest], answers: new Map() };
    }
    this.#with.tell(blockedOutcome(stuck));
    return task.ignoreErrors ? { open: rest, answers: new Map() } : "failed";
  }

  async #wait(task: BoundTask): Promise<void> {
    this.#with.begin(task);
    await this.#with.sleep(task.delay);
  }

  #mayRetry(task: BoundTask): boolean {
    return this.#tries.add(task.id) <= task.retries;
  }

  /** An uncertain task that is now ok: our step probably changed it, so it is reported as changed. */
  #recordOk({ task }: PlannedTask): void {
    const doubtful = this.#uncertain.delete(task.id);
    this.#with.marks.ran(task);
    if (doubtful) this.#with.marks.changed(task);
    if (task.handler !== undefined && !doubtful) return;
    const why = doubtful ? "connection lost while the step ran; a second look found the desired state" : undefined;
    this.#with.tell({ task, status: doubtful ? "changed" : "ok", why });
  }

  /** Interrupted: begins nothing, except tasks that were on their way when a connection was lost. */
  #stopped(open: readonly BoundTask[]): ConvergeEnd {
    for (const task of open) {
      if (!this.#with.marks.state.runs(task)) continue;
      const doubtful = this.#uncertain.has(task.id);
      const why = doubtful ? "connection lost while the step ran; dsrctl did not look again" : undefined;
      this.#with.tell({ task, ...(doubtful ? DOUBTFUL : NOT_BEGUN), why });
    }
    return "stopped";
  }

  #unknown(task: BoundTask): ConvergeEnd {
    const why = "connection lost while the step ran; dsrctl cannot know whether it was applied";
    this.#with.tell({ task, ...DOUBTFUL, why });
    return "unknown";
  }
}

const DOUBTFUL = { status: "unknown", code: "connection-lost" } as const;
const NOT_BEGUN = { status: "not-run", code: "interrupted" } as const;

const NOT_SENT: BatchResult = { steps: [], looks: new Map() };

/** What exists already if an interruption released the host; the caller checks `stop` and reports it. */
async function unlessInterrupted<T>(already: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted) return already;
    throw error;
  }
}

function isOpen(report: StepResult | undefined): boolean {
  return report === undefined || report.is === "stale";
}
