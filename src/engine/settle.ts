/**
 * Settling: on one host, tasks in order are looked at, planned, acted on and looked at again until every one is as
 * wanted or one has failed. A surprise (an earlier step changed what a later one was judged on) is planned again.
 */
import { Lost } from "../session.ts";
import type { Answer, Batch, BatchReport, StepReport } from "../session.ts";
import type { BoundTask } from "./bound.ts";
import { look } from "./looks.ts";
import { actedOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { batchOf, lookOf, plan } from "./plan.ts";
import type { Judged, Plan } from "./plan.ts";

/** A host as the engine sees it. */
export interface Link {
  run(batch: Batch, onStep?: (report: StepReport) => void): Promise<BatchReport>;
  /** After `Lost`: a new connection; the shell of the old one has ended. */
  again(): Promise<void>;
}

export interface Settling {
  readonly link: Link;
  /** Handlers that are due on the host; kept up to date. */
  readonly due: Set<string>;
  readonly tell: (outcome: Outcome) => void;
  readonly sleep: (seconds: number) => Promise<void>;
  /** An operator's interruption: nothing new is begun. */
  readonly stop: () => boolean;
}

export type Settled = "done" | "failed" | "unknown" | "stopped";

/** A task may be surprised this often before we say that it does not settle. */
const MAX_SURPRISES = 5;

/** @param answers looks that are at hand and still hold; the others are made. */
export async function settle(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, Answer>,
  settling: Settling,
): Promise<Settled> {
  return new Round(settling).settle(tasks, answers);
}

interface Doubt {
  readonly ids: ReadonlySet<string>;
}

const NO_DOUBT: Doubt = { ids: new Set() };

class Round {
  readonly #with: Settling;
  readonly #surprises = new Map<string, number>();
  readonly #tries = new Map<string, number>();
  #doubt: Doubt = NO_DOUBT;

  constructor(settling: Settling) {
    this.#with = settling;
  }

  async settle(tasks: readonly BoundTask[], known: ReadonlyMap<string, Answer>): Promise<Settled> {
    let open = tasks;
    let answers = known;
    while (open.length > 0) {
      if (this.#with.stop()) return "stopped";
      answers = await this.#complete(open, answers);
      const unsure = open.find((task) => this.#doubt.ids.has(task.id) && task.closed.event && !task.handler);
      if (unsure !== undefined) return this.#unknown(unsure);
      const made = plan(open, answers, (key) => this.#with.due.has(key));
      made.settled.forEach((judged) => this.#right(judged));
      this.#doubt = NO_DOUBT;
      const next = made.steps.length > 0 ? await this.#act(made, answers) : await this.#stuck(made);
      if (typeof next === "string") return next;
      ({ open, answers } = next);
    }
    return "done";
  }

  async #complete(
    open: readonly BoundTask[],
    answers: ReadonlyMap<string, Answer>,
  ): Promise<ReadonlyMap<string, Answer>> {
    const missing = open.filter((task) => !answers.has(task.id));
    if (missing.length === 0) return answers;
    return new Map([...answers, ...(await look(this.#with.link, missing.map(lookOf)))]);
  }

  async #act(made: Plan, answers: ReadonlyMap<string, Answer>): Promise<Next | Settled> {
    const report = await this.#send(made, answers);
    const ended = new Map(report.steps.map((step) => [step.id, step]));
    const failed = this.#failed;
    this.#failed = undefined;
    if (failed !== undefined && failed.retry === undefined) return "failed";
    if (failed?.retry !== undefined) await this.#with.sleep(failed.retry.delay);
    const open = [
      ...made.steps.filter(({ task }) => this.#isOpen(ended.get(task.id)) || task === failed?.retry),
      ...(made.stuck === undefined ? [] : [made.stuck]),
    ].map((judged) => judged.task);
    if (this.#unsettled(open, report)) return "failed";
    return { open: [...open, ...made.rest], answers: report.looks };
  }

  #failed: { readonly retry: BoundTask | undefined } | undefined;

  async #send(made: Plan, answers: ReadonlyMap<string, Answer>): Promise<BatchReport> {
    const planned = new Map(made.steps.map((judged) => [judged.task.id, judged]));
    const sent = batchOf(made, answers);
    const hear = (report: StepReport): void => this.#hear(report, planned.get(report.id));
    try {
      return await this.#with.link.run(sent, hear);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      const heard = new Set(error.reports.map((report) => report.id));
      this.#doubt = { ids: new Set(sent.steps.filter((step) => step.act && !heard.has(step.id)).map(({ id }) => id)) };
      await this.#with.link.again();
      return { steps: error.reports, looks: new Map() };
    }
  }

  #hear(report: StepReport, judged: Judged | undefined): void {
    if (judged === undefined || report.is === "surprise") return;
    const { task, judgement } = judged;
    if (report.is === "as-planned") return this.#right(judged);
    const outcome = actedOutcome(task, judgement, report);
    if (outcome.status === "failed") {
      const retry = this.#mayRetry(task);
      this.#failed = { retry: retry ? task : undefined };
      if (retry) return;
    } else if (outcome.status !== "ignored") this.#dues(task);
    this.#with.tell(outcome);
  }

  #dues(task: BoundTask): void {
    task.notify.forEach((due) => this.#with.due.add(due.key));
    if (task.handler !== undefined) this.#with.due.delete(task.handler.key);
  }

  #isOpen(report: StepReport | undefined): boolean {
    return report === undefined || report.is === "surprise";
  }

  /** A task that looks different every time would be planned for ever. */
  #unsettled(open: readonly BoundTask[], report: BatchReport): boolean {
    const surprised = report.steps.find((step) => step.is === "surprise");
    const task = open.find((each) => each.id === surprised?.id);
    if (task === undefined) return false;
    const count = (this.#surprises.get(task.id) ?? 0) + 1;
    this.#surprises.set(task.id, count);
    if (count <= MAX_SURPRISES) return false;
    const why = `does not settle: it looked different each of ${count} times, just before it was to be acted on`;
    this.#with.tell({ task, status: "failed", why, hint: "something else changes it at the same time" });
    return true;
  }

  /** Nothing can be done before the first task in the way is judged; it is tried again, let pass, or has failed. */
  async #stuck(made: Plan): Promise<Next | Settled> {
    const { stuck, rest } = made;
    if (stuck === undefined) return { open: rest, answers: new Map() };
    const { task, judgement } = stuck;
    if (this.#mayRetry(task)) {
      await this.#with.sleep(task.delay);
      return { open: [task, ...rest], answers: new Map() };
    }
    const status = task.ignoreErrors ? "ignored" : "failed";
    const hint = judgement.is === "blocked" ? judgement.hint : undefined;
    const why = judgement.is === "blocked" || judgement.is === "wrong" ? judgement.why : undefined;
    const delta = judgement.is === "wrong" ? judgement.delta : undefined;
    this.#with.tell({ task, status, why, hint, delta });
    return status === "failed" ? "failed" : { open: rest, answers: new Map() };
  }

  #mayRetry(task: BoundTask): boolean {
    const tries = (this.#tries.get(task.id) ?? 0) + 1;
    this.#tries.set(task.id, tries);
    return tries <= task.retries;
  }

  /** In doubt and right: it was our step that made it so, or there is no telling; either way it changed. */
  #right({ task }: Judged): void {
    const doubtful = this.#doubt.ids.has(task.id);
    if (task.handler !== undefined && !doubtful) return;
    const why = doubtful ? "the connection went while it was being done; looked at again: it is as wanted" : undefined;
    if (doubtful) this.#dues(task);
    this.#with.tell({ task, status: doubtful ? "changed" : "ok", why });
  }

  #unknown(task: BoundTask): Settled {
    const why = "the connection went while it was being done, and no look can tell whether it took place";
    this.#with.tell({ task, status: "unknown", why });
    return "unknown";
  }
}

interface Next {
  readonly open: readonly BoundTask[];
  readonly answers: ReadonlyMap<string, Answer>;
}
