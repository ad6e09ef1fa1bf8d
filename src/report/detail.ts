/** What stands under a task's line: what changes, why it failed, what it printed. */
import { structuredPatch } from "diff";
import type { Colors } from "./colors.ts";
import { visible } from "./escape.ts";
import type { TaskEvent } from "../event.ts";
import type { Delta, Json, TextChange } from "../task.ts";

export interface DetailOptions {
  readonly diff: boolean;
  /** 0 to 3, the number of `-v`. */
  readonly verbosity: number;
  readonly colors: Colors;
}

/** Lines without indentation; everything that a host said is made visible. */
export function details(event: TaskEvent, options: DetailOptions): readonly string[] {
  const { colors } = options;
  const failed = event.status === "failed" || event.status === "unknown" || event.status === "ignored";
  return [
    ...(event.why === undefined ? [] : [failed ? colors.red(visible(event.why)) : visible(event.why)]),
    ...(event.waitsFor === undefined ? [] : [`waits for: ${visible(event.waitsFor.name)} on ${event.waitsFor.host}`]),
    ...(event.hint === undefined ? [] : [colors.cyan(`help: ${visible(event.hint)}`)]),
    ...(options.diff ? difference(event, colors) : []),
    ...(options.verbosity >= 2 || (failed && options.verbosity >= 1) ? said(event) : []),
  ];
}

function said(event: TaskEvent): readonly string[] {
  const show = (name: string, text: string | undefined): readonly string[] =>
    text === undefined || text.trim() === ""
      ? []
      : text
          .trimEnd()
          .split("\n")
          .map((line) => `${name}: ${visible(line)}`);
  return [...show("out", event.out), ...show("err", event.err)];
}

function difference(event: TaskEvent, colors: Colors): readonly string[] {
  if (event.text !== undefined) return textDifference(event.text, colors);
  return event.delta === undefined ? [] : deltaLines(event.delta, colors);
}

function deltaLines(delta: Delta, colors: Colors): readonly string[] {
  if (delta.after === undefined) return [colors.red("- removed")];
  return delta.keys.map((key) => {
    const before = value(delta.before?.[key]);
    const after = value(delta.after?.[key]);
    return `${key}: ${colors.red(before)} → ${colors.green(after)}`;
  });
}

function value(json: Json | undefined): string {
  if (json === undefined || json === null) return "none";
  return visible(typeof json === "string" ? json : JSON.stringify(json));
}

/** jsdiff is quadratic on unlike texts: bounded, and then only said. */
const DIFF_MILLISECONDS = 500;

function textDifference(change: TextChange, colors: Colors): readonly string[] {
  const head = [
    colors.bold(`--- ${change.before === undefined ? "/dev/null" : visible(change.path)}`),
    colors.bold(`+++ ${change.after === undefined ? "/dev/null" : visible(change.path)}`),
  ];
  const patch = structuredPatch("", "", change.before ?? "", change.after ?? "", "", "", {
    context: 3,
    timeout: DIFF_MILLISECONDS,
  });
  if (patch === undefined) return [...head, "the whole file is replaced"];
  return [
    ...head,
    ...patch.hunks.flatMap((hunk) => [colors.cyan(hunkHead(hunk)), ...hunk.lines.map(coloured(colors))]),
  ];
}

interface HunkPlace {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
}

function hunkHead(hunk: HunkPlace): string {
  return `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;
}

function coloured(colors: Colors): (line: string) => string {
  return (line) => {
    const shown = visible(line);
    if (line.startsWith("+")) return colors.green(shown);
    return line.startsWith("-") ? colors.red(shown) : shown;
  };
}
