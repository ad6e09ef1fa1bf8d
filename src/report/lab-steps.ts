/** Steps that run side by side and take their time (the lab's), each with how far it is and how long it takes. */
import type { LabEvent } from "../lab/tell.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { visible } from "./escape.ts";
import { LiveScreen } from "./live-screen.ts";
import type { Size } from "./live-screen.ts";

export interface StepsOptions {
  readonly write: (text: string) => void;
  readonly ready?: () => boolean;
  readonly size: () => Size;
  /** Running steps are drawn anew in place; elsewhere each is a line when it starts and one when it is done. */
  readonly live: boolean;
  readonly color: boolean;
  readonly verbosity: number;
}

const FRAME_MS = 200;

interface Running {
  readonly event: LabEvent;
  readonly since: number;
}

export class Steps {
  readonly #options: StepsOptions;
  readonly #colors: Colors;
  readonly #screen: LiveScreen;
  readonly #running = new Map<string, Running>();
  #above: string[] = [];
  #ended = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: StepsOptions) {
    this.#options = options;
    this.#colors = makeColors(options.color);
    this.#screen = new LiveScreen(options.write, options.size);
    this.#timer = options.live ? setInterval(() => this.#draw(), FRAME_MS) : undefined;
  }

  readonly tell = (event: LabEvent): void => {
    const key = `${event.host ?? ""} ${event.step}`;
    const since = this.#running.get(key)?.since ?? performance.now();
    switch (event.state) {
      case "start":
        this.#running.set(key, { event, since });
        return this.#options.live ? undefined : this.#say(`… ${this.#text(event)}`);
      case "progress":
        this.#running.set(key, { event: { ...this.#running.get(key)?.event, ...event }, since });
        return;
      case "done":
        this.#running.delete(key);
        return this.#say(`${this.#colors.green("✔")} ${this.#text(event)}`);
      case "skipped":
        return this.#options.verbosity > 0 ? this.#say(this.#colors.dim(`- ${this.#text(event)}`)) : undefined;
    }
  };

  readonly notice = (text: string): void => this.#say(this.#colors.yellow(text));

  /** Nothing runs any more; what still did has failed. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    for (const { event } of this.#running.values()) this.#say(`${this.#colors.red("✘")} ${this.#text(event)}`);
    this.#running.clear();
    this.#draw(true);
  }

  #say(line: string): void {
    if (this.#options.live) this.#above.push(line);
    else this.#options.write(`${line}\n`);
  }

  #draw(last = false): void {
    if (!this.#options.live || (!last && this.#options.ready?.() === false)) return;
    const rows = [...this.#running.values()].map(({ event, since }) => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      return `${this.#colors.cyan("…")} ${this.#text(event)}${seconds > 0 ? this.#colors.dim(` ${seconds} s`) : ""}`;
    });
    this.#screen.show(this.#above, rows);
    this.#above = [];
  }

  #text({ host, step, done, total, note, seconds }: LabEvent): string {
    const who = host === undefined ? "" : `${host}: `;
    const share = total === undefined ? "" : ` ${done ?? 0}/${total}`;
    const took = seconds === undefined ? "" : this.#colors.dim(` (${seconds.toFixed(1)} s)`);
    return `${who}${step}${share}${note === undefined ? "" : this.#colors.dim(` ${visible(note)}`)}${took}`;
  }
}
