/** Finds templates without quotes: `x: {{ y }}`, which YAML reads as a map in a map. */
import type { Problem } from "../core/problem.ts";
import type { Source } from "../core/source.ts";
import { SYNTAX, lineAt } from "./text.ts";

export interface Brace {
  readonly start: number;
  /** It is within `[ ]` or `{ }`, where a comma ends a value. */
  readonly inFlow: boolean;
}

export interface BareTemplate {
  readonly start: number;
  readonly end: number;
  readonly problem: Problem;
}

const MOST = 100;

/** The unquoted templates of a file, the first hundred, up to one that is not closed. */
export function bareTemplates(source: Source, braces: readonly Brace[]): readonly BareTemplate[] {
  const found: BareTemplate[] = [];
  for (const brace of braces) {
    if (found.length === MOST) break;
    if (brace.start < (found.at(-1)?.end ?? 0)) continue;
    const end = endOf(source.text, brace);
    found.push({ start: brace.start, end, problem: bareTemplate(source, brace.start, end) });
    if (!source.text.slice(brace.start, end).includes("}}")) break;
  }
  return found;
}

/** The text with each of them replaced by a quoted word of the same length, so that the rest can be read. */
export function withoutBareTemplates(text: string, bare: readonly BareTemplate[]): string {
  return bare.reduce(
    (rest, { start, end }) =>
      `${rest.slice(0, start)}"${rest.slice(start + 1, end - 1).replace(/[^\r\n]/g, "_")}"${rest.slice(end)}`,
    text,
  );
}

function endOf(text: string, { start, inFlow }: Brace): number {
  const closing = text.indexOf("}}", start);
  const line = lineAt(text, start);
  const closed = closing !== -1 && !/\n\s*\n|\{\{/.test(text.slice(start + 2, closing));
  if (inFlow && closed) return closing + 2;
  const last = closed ? lineAt(text, closing) : line;
  const from = closed ? closing + 2 : start + 2;
  const rest = text
    .slice(from, last.end)
    .replace(/\s+#.*$/, "")
    .trimEnd();
  return from + rest.length;
}

function bareTemplate(source: Source, start: number, end: number): Problem {
  const text = source.text.slice(start, end);
  return {
    ...SYNTAX,
    message: "`{{` begins a map in YAML: a value that begins with a template must be quoted",
    place: { source, start, end },
    help: text.includes("\n") ? "put the whole value in quotes" : `quote the whole value: \`${quoted(text)}\``,
  };
}

/** The text as a quoted YAML scalar. */
export function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "''")}'`;
}
