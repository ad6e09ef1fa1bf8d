/**
 * The live tree of a terminal: under the play a row a host, with what it is doing; what has happened scrolls by
 * above. listr2 keeps the tasks and their states; the renderer is ours, since its own blocks the event loop from some
 * tens of rows on. This is the only door to listr2.
 */
import { Listr } from "listr2";
import type { ListrRenderer } from "listr2";
import type { Event } from "../event.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { visible } from "./escape.ts";
import { lineMaker } from "./lines.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import { LiveScreen } from "./screen.ts";

/** Frames a second: more is not seen, and costs. */
const FRAME_MS = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

export function treeReporter(options: ReportOptions): Reporter {
  return new Tree(options);
}

interface Row {
  title: string;
  readonly finish: (failed: boolean) => void;
}

interface RendererOptions {
  readonly draw: (tasks: readonly HostTask[]) => void;
}

/** What we need of listr2's task. */
interface HostTask {
  readonly title?: string | undefined;
  isPending(): boolean;
  isStarted(): boolean;
}

/** Draws ten times a second from the tasks that listr2 keeps. */
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

class Tree implements Reporter {
  readonly #colors: Colors;
  readonly #lines: (event: Event) => readonly string[];
  readonly #screen: LiveScreen;
  readonly #rows = new Map<string, Row>();
  #above: string[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #frame = 0;

  constructor(options: ReportOptions) {
    this.#colors = makeColors(options.color);
    this.#lines = lineMaker(options, this.#colors);
    this.#screen = new LiveScreen(options.write, options.size);
  }

  readonly tell = (event: Event): void => {
    this.#above.push(...this.#lines(event));
    switch (event.type) {
      case "play-start":
        return this.#start(event.hosts);
      case "host-connecting":
        return this.#title(event.host, "connecting");
      case "host-connected":
        return this.#title(event.host, "looking");
      case "host-progress":
        return this.#title(event.host, `${event.doing} ${this.#colors.dim(`${event.done}/${event.total}`)}`);
      case "task":
        return this.#title(event.host, visible(event.name));
      case "host-lost":
        this.#rows.get(event.host)?.finish(true);
        return;
      case "play-end":
      case "run-end":
        return this.#stop();
      case "run-start":
      case "warning":
        return;
    }
  };

  async end(): Promise<void> {
    this.#stop();
    await this.#running;
    this.#screen.show(this.#above, []);
    this.#above = [];
  }

  #start(hosts: readonly string[]): void {
    const tasks = hosts.map((host) => ({
      title: host,
      task: () =>
        new Promise<void>((resolve, reject) => {
          const finish = (failed: boolean): void => (failed ? reject(new Error(host)) : resolve());
          this.#rows.set(host, { title: "waiting", finish });
        }),
    }));
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

  #title(host: string, title: string): void {
    const row = this.#rows.get(host);
    if (row !== undefined) row.title = title;
  }

  #stop(): void {
    for (const row of this.#rows.values()) row.finish(false);
    this.#rows.clear();
    this.#screen.show(this.#above, []);
    this.#above = [];
  }

  #draw(tasks: readonly HostTask[]): void {
    this.#frame += 1;
    const busy = tasks.filter((task) => task.isPending() || task.isStarted());
    const room = this.#screen.rows - 1;
    const rows = busy.slice(0, room).map((task) => this.#row(task.title ?? ""));
    const more = busy.length > room ? [this.#colors.dim(`… and ${busy.length - room} hosts more`)] : [];
    this.#screen.show(this.#above, [...rows, ...more]);
    this.#above = [];
  }

  #row(host: string): string {
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? " ";
    return `${this.#colors.cyan(spinner)} ${host}  ${this.#rows.get(host)?.title ?? ""}`;
  }
}
