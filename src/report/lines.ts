/** A line an event, for pipes, logs and CI: nothing is ever redrawn. */
import type { Event, TaskEvent } from "../event.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { details } from "./detail.ts";
import { visible } from "./escape.ts";
import { renderProblems } from "./problem.ts";
import { recapLines } from "./recap.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import { STATUS_WORD, paint, titleOf } from "./words.ts";

export function linesReporter(options: ReportOptions): Reporter {
  const colors = makeColors(options.color);
  const show = lineMaker(options, colors);
  return {
    tell: (event) => {
      const lines = show(event);
      if (lines.length > 0) options.write(`${lines.join("\n")}\n`);
    },
    end: () => Promise.resolve(),
  };
}

/** The lines of an event; none for what is only of interest while it happens. */
export function lineMaker(options: ReportOptions, colors: Colors): (event: Event) => readonly string[] {
  let width = 0;
  return (event) => {
    switch (event.type) {
      case "run-start":
        width = Math.max(...event.hosts.map((host) => host.length), 0);
        return event.check ? [colors.bold("dry run: nothing is changed on any host")] : [];
      case "warning":
        return [renderProblems([event.problem], { color: options.color, touched: undefined })];
      case "play-start":
        return ["", colors.bold(`PLAY ${visible(event.play)}`) + colors.dim(` (${event.hosts.join(", ")})`)];
      case "task":
        return taskLines(event, width, options, colors);
      case "host-lost":
        return lostLines(event, width, colors);
      case "run-end":
        return endLines(event, options, colors);
      case "host-connecting":
      case "host-connected":
      case "host-progress":
      case "play-end":
        return [];
    }
  };
}

const STATUS_WIDTH = Math.max(...Object.values(STATUS_WORD).map((word) => word.length));

function taskLines(event: TaskEvent, width: number, options: ReportOptions, colors: Colors): readonly string[] {
  const quiet = event.status === "ok" || event.status === "skipped";
  if (quiet && options.verbosity === 0 && event.kind !== "debug") return [];
  const word = paint(event.status, colors)(STATUS_WORD[event.status].padEnd(STATUS_WIDTH));
  const line = `${event.host.padEnd(width)}  ${word}  ${visible(titleOf(event))}`;
  const indent = " ".repeat(width + STATUS_WIDTH + 4);
  return [line, ...details(event, { ...options, colors }).map((detail) => indent + detail)];
}

function lostLines(event: Extract<Event, { type: "host-lost" }>, width: number, colors: Colors): readonly string[] {
  const word = colors.red((event.state === "unknown" ? "unknown" : "unreachable").padEnd(STATUS_WIDTH));
  const line = `${event.host.padEnd(width)}  ${word}  ${event.stage}: ${visible(event.why)}`;
  const hint =
    event.hint === undefined
      ? []
      : [" ".repeat(width + STATUS_WIDTH + 4) + colors.cyan(`help: ${visible(event.hint)}`)];
  return [line, ...hint];
}

function endLines(
  event: Extract<Event, { type: "run-end" }>,
  options: ReportOptions,
  colors: Colors,
): readonly string[] {
  const took = `took ${event.seconds.toFixed(1)} s`;
  return [
    "",
    colors.bold("RECAP") + colors.dim(` (${took})`) + (event.interrupted ? colors.red(" interrupted") : ""),
    ...recapLines(event.recap, colors, options.verbosity > 0),
  ];
}
