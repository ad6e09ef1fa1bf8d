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
  /** Handlers that are due on the host; kept up to date. */
  readonly marks: HandlerMarks;
  readonly tell: (outcome: Outcome) => void;
  /** Hears which task the host is in now, or waits for. */
  readonly begin: (task: BoundTask) => void;
  /**
   * Hears of every act, whatever came of it: what was looked at before, here or, where it depends on this host, on
   * another, may not hold any more. `steady`: by the playbook's word it changes nothing; that is believed for the other
   * hosts only.
   */
  readonly acted: (steady: boolean) => void;
  readonly sleep: (seconds: number) => Promise<void>;
  /** An operator's interruption: nothing new is begun. */
  readonly stop: () => boolean;
}

export type ConvergeEnd = "done" | "failed" | "unknown" | "stopped";

/** A task may be stale this often before we say that it does not settle. */
const MAX_SURPRISES = 5;
/** The connection may go this often at the same step before we say that it is the step. */
const MAX_LOSSES = 2;

/** @param answers looks that are at hand and still hold; the others are made. */
export async function converge(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, LookResult>,
  settling: ConvergeOptions,
): Promise<ConvergeEnd> {
  const settled = await new Convergence(settling).settle(tasks, answers);
  await unlessInterrupted(undefined, () => settling.marks.flush());
  return settled;
}

/** What is still to be settled, and what is known of it. */
interface Next {
  readonly open: readonly BoundTask[];
  readonly answers: ReadonlyMap<string, LookResult>;
}

/** A plan that was sent: what was planned, by task, and the looks it was planned on. */
interface Sent {
  readonly planned: ReadonlyMap<string, PlannedTask>;
  readonly answers: ReadonlyMap<string, LookResult>;
}

/** A try that came to nothing, and whether there is another; if there is none, it was told. */
interface Failed {
  readonly outcome: Outcome;
  readonly again: boolean;
}

class Convergence {
  readonly #with: ConvergeOptions;
  readonly #stale = new Count();
  readonly #losses = new Count();
  readonly #tries = new Count();
  /** Steps that were out when the connection went, as long as it is not known what became of them. */
  readonly #uncertain = new Set<string>();
  /** Of the batch that is out. Steps that are held together may fail side by side. */
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
      made.settled.forEach((judged) => this.#recordOk(judged));
      const next = made.steps.length > 0 ? await this.#act(made, answers) : await this.#handleBlocked(made);
      if (typeof next === "string") return next;
      ({ open, answers } = next);
    }
    return "done";
  }

  /** Has an answer for all; or for some, when there is something to do before the first that has none. */
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

  /** Waits for the next try of what failed; false when one has failed for good, or there is no next try. */
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
    const sent: Sent = { planned: new Map(made.steps.map((judged) => [judged.task.id, judged])), answers };
    const batch = batchOf(made, answers, (due) => marks.liesWith(link, due));
    const changing = made.steps.flatMap(({ task, evaluation: judgement }) => (judgement.is === "change" ? [task] : []));
    // Of a handler only the host can tell.
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

  /** What was not heard of is in doubt: it may have been done, or be done still. Whom it notifies the host knows. */
  async #lost({ steps }: Batch, { planned }: Sent, error: ConnectionLost): Promise<void> {
    const heard = new Set(error.reports.map((report) => report.id));
    const doubtful = steps.filter((step) => step.act !== undefined && !heard.has(step.id));
    for (const { id } of doubtful) {
      this.#uncertain.add(id);
      const judged = planned.get(id);
      if (judged !== undefined) this.#with.marks.changed(judged.task);
    }
    this.#with.acted(false);
    if (this.#losses.add(doubtful[0]?.id ?? "") > MAX_LOSSES) throw error;
    await unlessInterrupted(undefined, () => this.#with.link.reconnect());
  }

  #onStepResult(report: StepResult, { planned, answers }: Sent): void {
    const judged = planned.get(report.id);
    const [start, end] = [this.#since, new Date()];
    this.#since = end;
    if (judged === undefined || report.is === "stale") return;
    if (report.is === "unchanged") return this.#recordOk(judged);
    const { task } = judged;
    this.#with.acted(task.neverChanges === true);
    this.#uncertain.delete(task.id);
    const course = { attempts: this.#tries.of(task.id) + 1, start, end };
    const acting = { planned: judged.evaluation, before: answers.get(task.id), course };
    const { outcome, again, changed } = stepOutcome(task, report, acting);
    if (outcome.status !== "failed" && outcome.status !== "ignored") this.#with.marks.ran(task);
    if (changed) this.#with.marks.changed(task);
    else this.#with.marks.unchanged(task);
    const wrong = this.#goesWrong(outcome);
    const retry = wrong && again && this.#mayRetry(task);
    if (wrong) this.#failed.push({ outcome, again: retry });
    if (!retry) this.#with.tell(outcome);
  }

  /** After an act the host is at the next one. */
  #next(id: string, changing: readonly BoundTask[]): void {
    const at = changing.findIndex((task) => task.id === id);
    const next = at < 0 ? undefined : changing[at + 1];
    if (next !== undefined && this.#failed.length === 0) this.#with.begin(next);
  }

  /** The host has stopped there; what is ignored stops it only when there are tries left. */
  #goesWrong({ status, task }: Outcome): boolean {
    return status === "failed" || (status === "ignored" && task.retries > 0);
  }

  /** A task that looks different every time would be planned for ever. */
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

  /** Nothing can be done before the first task in the way is judged; it is tried again, let pass, or has failed. */
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

  /** Interrupted: what is not settled is not begun, but for what was out when a connection went. */
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

/**
 * What is there already, when an interruption let the host go: what follows from that is told where `stop` is heard.
 */
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
