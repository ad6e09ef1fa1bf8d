/**
 * Shows the live tree of a terminal: finished tasks scroll by; under them are the running tasks, with hosts and times.
 *
 * listr2 keeps the hosts and their states. The renderer is dsrctl's, since listr2's own blocks the event loop from some
 * tens of rows on. This is the only file that imports listr2.
 */
import { Listr } from "listr2";
import type { ListrRenderer } from "listr2";
import type { Event } from "../core/event.ts";
import { colors as makeColors } from "./colors.ts";
import { brief } from "./escape.ts";
import { Lines } from "./lines.ts";
import { liveRows } from "./live-rows.ts";
import type { HostWork, LiveRowsOptions } from "./live-rows.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import { LiveScreen } from "./live-screen.ts";

/** Ten frames per second: more is not visible, and costs CPU. */
const FRAME_MS = 100;
/** Characters of a task's name. */
const LONGEST_NAME = 200;

export function treeReporter(options: ReportOptions): Reporter {
  return new Tree(options);
}

/** The part of listr2's task that is used. */
interface HostTask {
  readonly title?: string | undefined;
  isPending(): boolean;
  isStarted(): boolean;
  hasFailed(): boolean;
}

interface RendererOptions {
  readonly draw: (tasks: readonly HostTask[]) => void;
}

class HostRenderer implements ListrRenderer {
  static readonly nonTTY = true;
  static readonly rendererOptions: RendererOptions = { draw: () => undefined };
  static readonly rendererTaskOptions: never;
  readonly #tasks: readonly HostTask[];
  readonly #options: RendererOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(tasks: readonly HostTask[], options: RendererOptions) {
    this.#tasks = tasks;
    this.#options = options;
  }

  render(): void {
    this.#timer = setInterval(() => this.#options.draw(this.#tasks), FRAME_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** A host in the play that runs. */
interface Row extends HostWork {
  readonly finish: (failed: boolean) => void;
}

class Tree implements Reporter {
  readonly #live: Pick<LiveRowsOptions, "colors">;
  readonly #lines: Lines;
  readonly #screen: LiveScreen;
  readonly #ready: () => boolean;
  readonly #rows = new Map<string, Row>();
  #above: string[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #frame = 0;

  constructor(options: ReportOptions) {
    this.#live = { colors: makeColors(options.color) };
    this.#lines = new Lines(options, () => options.size().columns);
    this.#screen = new LiveScreen(options.write, options.size);
    this.#ready = options.ready ?? (() => true);
  }

  readonly tell = (event: Event): void => {
    this.#above.push(...this.#lines.of(event));
    switch (event.type) {
      case "play-start":
        return this.#start(event.hosts);
      case "host-connecting":
        return this.#news(event.host, "connecting");
      case "host-connected":
        return this.#news(event.host, "looking");
      case "host-progress":
        if (event.done >= event.total) return this.#finish(event.host, false);
        return this.#news(event.host, brief(event.doing, LONGEST_NAME), event);
      case "task":
        if (event.status === "failed" || event.status === "unknown") return this.#finish(event.host, true);
        return this.#news(event.host, brief(event.name, LONGEST_NAME), undefined, true);
      case "host-lost":
        return this.#finish(event.host, true);
      case "play-end":
      case "run-end":
        return this.#stop();
      case "run-start":
      case "warning":
      case "plan":
      case "connection":
        return;
    }
  };

  readonly notice = (text: string): void => void this.#above.push(...this.#lines.notice(text));

  readonly abandon = (): void => {
    this.#above.push(...this.#lines.abandoned());
    this.#stop();
  };

  async end(): Promise<void> {
    this.#stop();
    await this.#running;
  }

  #start(hosts: readonly string[]): void {
    const tasks = hosts.map((host) => {
      const over = this.#row(host);
      return { title: host, task: () => over };
    });
    const draw = (shown: readonly HostTask[]): void => this.#draw(shown);
    const listr = new Listr<unknown, typeof HostRenderer, typeof HostRenderer>(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: HostRenderer,
      fallbackRenderer: HostRenderer,
      rendererOptions: { draw },
      fallbackRendererOptions: { draw },
    });
    this.#running = listr.run();
  }

  /** Started at once, independent of listr2's schedule. */
  #row(host: string): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      const finish = (failed: boolean): void => (failed ? reject(new Error(host)) : resolve());
      this.#rows.set(host, { host, finish, doing: undefined, ended: false, since: 0, of: undefined });
    });
    over.catch(() => undefined);
    return over;
  }

  /** For work that runs already, the time counts from its beginning. */
  #news(host: string, doing: string, of?: HostWork["of"], ended = false): void {
    const row = this.#rows.get(host);
    if (row === undefined) return;
    const since = row.doing === doing && row.ended === ended ? row.since : performance.now();
    this.#rows.set(host, { ...row, doing, ended, since, of: of ?? row.of });
  }

  #finish(host: string, failed: boolean): void {
    this.#rows.get(host)?.finish(failed);
    this.#rows.delete(host);
  }

  #stop(): void {
    for (const row of this.#rows.values()) row.finish(false);
    this.#rows.clear();
    this.#above.push(...this.#lines.rest());
    this.#show([]);
  }

  #draw(tasks: readonly HostTask[]): void {
    if (!this.#ready()) return;
    this.#frame += 1;
    this.#above.push(...this.#lines.overdue());
    const open = tasks.filter((task) => task.isPending() || task.isStarted());
    const failed = tasks.filter((task) => task.hasFailed()).length;
    const { rows: room, columns } = this.#screen;
    const work = open.flatMap(({ title }) => this.#rows.get(title ?? "") ?? []);
    const ended = { failed, done: tasks.length - open.length - failed };
    this.#show(liveRows(work, ended, { ...this.#live, frame: this.#frame, now: performance.now(), room, columns }));
  }

  #show(area: readonly string[]): void {
    this.#screen.show(this.#above, area);
    this.#above = [];
  }
}
