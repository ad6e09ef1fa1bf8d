/**
 * The live tree of a terminal: under the play a row a host, with what it is doing; what has happened scrolls by
 * above. listr2 keeps the tasks and their states; the renderer is ours, since its own blocks the event loop from some
 * tens of rows on. This is the only door to listr2.
 */
import { Listr } from "listr2";
import type { ListrRenderer } from "listr2";
import type { Event } from "../core/event.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { brief, visible } from "./escape.ts";
import { Lines } from "./lines.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import { LiveScreen } from "./live-screen.ts";

/** Ten frames a second: more is not seen, and costs. */
const FRAME_MS = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
/** Seconds without news after which they are counted on the row. */
const SILENT = 3;

export function treeReporter(options: ReportOptions): Reporter {
  return new Tree(options);
}

/** What we need of listr2's task. */
interface HostTask {
  readonly title?: string | undefined;
  isPending(): boolean;
  isStarted(): boolean;
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
interface Row {
  readonly finish: (failed: boolean) => void;
  state: "waiting" | "connecting" | "at work";
  settled: number;
  text: string;
  /** When there was news of it last (performance.now). */
  heard: number;
}

class Tree implements Reporter {
  readonly #colors: Colors;
  readonly #lines: Lines;
  readonly #screen: LiveScreen;
  readonly #ready: () => boolean;
  readonly #rows = new Map<string, Row>();
  #above: string[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #frame = 0;

  constructor(options: ReportOptions) {
    this.#colors = makeColors(options.color);
    this.#lines = new Lines(options);
    this.#screen = new LiveScreen(options.write, options.size);
    this.#ready = options.ready ?? (() => true);
  }

  readonly tell = (event: Event): void => {
    this.#above.push(...this.#lines.of(event));
    switch (event.type) {
      case "play-start":
        return this.#start(event.hosts);
      case "host-connecting":
        return this.#news(event.host, { state: "connecting", text: "connecting" });
      case "host-connected":
        return this.#news(event.host, { state: "at work", text: "looking" });
      case "host-progress":
        if (event.done >= event.total) return this.#finish(event.host, false);
        return this.#news(event.host, { text: `${visible(event.doing)} (${event.done}/${event.total})` });
      case "task":
        return this.#task(event);
      case "host-lost":
        return this.#finish(event.host, true);
      case "play-end":
      case "run-end":
        return this.#stop();
      case "run-start":
      case "warning":
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

  #task(event: Extract<Event, { type: "task" }>): void {
    if (event.status === "failed" || event.status === "unknown") return this.#finish(event.host, true);
    const settled = (this.#rows.get(event.host)?.settled ?? 0) + 1;
    this.#news(event.host, { settled, text: `${settled} done, last: ${brief(event.name, 200)}` });
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

  /** Begun at once, whenever listr2 comes to it. */
  #row(host: string): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      const finish = (failed: boolean): void => (failed ? reject(new Error(host)) : resolve());
      this.#rows.set(host, { finish, state: "waiting", settled: 0, text: "waiting", heard: performance.now() });
    });
    over.catch(() => undefined);
    return over;
  }

  #news(host: string, news: Partial<Pick<Row, "state" | "settled" | "text">>): void {
    const row = this.#rows.get(host);
    if (row !== undefined) Object.assign(row, { state: "at work", ...news, heard: performance.now() });
  }

  #finish(host: string, failed: boolean): void {
    this.#rows.get(host)?.finish(failed);
    this.#rows.delete(host);
  }

  #stop(): void {
    for (const row of this.#rows.values()) row.finish(false);
    this.#rows.clear();
    this.#show([]);
  }

  /** Waiting hosts are only counted, and so are those for which there is no room. */
  #draw(tasks: readonly HostTask[]): void {
    if (!this.#ready()) return;
    this.#frame += 1;
    const open = tasks.filter((task) => task.isPending() || task.isStarted()).map(({ title }) => title ?? "");
    const busy = open.filter((host) => (this.#rows.get(host)?.state ?? "waiting") !== "waiting");
    const waiting = open.length - busy.length;
    const room = Math.max(1, this.#screen.rows - 1);
    const rows = busy.slice(0, busy.length + (waiting > 0 ? 1 : 0) <= room + 1 ? room + 1 : room);
    const hidden = busy.length - rows.length;
    const counts = [hidden > 0 ? `${hidden} more at work` : "", waiting > 0 ? `${waiting} waiting` : ""].filter(
      (text) => text !== "",
    );
    const more = counts.length === 0 ? [] : [this.#colors.dim(`… ${counts.join(", ")}`)];
    const width = Math.max(0, ...rows.map((host) => host.length));
    this.#show([...rows.map((host) => this.#shown(host, width)), ...more]);
  }

  #show(area: readonly string[]): void {
    this.#screen.show(this.#above, area);
    this.#above = [];
  }

  #shown(host: string, width: number): string {
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? " ";
    const row = this.#rows.get(host);
    const seconds = Math.floor((performance.now() - (row?.heard ?? 0)) / 1000);
    const silent = row !== undefined && seconds >= SILENT ? this.#colors.yellow(` ${seconds} s`) : "";
    return `${this.#colors.cyan(spinner)} ${host.padEnd(width)} ${silent === "" ? "" : `${silent.trimStart()} `}${row?.text ?? ""}`;
  }
}
