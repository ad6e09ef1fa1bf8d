/** The lines under a task's line: what changes, why it failed, its output. The only file that imports jsdiff. */
import { structuredPatch } from "diff";
import type { TaskEvent } from "../core/event.ts";
import type { Delta, Json, TextChange } from "../core/task-type.ts";
import type { Colors } from "./colors.ts";
import { visible, visibleText } from "./escape.ts";

export interface DetailOptions {
  readonly diff: boolean;
  /** 0 to 3, the number of `-v`. */
  readonly verbosity: number;
  readonly colors: Colors;
}

/** Lines without indentation; control characters in a host's text are shown. */
export function details(event: TaskEvent, options: DetailOptions): readonly string[] {
  const { colors } = options;
  const failed = event.status === "failed" || event.status === "unknown" || event.status === "ignored";
  return [
    ...(event.kind === "debug" ? textLines(event.label) : []),
    ...(event.why === undefined ? [] : [failed ? colors.red(visible(event.why)) : colors.dim(visible(event.why))]),
    ...waiting(event, colors),
    ...(event.hint === undefined ? [] : [colors.cyan(`help: ${visible(event.hint)}`)]),
    ...(options.diff ? difference(event, colors) : []),
    ...(options.verbosity >= 2 || (failed && options.verbosity >= 1) ? said(event, failed) : []),
  ];
}

/** The host is named if it is another one. */
function waiting({ waitsFor, host }: TaskEvent, colors: Colors): readonly string[] {
  if (waitsFor === undefined) return [];
  const where = waitsFor.host === host ? "" : ` on ${waitsFor.host}`;
  return [`${colors.blue("waits for")} ${visible(waitsFor.name)}${where}`];
}

/** For a failure, the error comes before the rest of the output. */
function said(event: TaskEvent, failed: boolean): readonly string[] {
  const show = (name: string, text: string | undefined): readonly string[] =>
    text === undefined || text.trim() === "" ? [] : textLines(text).map((line) => `${name}: ${line}`);
  const [out, err] = [show("out", event.out), show("err", event.err)];
  return failed ? [...err, ...out] : [...out, ...err];
}

function textLines(text: string): readonly string[] {
  return visibleText(text.trimEnd()).split("\n");
}

/** Keys that a text's own difference shows already. */
const IN_THE_TEXT: ReadonlySet<string> = new Set(["kind", "sha256"]);

function difference(event: TaskEvent, colors: Colors): readonly string[] {
  const { delta, text } = event;
  const shown = delta === undefined ? [] : deltaLines(delta, colors, text === undefined ? new Set() : IN_THE_TEXT);
  return text === undefined ? shown : [...shown, ...textDifference(text, colors)];
}

function deltaLines(delta: Delta, colors: Colors, without: ReadonlySet<string>): readonly string[] {
  if (delta.after === undefined) return without.size > 0 ? [] : [colors.red("- removed")];
  // A command's state contains only `due`: that it will run, which its line says.
  const keys = delta.keys.filter((key) => !without.has(key) && key !== "due");
  return keys.flatMap((key) => keyLines(key, delta.before?.[key], delta.after?.[key], colors));
}

function keyLines(key: string, before: Json | undefined, after: Json | undefined, colors: Colors): readonly string[] {
  const lists = listLines(key, before ?? [], after ?? [], colors);
  return lists ?? [`${key}: ${colors.red(value(before))} → ${colors.green(value(after))}`];
}

/**
 * Of two lists only the items that are removed and added; `undefined` if they differ in order alone, or are no lists.
 */
function listLines(key: string, before: Json, after: Json, colors: Colors): readonly string[] | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  const [old, fresh] = [items(before), items(after)];
  const lines = [
    ...old.filter((item) => !fresh.includes(item)).map((item) => `${key}: ${colors.red(`- ${item}`)}`),
    ...fresh.filter((item) => !old.includes(item)).map((item) => `${key}: ${colors.green(`+ ${item}`)}`),
  ];
  return lines.length === 0 ? undefined : lines;
}

function items(list: readonly Json[]): readonly string[] {
  return list.map(value);
}

function value(json: Json | undefined): string {
  if (json === undefined || json === null) return "none";
  return visible(typeof json === "string" ? json : JSON.stringify(json));
}

/** jsdiff is quadratic on unlike texts: above this size only the fact is reported. */
const DIFF_MILLISECONDS = 500;
/** More lines of one text are of no use. */
const MOST_LINES = 400;

function textDifference(change: TextChange, colors: Colors): readonly string[] {
  const path = visible(change.path);
  const head = [
    colors.bold(change.before === undefined ? "--- (no such file)" : `--- ${path}`),
    colors.bold(change.after === undefined ? "+++ (removed)" : `+++ ${path}`),
  ];
  const patch = structuredPatch("", "", change.before ?? "", change.after ?? "", "", "", {
    context: 3,
    timeout: DIFF_MILLISECONDS,
  });
  if (patch === undefined) return [...head, `the whole file is replaced (${sizes(change)})`];
  const lines = patch.hunks.flatMap((hunk) => [colors.cyan(hunkHead(hunk)), ...hunk.lines.map(coloured(colors))]);
  const more = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} lines more`] : [];
  return [...head, ...lines.slice(0, MOST_LINES), ...more];
}

function sizes({ before = "", after = "" }: TextChange): string {
  const lines = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return `${lines(before)} lines before, ${lines(after)} after`;
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
    const shown = visibleText(line);
    if (line.startsWith("+")) return colors.green(shown);
    if (line.startsWith("-")) return colors.red(shown);
    return line.startsWith("\\") ? colors.dim(shown) : shown;
  };
}
