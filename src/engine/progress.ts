/** Reports how far a host is in a play, at each task that it begins. */
import type { Tell } from "../core/event.ts";

export class Progress {
  readonly #host: string;
  readonly #tell: Tell;
  /** Finished tasks of the play. */
  readonly #passed = new Set<string>();
  #total = 0;

  constructor(host: string, tell: Tell) {
    this.#host = host;
    this.#tell = tell;
  }

  enter(total: number): void {
    this.#passed.clear();
    this.#total = total;
  }

  pass(ids: readonly string[]): void {
    for (const id of ids) this.#passed.add(id);
  }

  /** @param doing `looking`, or a task's name */
  at(doing: string): void {
    // What still goes on is not at the end.
    this.#say(doing, Math.min(this.#passed.size, this.#total - 1));
  }

  leave(): void {
    this.#say("done", this.#total);
  }

  #say(doing: string, done: number): void {
    this.#tell({ type: "host-progress", host: this.#host, doing, done: Math.max(done, 0), total: this.#total });
  }
}
