/** Keeps the results of looks, and knows which of them are still valid. */
import { ConnectionLost } from "../../core/batch.ts";
import type { LookResult, Batch, BatchResult, Look } from "../../core/batch.ts";
import type { BoundTask } from "./bound-task.ts";
import { lookOf } from "./plan.ts";
import type { LookRequest } from "./plan.ts";
import type { ShellConnection } from "../../core/batch.ts";

export class LookCache {
  #answers: ReadonlyMap<string, LookResult> = new Map();
  /** Those that an act on another host may have made untrue. */
  readonly #elsewhere = new Set<string>();
  #at = 0;
  readonly #changes: () => number;

  /** @param changes made on any host so far */
  constructor(changes: () => number) {
    this.#changes = changes;
  }

  /** The answers that hold: after a change on any host only those that nobody else can change. */
  get known(): ReadonlyMap<string, LookResult> {
    const at = this.#changes();
    if (this.#at !== at) this.#answers = new Map([...this.#answers].filter(([id]) => !this.#elsewhere.has(id)));
    this.#at = at;
    return this.#answers;
  }

  /** Asks, and keeps the answers. */
  async ask(link: ShellConnection, looks: readonly LookRequest[]): Promise<ReadonlyMap<string, LookResult>> {
    const known = this.known;
    const at = this.#changes();
    for (const { id, elsewhere } of looks) if (elsewhere === true) this.#elsewhere.add(id);
    const answers = new Map([...known, ...(await look(link, looks))]);
    this.#answers = answers;
    this.#at = at;
    return answers;
  }

  /** Answers to all these tasks: those that hold, and the others asked for. */
  async of(link: ShellConnection, tasks: readonly BoundTask[]): Promise<ReadonlyMap<string, LookResult>> {
    const { known } = this;
    const missing = tasks.filter((task) => !known.has(task.id));
    return missing.length === 0 ? known : this.ask(link, missing.map(lookOf));
  }

  /** Something was done on the host itself, or is to be seen anew. */
  forget(): void {
    this.#answers = new Map();
  }
}

/** Asks a host. */
export async function look(link: ShellConnection, looks: readonly Look[]): Promise<ReadonlyMap<string, LookResult>> {
  return (await runIdempotent(link, { steps: [], looks })).looks;
}

/** For what does no harm when it is done twice: a connection that goes is made anew once. */
export async function runIdempotent(link: ShellConnection, batch: Batch): Promise<BatchResult> {
  try {
    return await link.run(batch);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    await link.reconnect();
    return link.run(batch);
  }
}
