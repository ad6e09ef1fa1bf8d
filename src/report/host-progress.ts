/** Tracks where each host of a run is, as far as events show it; for the user who interrupts the run. */
import type { Event } from "../core/event.ts";
import { brief } from "./escape.ts";

interface Place {
  /** The last task with an outcome, and its play. */
  readonly after: { readonly name: string; readonly play: string } | undefined;
  /** Has been reached, and neither failed nor was lost. */
  readonly alive: boolean;
  /** Tasks that an interruption left out. */
  readonly notRun: readonly string[];
}

const NOWHERE: Place = { after: undefined, alive: false, notRun: [] };

export class Course {
  readonly #places = new Map<string, Place>();
  #now: ReadonlySet<string> = new Set();

  hear(event: Event): void {
    switch (event.type) {
      case "run-start":
        return event.hosts.forEach((host) => this.#places.set(host, NOWHERE));
      case "play-start":
        this.#now = new Set(event.hosts);
        return;
      case "play-end":
        this.#now = new Set();
        return;
      case "host-connected":
        this.#places.set(event.host, { ...this.#at(event.host), alive: true });
        return;
      case "host-lost":
        this.#places.set(event.host, { ...this.#at(event.host), alive: false });
        return;
      case "task": {
        const before = this.#at(event.host);
        if (event.status === "not-run")
          return void this.#places.set(event.host, { ...before, notRun: [...before.notRun, event.name] });
        const gone = event.status === "failed" || event.status === "unknown";
        this.#places.set(event.host, { ...before, after: { name: event.name, play: event.play }, alive: !gone });
        return;
      }
      case "warning":
      case "plan":
      case "host-connecting":
      case "connection":
      case "host-progress":
      case "run-end":
        return;
    }
  }

  /** How far every host has come. */
  done(): ReadonlyMap<string, string> {
    return new Map([...this.#places].map(([host, place]) => [host, words(place, "done up to") + notRun(place)]));
  }

  /** The hosts that run tasks, and the last outcome of each. */
  underWay(): ReadonlyMap<string, string> {
    const busy = [...this.#places].filter(([host, { alive }]) => alive && this.#now.has(host));
    return new Map(busy.map(([host, place]) => [host, words(place, "after")]));
  }

  #at(host: string): Place {
    return this.#places.get(host) ?? NOWHERE;
  }
}

function words({ after }: Place, how: string): string {
  return after === undefined ? "nothing was done" : `${how} "${after.name}" (play ${after.play})`;
}

const MOST_NAMED = 3;

/** Names are shortened, and of many only the first are named. */
function notRun({ notRun }: Place): string {
  const names = notRun.slice(0, MOST_NAMED).map((name) => brief(name, 60));
  const more = notRun.length > MOST_NAMED ? ` and ${notRun.length - MOST_NAMED} more` : "";
  return names.length === 0 ? "" : `; not started: ${names.join(", ")}${more}`;
}
