/** Holds the status of a host in the run, and reports what ends its part in it. */
import { InputError, Interrupted, Unreachable } from "../core/problem.ts";
import type { HostCode } from "../core/event.ts";
import { ConnectionLost } from "../core/batch.ts";
import type { HostCounts } from "./host-counts.ts";
import { problemEvents } from "./task-event.ts";
import type { RunContext } from "./run-context.ts";

export type HostState = "alive" | "failed" | "lost";

export class HostStatus {
  state: HostState = "alive";
  readonly #name: string;
  readonly #world: RunContext;
  readonly #tally: HostCounts;

  constructor(name: string, world: RunContext, tally: HostCounts) {
    this.#name = name;
    this.#world = world;
    this.#tally = tally;
  }

  /**
   * A host that cannot be reached, or whose variables are wrong, leaves the run; the others go on. A bug ends the run,
   * but only after all hosts have ended their steps: dsrctl must not cut off a step. A host that an interruption
   * released ran no step: it stays as it is, and nothing more is begun there.
   */
  async guarded(play: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof Interrupted) return;
      if (error instanceof Unreachable) this.#unreachable(error);
      else if (error instanceof ConnectionLost) this.#lose("unknown", "connection", "connection-lost", error.message);
      else if (error instanceof InputError) this.#wrong(play, error);
      else this.#broken(error);
    }
  }

  #broken(error: unknown): void {
    this.#world.bug ??= { host: this.#name, error };
    this.#world.halt();
    const why = "a bug in dsrctl ended the run on this host; run the play again to read its state";
    this.#lose("unknown", "bug", "bug", why);
  }

  #unreachable({ stage, message, hint }: Unreachable): void {
    this.#lose("unreachable", stage, `unreachable-${stage}`, message, hint);
  }

  #lose(state: "unreachable" | "unknown", stage: string, code: HostCode, why: string, hint?: string): void {
    this.state = "lost";
    this.#tally.count(state);
    const event = { type: "host-lost", host: this.#name, state, stage, code, why } as const;
    this.#world.tell(hint === undefined ? event : { ...event, hint });
  }

  /** Wrong input that shows only with facts or results: the host was reached, so it is the host's failure. */
  #wrong(play: string, error: InputError): void {
    this.state = "failed";
    this.#tally.count("failed");
    for (const event of problemEvents(this.#name, play, error.problems)) this.#world.tell(event);
  }

  /** The run has ended because of a bug on another host. */
  endFor(other: string): void {
    if (this.state !== "alive") return;
    this.state = "lost";
    const why = `a bug in dsrctl on ${other} ended the run; the running step was finished`;
    this.#world.tell({ type: "host-lost", host: this.#name, state: "ended", stage: "bug", code: "bug", why });
  }
}
