/**
 * Writes lines for pipes, logs and CI: nothing is ever redrawn. Equal results of several hosts are one line, unless
 * each is wanted (`-v`); fold.ts decides when it is written.
 */
import type { Event, TaskEvent } from "../core/event.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { compactHosts } from "./compact-hosts.ts";
import { connectionLines } from "./connection.ts";
import { Course } from "./host-progress.ts";
import { details } from "./detail.ts";
import { visible } from "./escape.ts";
import { Fold, HOLD_MS } from "./fold.ts";
import type { Folded, TaskKey } from "./fold.ts";
import { Layout } from "./layout.ts";
import type { Entry } from "./layout.ts";
import { renderProblems } from "./problem.ts";
import { recapLines } from "./recap.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import { alikeReason, andMore, together, wrongLines } from "./group-hosts.ts";
import type { Wrong } from "./group-hosts.ts";
import { STATUS_WORD, nameOf, nameOfAny, paint, titleOf, titleOfMany } from "./status.ts";

/** Milliseconds between two checks of held lines. */
const LATE_MS = HOLD_MS / 10;

export function linesReporter(options: ReportOptions): Reporter {
  const lines = new Lines(options);
  let timer: NodeJS.Timeout | undefined;
  const write = (shown: readonly string[]): void => {
    if (shown.length > 0) options.write(`${shown.join("\n")}\n`);
    if (lines.holds) timer ??= setTimeout(late, LATE_MS).unref();
  };
  const late = (): void => {
    timer = undefined;
    write(lines.overdue());
  };
  return {
    tell: (event) => write(lines.of(event)),
    notice: (text) => write(lines.notice(text)),
    abandon: () => write(lines.abandoned()),
    end: () => Promise.resolve(write(lines.rest())),
  };
}

/** Columns for the hosts of a play if no terminal gives a width. */
const PLAY_HOSTS = 100;

/** Events as lines of text, those of a run in order. */
export class Lines {
  readonly #options: ReportOptions;
  readonly #colors: Colors;
  readonly #layout: Layout;
  readonly #course = new Course();
  readonly #wrongs: Wrong[] = [];
  #fold = new Fold<Entry>([]);
  /** ` TWIN of prod`: no host of the inventory is reached. */
  #twin = "";
  #begun = false;

  /** @param columns the width of the terminal, if it is one */
  constructor(options: ReportOptions, columns: () => number = () => Infinity) {
    this.#options = options;
    this.#colors = makeColors(options.color);
    this.#layout = new Layout(columns);
  }

  /** Lines are held: `overdue` must be called from time to time. */
  get holds(): boolean {
    return this.#fold.holds;
  }

  /** The lines of an event; none for events that matter only while they happen. The first line is never blank. */
  of(event: Event): readonly string[] {
    this.#course.hear(event);
    const lines = this.#linesOf(event);
    const shown = this.#begun || lines[0] !== "" ? lines : lines.slice(1);
    this.#begun ||= shown.length > 0;
    return shown;
  }

  /** Lines that were held long enough. */
  overdue(): readonly string[] {
    return this.#folded(this.#fold.overdue());
  }

  /** All held lines. */
  rest(): readonly string[] {
    return this.#folded(this.#fold.all());
  }

  #linesOf(event: Event): readonly string[] {
    switch (event.type) {
      case "run-start":
        this.#layout.setHosts(event.hosts, false);
        this.#twin = event.twin === true ? ` TWIN of ${visible(event.inventory)}` : "";
        return event.check ? [this.#colors.bold("dry run: nothing is changed on any host")] : [];
      case "warning":
        return ["", ...this.#warning(event)];
      case "play-start":
        return this.#play(event);
      case "task":
        return this.#task(event);
      case "host-lost":
        return this.#lost(event);
      case "connection":
        return connectionLines(event, this.#layout, this.#colors);
      case "host-progress":
        return event.done >= event.total ? this.#folded(this.#fold.leave(event.host)) : this.#begin(event.host);
      case "host-connecting":
      case "host-connected":
        return this.#begin(event.host);
      case "play-end":
        return this.rest();
      case "plan":
        return [];
      case "run-end":
        return [...this.rest(), ...this.#end(event)];
    }
  }

  notice(text: string): readonly string[] {
    return this.#layout.line(this.#colors.yellow(text));
  }

  /** What the user must know when a run is abandoned before its end. */
  abandoned(): readonly string[] {
    const underWay = this.#course.underWay();
    const head = this.#colors.bold(this.#colors.red("QUIT"));
    const held = this.rest();
    if (underWay.size === 0) return [...held, "", `${head} no host was running a step`];
    return [
      ...held,
      "",
      `${head} the result of the running steps is unknown`,
      ...[
        ...together(underWay),
        "  each host finishes the step that it has started; the next play first reads its state",
      ].flatMap((line) => this.#layout.line(line)),
    ];
  }

  #warning({ problem }: Extract<Event, { type: "warning" }>): readonly string[] {
    return renderProblems([problem], { color: this.#options.color, touched: undefined }).trimEnd().split("\n");
  }

  #play({ play, hosts }: Extract<Event, { type: "play-start" }>): readonly string[] {
    const held = this.rest();
    this.#fold = new Fold(hosts);
    if (this.#options.verbosity === 0) this.#layout.setHosts(hosts, true);
    const head = `PLAY${this.#twin} ${visible(play)}`;
    const room = Math.max(Math.min(this.#layout.columns, head.length + PLAY_HOSTS) - head.length - 3, PLAY_HOSTS / 4);
    const line = this.#colors.bold(head) + this.#colors.dim(` (${compactHosts(hosts, room)})`);
    return [...held, "", ...this.#layout.line(line)];
  }

  #begin(host: string): readonly string[] {
    this.#fold.begin(host);
    return [];
  }

  #task(event: TaskEvent): readonly string[] {
    const { verbosity } = this.#options;
    const wrong = event.status === "failed" || event.status === "unknown";
    if (wrong) this.#wrong(event.host, STATUS_WORD[event.status], titleOf(event, true), event);
    const quiet = event.status === "ok" || event.status === "skipped" || event.status === "not-run";
    const shown = !quiet || verbosity > 0 || (event.kind === "debug" && event.status === "ok");
    const lines = this.#show(event.host, keyOf(event), shown ? this.#entry(event, wrong) : undefined, wrong);
    return wrong ? [...lines, ...this.#folded(this.#fold.leave(event.host))] : lines;
  }

  #entry(event: TaskEvent, wrong: boolean): Entry {
    // A terminal breaks a long title; in a pipe it is one line.
    const whole = wrong || this.#options.verbosity > 0;
    return {
      word: STATUS_WORD[event.status],
      paint: paint(event.status, this.#colors),
      title: titleOf(event, whole || Number.isFinite(this.#layout.columns)),
      name: nameOfAny(event),
      titleOfMany: (more) => titleOfMany(event, more),
      whole,
      details: details(event, { ...this.#options, colors: this.#colors }),
    };
  }

  #lost(event: Extract<Event, { type: "host-lost" }>): readonly string[] {
    const what = `${event.stage}: ${event.why}`;
    this.#wrong(event.host, event.state, what, { hint: event.hint });
    const entry = {
      word: event.state,
      paint: (text: string): string => this.#colors.bold(this.#colors.red(text)),
      title: visible(what),
      name: alikeReason(what),
      titleOfMany: (more: number) => andMore(visible(what), more),
      whole: true,
      details: event.hint === undefined ? [] : [this.#colors.cyan(`help: ${visible(event.hint)}`)],
    };
    const lines = this.#show(event.host, lostKey(event.state, event.stage, what), entry, true);
    return [...lines, ...this.#folded(this.#fold.leave(event.host))];
  }

  #wrong(
    host: string,
    word: string,
    what: string,
    { why, hint }: { readonly why?: string | undefined; readonly hint?: string | undefined },
  ): void {
    this.#wrongs.push({ host, word, what, why, hint });
  }

  /** At once if each is wanted; otherwise with the results of other hosts. */
  #show(host: string, task: TaskKey, value: Entry | undefined, urgent: boolean): readonly string[] {
    if (this.#options.verbosity > 0) return value === undefined ? [] : this.#layout.entry([host], value);
    if (value === undefined) return this.#folded(this.#fold.report(host, task));
    const { word, title, name, details } = value;
    const [key, alike] = [title, name].map((each) => JSON.stringify([word, each, details]));
    return this.#folded(this.#fold.report(host, task, { key: key ?? "", alike: alike ?? "", value, urgent }));
  }

  #folded(folded: readonly Folded<Entry>[]): readonly string[] {
    return folded.flatMap(({ hosts, value, values, asOn }) => {
      const title = values === 1 ? value.title : value.titleOfMany(values - 1);
      return this.#layout.entry(hosts, {
        ...value,
        title,
        ...(asOn === undefined ? {} : { details: [`as on ${asOn}`] }),
      });
    });
  }

  #end({ recap, seconds, interrupted }: Extract<Event, { type: "run-end" }>): readonly string[] {
    const { bold, dim, red } = this.#colors;
    const undone = [
      "",
      `${bold(red("INTERRUPTED"))} the running steps have finished; run the play again for the rest`,
      ...together(this.#course.done()),
    ];
    const wrongs = ["", bold("WENT WRONG"), ...wrongLines(this.#wrongs, this.#colors)];
    const before = [...(interrupted ? undone : []), ...(this.#wrongs.length === 0 ? [] : wrongs)];
    return [
      ...before.flatMap((line) => this.#layout.line(line)),
      ...["", bold(`RECAP${this.#twin}`) + dim(` (took ${seconds.toFixed(1)} s)`)],
      ...recapLines(recap, this.#colors, { each: this.#options.verbosity > 0, columns: this.#layout.columns }),
    ];
  }
}

/** A task as its host reports it. */
function keyOf(event: TaskEvent): TaskKey {
  const { handler, kind, name, label } = event;
  const key = (...names: readonly string[]): string => JSON.stringify([handler, kind, ...names]);
  return { key: key(name, label), task: key(nameOf(event)), ofHost: key(nameOfAny(event)), kind: key() };
}

function lostKey(state: string, stage: string, what: string): TaskKey {
  const task = `${state} ${stage}`;
  return { key: what, task, ofHost: task, kind: "lost" };
}
