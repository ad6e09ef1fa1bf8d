/** Reports lines whose indentation matches nothing above them. */
import type { Problem } from "../core/problem.ts";
import type { Source } from "../core/source.ts";
import { SYNTAX, lineAt, lineBefore } from "./text.ts";

/** The indentation of the line at `offset` matches no line that it could belong to. */
export function indentProblem(source: Source, offset: number): Problem {
  const line = firstWord(source.text, offset);
  const glued = gluedDash(source, line);
  if (glued !== undefined) return glued;
  const above = nearestTwo(openIndents(source.text, line.start), line.indent);
  return {
    ...SYNTAX,
    message: `this line is indented by ${spaces(line.indent)}, which fits nothing above it`,
    place: { source, start: line.start, end: line.end },
    ...(above.length === 0 ? {} : { help: `the lines it could belong to are indented by ${either(above)}` }),
  };
}

function nearestTwo(indents: readonly number[], indent: number): readonly number[] {
  const less = indents.filter((each) => each < indent);
  const more = indents.filter((each) => each > indent);
  return [...(less.length === 0 ? [] : [Math.max(...less)]), ...(more.length === 0 ? [] : [Math.min(...more)])];
}

/** `-x` in a list of `- x`. */
function gluedDash(source: Source, { start, end, indent }: ReturnType<typeof firstWord>): Problem | undefined {
  const text = source.text.slice(start, end);
  if (!/^-[^\s-]/.test(text) || listAbove(source.text, start, indent) === undefined) return undefined;
  const place = { source, start, end: start + 2 };
  return { ...SYNTAX, message: "a space is missing after `-`", place, help: `write \`- ${text.slice(1)}\`` };
}

function either(indents: readonly number[]): string {
  const sorted = [...indents].sort((a, b) => a - b).map(String);
  const last = sorted.pop() ?? "";
  return `${sorted.length === 0 ? "" : `${sorted.join(", ")} or `}${last} ${last === "1" ? "space" : "spaces"}`;
}

/**
 * A key at the level of a list (`- hosts: web` and below it `tasks:` at the dash's column): it was meant within the
 * item.
 */
export function spareKey(source: Source, offset: number): Problem | undefined {
  const line = firstWord(source.text, offset);
  if (line.start !== offset) return undefined;
  const dash = listAbove(source.text, line.start, line.indent);
  const key = /^[^\s:#-][^:#]*:(?=\s|$)/.exec(source.text.slice(line.start, line.end));
  if (dash === undefined || key === null) return undefined;
  return {
    ...SYNTAX,
    message: "a key is next to the items of a list",
    place: { source, start: line.start, end: line.start + key[0].length - 1 },
    related: [{ place: { source, start: dash, end: dash + 1 }, label: "the list is this one" }],
    help: "indent it by two more spaces if it belongs to the last item",
  };
}

function firstWord(
  text: string,
  offset: number,
): { readonly start: number; readonly end: number; readonly indent: number } {
  const line = lineAt(text, offset);
  const indent = Math.max(0, text.slice(line.start, line.end).search(/\S/));
  return { start: line.start + indent, end: line.start + text.slice(line.start, line.end).trimEnd().length, indent };
}

function spaces(count: number): string {
  return count === 1 ? "1 space" : `${count} spaces`;
}

/** The columns at which something above is still open, innermost first. */
function openIndents(text: string, offset: number): readonly number[] {
  const open: number[] = [];
  let line = lineBefore(text, offset);
  while (line !== undefined && open.at(-1) !== 0) {
    for (const indent of indentsOf(text.slice(line.start, line.end))) {
      if (indent < (open.at(-1) ?? Infinity)) open.push(indent);
    }
    line = lineBefore(text, line.start);
  }
  return open;
}

/** `  - a: 1` opens column 4 (the map) and column 2 (the list). */
function indentsOf(line: string): readonly number[] {
  const indents = [Math.max(0, line.search(/\S/))];
  for (let match = /^\s*-\s+(?=\S)/.exec(line); match !== null; match = nextDash(line, match[0].length)) {
    indents.unshift(match[0].length);
  }
  return indents;
}

function nextDash(line: string, from: number): RegExpExecArray | null {
  const match = /^-\s+(?=\S)/.exec(line.slice(from));
  if (match !== null) match[0] = line.slice(0, from) + match[0];
  return match;
}

function listAbove(text: string, offset: number, indent: number): number | undefined {
  let line = lineBefore(text, offset);
  while (line !== undefined) {
    const first = Math.max(0, text.slice(line.start, line.end).search(/\S/));
    if (first <= indent)
      return first === indent && text.charAt(line.start + first) === "-" ? line.start + first : undefined;
    line = lineBefore(text, line.start);
  }
  return undefined;
}
