/** Shows problems to people: what, where, the line itself, what to do about it. */
import type { HostProblem, Problem } from "../core/problem.ts";
import { showPlace } from "../core/source.ts";
import type { Place } from "../core/source.ts";
import { redact } from "../core/secret.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { redactProblem } from "./redact-event.ts";
import { brief, visible } from "./escape.ts";
import { excerpt } from "./excerpt.ts";
import type { ExcerptLine } from "./excerpt.ts";

type Paint = (text: string) => string;

export interface RenderOptions {
  /** By default without colors. */
  readonly color?: boolean;
  /** How many problems are shown in full; 20 by default. */
  readonly most?: number;
  /** The longest a line of an excerpt may be, in characters. */
  readonly width?: number;
  /** The last line, or none; by default it says that no host was touched, if there is an error. */
  readonly touched?: string | undefined;
}

const UNTOUCHED = "no host was changed";

/** Renders problems, errors first if there are too many, in order of file and line; ends with a line end. */
export function renderProblems(problems: readonly HostProblem[], options: RenderOptions = {}): string {
  const { most = 20, width = 120 } = options;
  const colors = makeColors(options.color ?? false);
  const grouped = group(problems.map(redactProblem));
  const chosen = [...grouped].sort(bySeverity).slice(0, most).sort(byPlace);
  const blocks = chosen.map((each) => redact(renderOne(each, colors, width)));
  if (grouped.length > most) blocks.push(`… and ${grouped.length - most} more`);
  const touched = "touched" in options ? options.touched : hasError(problems) ? UNTOUCHED : undefined;
  if (touched !== undefined) blocks.push(`${colors.bold("note")}: ${touched}`);
  return blocks.length === 0 ? "" : `${blocks.join("\n\n")}\n`;
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

interface Grouped {
  readonly problem: Problem;
  readonly hosts: readonly string[];
}

/** The same problem on many hosts is shown once. */
function group(problems: readonly HostProblem[]): readonly Grouped[] {
  const groups = new Map<string, { readonly problem: Problem; readonly hosts: Set<string> }>();
  for (const problem of problems) {
    const key = JSON.stringify([
      problem.severity,
      problem.message,
      ...keyOf(problem.place),
      problem.label,
      problem.help,
    ]);
    const known = groups.get(key) ?? { problem, hosts: new Set<string>() };
    groups.set(key, known);
    if (problem.host !== undefined) known.hosts.add(problem.host);
  }
  return [...groups.values()].map(({ problem, hosts }) => ({ problem, hosts: [...hosts] }));
}

function keyOf(place: Place | undefined): readonly (string | number)[] {
  return place === undefined ? [] : [place.source.file, place.start, place.end];
}

function bySeverity(a: Grouped, b: Grouped): number {
  return Number(b.problem.severity === "error") - Number(a.problem.severity === "error") || byPlace(a, b);
}

/** Without a place first; then by file, then by position. */
function byPlace(a: Grouped, b: Grouped): number {
  const [x, y] = [a.problem.place, b.problem.place];
  if (x === undefined || y === undefined) return Number(x !== undefined) - Number(y !== undefined);
  if (x.source.file !== y.source.file) return x.source.file < y.source.file ? -1 : 1;
  return x.start - y.start;
}

function renderOne({ problem, hosts }: Grouped, colors: Colors, width: number): string {
  const paint = problem.severity === "error" ? colors.red : colors.yellow;
  const head = `${colors.bold(paint(problem.severity))}: ${colors.bold(visible(problem.message))}`;
  const related = problem.related ?? [];
  const gutter = widestNumber([problem.place, ...related.map((each) => each.place)]);
  const frame: Frame = { colors, gutter, width };
  const lines = [head];
  if (problem.place !== undefined) lines.push(...block(frame, "-->", problem.place, "^", problem.label, paint));
  for (const each of related) lines.push(...block(frame, ":::", each.place, "-", each.label, colors.cyan, 0));
  return [...lines, ...footer(problem, hosts, frame)].join("\n");
}

interface Frame {
  readonly colors: Colors;
  readonly gutter: number;
  readonly width: number;
}

function widestNumber(places: readonly (Place | undefined)[]): number {
  const numbers = places.flatMap((place) =>
    place === undefined ? [] : [...excerpt(place)].map((line) => line.number),
  );
  return String(Math.max(0, ...numbers)).length;
}

function block(
  frame: Frame,
  arrow: string,
  place: Place,
  mark: string,
  label: string | undefined,
  paint: Paint,
  context?: number,
): readonly string[] {
  const { colors, gutter, width } = frame;
  const lines = excerpt(place, context, width);
  return [
    `${" ".repeat(gutter + 1)}${colors.cyan(arrow)} ${visible(showPlace(place))}`,
    edge(frame),
    ...lines.flatMap((line) => numbered(frame, line, mark, label, paint)),
  ];
}

function edge({ colors, gutter }: Frame): string {
  return `${" ".repeat(gutter + 2)}${colors.cyan("|")}`;
}

function numbered(
  frame: Frame,
  line: ExcerptLine,
  mark: string,
  label: string | undefined,
  paint: Paint,
): readonly string[] {
  const number = String(line.number).padStart(frame.gutter);
  const text = ` ${frame.colors.cyan(`${number} |`)} ${line.text}`.trimEnd();
  if (line.mark === undefined) return [text];
  const under = `${mark.repeat(line.mark.length)}${label === undefined ? "" : ` ${visible(label)}`}`;
  return [text, `${edge(frame)} ${line.mark.indent}${paint(under)}`];
}

function footer(problem: Problem, hosts: readonly string[], frame: Frame): readonly string[] {
  const notes = [
    ...(problem.help === undefined ? [] : [["help", problem.help] as const]),
    ...(problem.note === undefined ? [] : [["note", problem.note] as const]),
    ...(hosts.length === 0 ? [] : [["note", onHosts(hosts)] as const]),
  ];
  if (notes.length === 0) return [];
  const { colors, gutter } = frame;
  if (problem.place === undefined) return notes.map(([kind, text]) => `  ${colors.bold(kind)}: ${textLines(text, 8)}`);
  const lead = " ".repeat(gutter + 2);
  return [
    edge(frame),
    ...notes.map(([kind, text]) => `${lead}${colors.cyan("=")} ${colors.bold(kind)}: ${textLines(text, gutter + 10)}`),
  ];
}

/** A help may have several lines (a snippet to write); further lines are under the first. */
function textLines(text: string, indent: number): string {
  return text
    .split("\n")
    .map(visible)
    .join(`\n${" ".repeat(indent)}`);
}

function onHosts(hosts: readonly string[]): string {
  const names = hosts.slice(0, 5).map((host) => brief(host, 40));
  const rest = hosts.length > names.length ? ` and ${hosts.length - names.length} more` : "";
  return `on ${hosts.length === 1 ? "host" : `${hosts.length} hosts:`} ${names.join(", ")}${rest}`;
}
