/** Tracks one batch that was sent: collects its results, and rejects answers that do not match it. */
import { ConnectionLost } from "../../core/batch.ts";
import type { LookResult, Batch, BatchResult, StepResult } from "../../core/batch.ts";
import type { Script } from "./script.ts";
import { WireError } from "./frame-parser.ts";
import type { Group } from "./frame-parser.ts";

export class PendingBatch {
  readonly report: Promise<BatchResult>;
  readonly #batch: Batch;
  readonly #functionOf: Script["functionOf"];
  readonly #onStep: ((report: StepResult) => void) | undefined;
  readonly #reports: StepResult[] = [];
  /** The error that reporting a step threw. It ends the run of the batch, but only after the host has finished. */
  #thrown: Error | undefined;
  #ended = false;
  #halted = false;
  #resolve: (report: BatchResult) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(batch: Batch, { functionOf }: Script, onStep: ((report: StepResult) => void) | undefined) {
    this.#batch = batch;
    this.#functionOf = functionOf;
    this.#onStep = onStep;
    this.report = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The host may have run a part of it. */
  get acts(): boolean {
    return this.#batch.steps.some(({ act }) => act !== undefined);
  }

  /** The host got a stop request: it may answer that it skipped steps. */
  halt(): void {
    this.#halted = true;
  }

  /** @throws WireError when the group cannot be an answer to this batch. */
  take(group: Group): void {
    if (this.#ended) throw new WireError("an unexpected answer");
    if (group.tag === "L") this.#finish(this.#looksOf(group));
    else if (group.tag === "X") this.#finish(this.#stopped());
    else if (group.tag === "H") this.#finish(this.#notBegun());
    else this.#step(group);
  }

  /** The connection was lost: the reports that arrived did happen. */
  lose(why: string): ConnectionLost {
    const lost = new ConnectionLost(why, this.#reports);
    this.fail(lost);
    return lost;
  }

  fail(error: Error): void {
    this.#ended = true;
    this.#reject(this.#thrown ?? error);
  }

  #finish(looks: ReadonlyMap<string, LookResult>): void {
    this.#ended = true;
    if (this.#thrown === undefined) this.#resolve({ steps: this.#reports, looks });
    else this.#reject(this.#thrown);
  }

  /**
   * All looks that were sent, and those of all steps that were not begun. A step without a report must have a reason.
   */
  #looksOf({ parts }: Group): ReadonlyMap<string, LookResult> {
    const last = this.#reports.at(-1);
    const open = this.#batch.steps.slice(this.#reports.length);
    if (open.length > 0 && last?.is !== "stale") throw new WireError("the end of a batch before its last step");
    const looks = new Map<string, LookResult>();
    for (const { id } of [...open, ...this.#batch.looks]) {
      const answer = parts.get(this.#functionOf.get(id) ?? "");
      if (answer === undefined) throw new WireError(`no answer to the look of ${id}`);
      looks.set(id, answer);
    }
    if (last?.is === "stale") looks.set(last.id, last.guard);
    return looks;
  }

  /** Only an applied step can fail, and the host reports no stale step after it. */
  #stopped(): ReadonlyMap<string, LookResult> {
    const acted = this.#reports.some(({ is }) => is === "applied");
    if (!acted || this.#reports.at(-1)?.is === "stale") throw new WireError("a failure without a step");
    return new Map();
  }

  #notBegun(): ReadonlyMap<string, LookResult> {
    if (!this.#halted || this.#reports.length === this.#batch.steps.length) throw new WireError("an unexpected halt");
    return new Map();
  }

  #step(group: Group): void {
    const index = this.#reports.length;
    const step = this.#batch.steps[index];
    if (step === undefined || group.tag.slice(1) !== String(index) || this.#reports.at(-1)?.is === "stale")
      throw new WireError(`an answer to a step that was not sent: ${group.tag.slice(0, 20)}`);
    const report = reportOf(step.id, group, group.parts.get(this.#functionOf.get(step.id) ?? ""));
    this.#reports.push(report);
    try {
      this.#onStep?.(report);
    } catch (error) {
      this.#thrown ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}

function reportOf(id: string, { tag, parts }: Group, answer: LookResult | undefined): StepResult {
  const act = parts.get("act")?.output;
  switch (tag.charAt(0)) {
    case "G":
      return { id, is: "unchanged" };
    case "S":
      if (answer !== undefined) return { id, is: "stale", guard: answer };
      break;
    case "A":
    case "T":
      if (act !== undefined && answer !== undefined)
        return { id, is: "applied", act, timedOut: tag.startsWith("T"), after: answer };
  }
  throw new WireError(`an invalid answer: ${tag.slice(0, 20)}`);
}
