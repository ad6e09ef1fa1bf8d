/** A line an event, for pipes, logs and CI: nothing is ever redrawn. */
import type { Event, TaskEvent } from "../core/event.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { Course } from "./host-progress.ts";
import { details } from "./detail.ts";
import { visible } from "./escape.ts";
import { renderProblems } from "./problem.ts";
import { recapLines } from "./recap.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import { hostList, together, wrongLines } from "./group-hosts.ts";
import type { Wrong } from "./group-hosts.ts";
import { STATUS_WORD, paint, titleOf } from "./status.ts";

export function linesReporter(options: ReportOptions): Reporter {
  const lines = new Lines(options);
  const write = (shown: readonly string[]): void => {
    if (shown.length > 0) options.write(`${shown.join("\n")}\n`);
  };
  return {
    tell: (event) => write(lines.of(event)),
    notice: (text) => write(lines.notice(text)),
    abandon: () => write(lines.abandoned()),
    end: () => Promise.resolve(),
  };
}

const STATUS_WIDTH = Math.max(...Object.values(STATUS_WORD).map((word) => word.length), "unreachable".length);

/** Events as lines of text, those of a run in order. */
export class Lines {
  readonly #options: ReportOptions;
  readonly #colors: Colors;
  readonly #course = new Course();
  readonly #wrongs: Wrong[] = [];
  #width = 0;
  #begun = false;

  constructor(options: ReportOptions) {
    this.#options = options;
    this.#colors = makeColors(options.color);
  }

  /** The lines of an event; none for what is only of interest while it happens. The first of all is no blank one. */
  of(event: Event): readonly string[] {
    this.#course.hear(event);
    const lines = this.#linesOf(event);
    const shown = this.#begun || lines[0] !== "" ? lines : lines.slice(1);
    this.#begun ||= shown.length > 0;
    return shown;
  }

  #linesOf(event: Event): readonly string[] {
    switch (event.type) {
      case "run-start":
        this.#width = Math.max(...event.hosts.map((host) => host.length), 0);
        return event.check ? [this.#colors.bold("dry run: nothing is changed on any host")] : [];
      case "warning":
        return ["", ...this.#warning(event)];
      case "play-start":
        return ["", this.#colors.bold(`PLAY ${visible(event.play)}`) + this.#colors.dim(` (${hostList(event.hosts)})`)];
      case "task":
        return this.#task(event);
      case "host-lost":
        return this.#lost(event);
      case "run-end":
        return this.#end(event);
      case "host-connecting":
      case "host-connected":
      case "host-progress":
      case "play-end":
        return [];
    }
  }

  notice(text: string): readonly string[] {
    return [this.#colors.yellow(text)];
  }

  /** What to know when a run is given up without its end. */
  abandoned(): readonly string[] {
    const underWay = this.#course.underWay();
    const head = this.#colors.bold(this.#colors.red("ENDED AT ONCE"));
    if (underWay.size === 0) return ["", `${head} no host was being worked on`];
    return [
      "",
      `${head} it is not known what became of what was under way`,
      ...together(underWay),
      "  a host brings a step that it has begun to its end; the next play looks first at what is there",
    ];
  }

  #warning({ problem }: Extract<Event, { type: "warning" }>): readonly string[] {
    return renderProblems([problem], { color: this.#options.color, touched: undefined }).trimEnd().split("\n");
  }

  #task(event: TaskEvent): readonly string[] {
    const { verbosity } = this.#options;
    const wrong = event.status === "failed" || event.status === "unknown";
    if (wrong) this.#wrong(event.host, STATUS_WORD[event.status], titleOf(event, true), event);
    const quiet = event.status === "ok" || event.status === "skipped" || event.status === "not-run";
    if (quiet && verbosity === 0 && !(event.kind === "debug" && event.status === "ok")) return [];
    const line = this.#line(
      event.host,
      STATUS_WORD[event.status],
      paint(event.status, this.#colors),
      titleOf(event, wrong || verbosity > 0),
    );
    return [line, ...this.#under(details(event, { ...this.#options, colors: this.#colors }))];
  }

  #lost(event: Extract<Event, { type: "host-lost" }>): readonly string[] {
    const what = `${event.stage}: ${event.why}`;
    this.#wrong(event.host, event.state, what, { hint: event.hint });
    const red = (text: string): string => this.#colors.bold(this.#colors.red(text));
    const line = this.#line(event.host, event.state, red, visible(what));
    const hint = event.hint === undefined ? [] : [this.#colors.cyan(`help: ${visible(event.hint)}`)];
    return [line, ...this.#under(hint)];
  }

  #wrong(
    host: string,
    word: string,
    what: string,
    { why, hint }: { readonly why?: string | undefined; readonly hint?: string | undefined },
  ): void {
    this.#wrongs.push({ host, word, what, why, hint });
  }

  #line(host: string, word: string, color: (text: string) => string, text: string): string {
    return `${host.padEnd(this.#width)}  ${color(word.padEnd(STATUS_WIDTH))}  ${text}`;
  }

  #under(lines: readonly string[]): readonly string[] {
    const indent = " ".repeat(this.#width + STATUS_WIDTH + 4);
    return lines.map((line) => (indent + line).trimEnd());
  }

  #end({ recap, seconds, interrupted }: Extract<Event, { type: "run-end" }>): readonly string[] {
    const { bold, dim, red } = this.#colors;
    const undone = [
      "",
      `${bold(red("INTERRUPTED"))} what was under way has ended; play it again for the rest`,
      ...together(this.#course.done()),
    ];
    return [
      ...(interrupted ? undone : []),
      ...(this.#wrongs.length === 0 ? [] : ["", bold("WENT WRONG"), ...wrongLines(this.#wrongs, this.#colors)]),
      ...["", bold("RECAP") + dim(` (took ${seconds.toFixed(1)} s)`)],
      ...recapLines(recap, this.#colors, this.#options.verbosity > 0),
    ];
  }
}
