/** Keeps the results of looks, and knows which of them are still valid. */
import { ConnectionLost } from "../../core/batch.ts";
import type { LookResult, Batch, BatchResult, Look } from "../../core/batch.ts";
import type { BoundTask } from "./bound-task.ts";
import { lookOf } from "./plan.ts";
import type { LookRequest } from "./plan.ts";
import type { ShellConnection } from "../../core/batch.ts";

export class LookCache {
  #answers: ReadonlyMap<string, LookResult> = new Map();
  /** Looks that an act on another host may have made invalid. */
  readonly #elsewhere = new Set<string>();
  #at = 0;
  readonly #changes: () => number;

  /** @param changes made on any host so far */
  constructor(changes: () => number) {
    this.#changes = changes;
  }

  /** The valid answers: after a change on any host, only those that no other host can affect. */
  get known(): ReadonlyMap<string, LookResult> {
    const at = this.#changes();
    if (this.#at !== at) this.#answers = new Map([...this.#answers].filter(([id]) => !this.#elsewhere.has(id)));
    this.#at = at;
    return this.#answers;
  }

  /** Looks, and keeps the answers. */
  async ask(link: ShellConnection, looks: readonly LookRequest[]): Promise<ReadonlyMap<string, LookResult>> {
    const known = this.known;
    const at = this.#changes();
    for (const { id, elsewhere } of looks) if (elsewhere === true) this.#elsewhere.add(id);
    const answers = new Map([...known, ...(await look(link, looks))]);
    this.#answers = answers;
    this.#at = at;
    return answers;
  }

  /** Answers to all these tasks: the valid ones, and new looks for the others. */
  async of(link: ShellConnection, tasks: readonly BoundTask[]): Promise<ReadonlyMap<string, LookResult>> {
    const { known } = this;
    const missing = tasks.filter((task) => !known.has(task.id));
    return missing.length === 0 ? known : this.ask(link, missing.map(lookOf));
  }

  /** A step ran on the host itself, or the looks must be repeated. */
  forget(): void {
    this.#answers = new Map();
  }
}

/** Sends looks to a host. */
export async function look(link: ShellConnection, looks: readonly Look[]): Promise<ReadonlyMap<string, LookResult>> {
  return (await runIdempotent(link, { steps: [], looks })).looks;
}

/** For work that may run twice: after a lost connection it is repeated once over a new one. */
export async function runIdempotent(link: ShellConnection, batch: Batch): Promise<BatchResult> {
  try {
    return await link.run(batch);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    await link.reconnect();
    return link.run(batch);
  }
}
