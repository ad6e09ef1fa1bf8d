/** Explains the library's syntax errors, and says what to write. Only the first counts: the others follow from it. */
import type { Problem } from "../core/problem.ts";
import type { Place, Source } from "../core/source.ts";
import { quoted } from "./braces.ts";
import type { Brace } from "./braces.ts";
import { indentProblem, spareKey } from "./indent.ts";
import { SYNTAX, indentingTab, lineAt } from "./text.ts";

export interface SyntaxError {
  readonly code: string;
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** Facts from lexing, for better messages. */
export interface Clues {
  readonly braces: Brace[];
  readonly tags: Problem[];
  /** Offsets of `---`. */
  readonly starts: number[];
  /** Quoted scalars: their start by their end. */
  readonly quotes: Map<number, number>;
  openQuote: number | undefined;
  openBracket: number | undefined;
}

interface Case {
  readonly source: Source;
  readonly error: SyntaxError;
  readonly errors: readonly SyntaxError[];
  readonly clues: Clues;
}

/** The cause of a list of syntax errors (at least one). */
export function syntaxProblem(source: Source, errors: readonly SyntaxError[], clues: Clues): Problem {
  const [error = { code: "", start: 0, end: 0, message: "not YAML" }] = [...errors].sort((a, b) => a.start - b.start);
  const given = { source, error, errors, clues };
  return tab(given) ?? open(given) ?? byCode(given) ?? { ...at(given), message: lower(error.message) };
}

function at({ source, error }: Case): typeof SYNTAX & { readonly place: Place } {
  return { ...SYNTAX, place: { source, start: error.start, end: Math.max(error.end, error.start + 1) } };
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** Any error on a line that a tab indents, or right before one, is about the tab. */
function tab({ source, error }: Case): Problem | undefined {
  const here = lineAt(source.text, error.start);
  const next = lineAt(source.text, Math.min(here.end + 1, source.text.length));
  const place = indentingTab(source, error.start, next.end);
  if (place === undefined) return undefined;
  return {
    ...SYNTAX,
    message: "a tab is used for indentation",
    place,
    help: "YAML is indented by spaces only: write two spaces for each level",
  };
}

function open({ source, error, clues }: Case): Problem | undefined {
  if (clues.openQuote !== undefined && error.start >= clues.openQuote) return openQuote(source, clues.openQuote);
  if (clues.openBracket === undefined || error.start < clues.openBracket) return undefined;
  const bracket = source.text.charAt(clues.openBracket);
  return {
    ...SYNTAX,
    message: `\`${bracket}\` is never closed`,
    place: { source, start: clues.openBracket, end: clues.openBracket + 1 },
    help: `close it with \`${bracket === "[" ? "]" : "}"}\`, or put the value in quotes if \`${bracket}\` is text`,
    note: CONTINUED,
  };
}

const CONTINUED = "a value that continues on the next line must be indented further than its key";

function openQuote(source: Source, start: number): Problem {
  const quote = source.text.charAt(start);
  return {
    ...SYNTAX,
    message: "this quote is never closed",
    place: { source, start, end: lineAt(source.text, start).end },
    help: `close it with \`${quote}\`; a quote within the text is written \`${quote === "'" ? "''" : '\\"'}\``,
    note: CONTINUED,
  };
}

function byCode(given: Case): Problem | undefined {
  switch (given.error.code) {
    case "MULTILINE_IMPLICIT_KEY":
      return noColon(given);
    case "BLOCK_AS_IMPLICIT_KEY":
      return given.errors.some((other) => other.code === "MULTILINE_IMPLICIT_KEY" && other.start === given.error.start)
        ? tooFarIn(given)
        : secondColon(given);
    case "MISSING_CHAR":
      return given.error.message.startsWith("Implicit map keys") ? noColon(given) : indentation(given);
    case "BAD_INDENT":
      return indentation(given);
    case "UNEXPECTED_TOKEN":
      return unexpected(given);
    case "BAD_SCALAR_START":
      return badStart(given);
    case "BAD_DQ_ESCAPE":
      return badEscape(given);
    default:
      return undefined;
  }
}

/** A line that is only a word, where the next one has a colon: the lines were taken for one key. */
function noColon({ source, error }: Case): Problem {
  const line = lineAt(source.text, error.start);
  const end = Math.min(line.end, Math.max(error.end, error.start + 1));
  const text = source.text.slice(error.start, end).trimEnd();
  const glued = /^([\w.-]+):(\S.*)$/.exec(text);
  return {
    ...SYNTAX,
    message: glued === null ? "expected `:` and a value after the key" : "a space is missing after `:`",
    place: { source, start: error.start, end: error.start + text.length },
    ...(glued === null ? {} : { help: `write \`${glued[1] ?? ""}: ${glued[2] ?? ""}\`` }),
  };
}

/** `a: 1` and below it, further in, `b: 2`. */
function tooFarIn({ source, error, errors }: Case): Problem {
  const whole = errors.find((other) => other.code === "MULTILINE_IMPLICIT_KEY")?.end ?? error.end;
  const line = lineAt(source.text, whole);
  const start = line.start + source.text.slice(line.start, line.end).search(/\S/);
  return {
    ...SYNTAX,
    message: "this line is indented too far",
    place: { source, start, end: Math.max(whole, start + 1) },
    label: "the line above already has a value; no line can be under it",
    help: "indent it as the line above, or quote that value if this line belongs to it",
  };
}

function secondColon({ source, error }: Case): Problem {
  const line = lineAt(source.text, error.start);
  const value = withoutComment(source.text.slice(error.start, line.end));
  if (value.startsWith("- ")) return listOnKeyLine(source, error.start);
  return {
    ...SYNTAX,
    message: "`: ` in an unquoted value",
    place: { source, start: error.start, end: error.start + value.length },
    help: `put the whole value in quotes: \`${quoted(value)}\``,
  };
}

function withoutComment(value: string): string {
  return value.replace(/\s+#.*$/, "").trimEnd();
}

function listOnKeyLine(source: Source, start: number): Problem {
  return {
    ...SYNTAX,
    message: "a list cannot begin on the line of its key",
    place: { source, start, end: start + 1 },
    help: "put `- ` on a line of its own under the key, or quote the value if `- ` is text",
  };
}

function indentation(given: Case): Problem | undefined {
  return /column|indent|Sequence item without/.test(given.error.message)
    ? indentProblem(given.source, given.error.start)
    : { ...at(given), message: missingText(given.error.message) };
}

function missingText(message: string): string {
  if (/^Unexpected (empty item|,)/.test(message)) return "a value is missing here";
  if (message.startsWith("Comments must")) return "`#` begins a comment only after a space";
  const between = /^Missing (.+) between/.exec(message);
  return between === null ? lower(message) : `expected \`${between[1] ?? ","}\` before this`;
}

function unexpected(given: Case): Problem | undefined {
  const { source, error } = given;
  if (error.message.includes("block-seq-ind")) return listOnKeyLine(source, error.start);
  if (/^Unexpected (empty item|,)/.test(error.message)) return { ...at(given), message: missingText(error.message) };
  if (error.message.includes("Block scalar header")) return afterHeader(given);
  if (/flow-(map|seq)-end/.test(error.message)) return strayBracket(given);
  return afterQuote(given) ?? spareKey(source, error.start) ?? atLineStart(given);
}

function atLineStart({ source, error }: Case): Problem | undefined {
  const line = lineAt(source.text, error.start);
  const first = source.text.slice(line.start, error.start).trim() === "";
  return first ? indentProblem(source, error.start) : undefined;
}

function afterHeader(given: Case): Problem {
  return {
    ...at(given),
    message: "text after `|` or `>` on the same line",
    help: "begin the text on the next line, indented",
  };
}

function strayBracket(given: Case): Problem {
  const bracket = given.source.text.charAt(given.error.start);
  return {
    ...at(given),
    message: `\`${bracket}\` closes nothing`,
    help: `put the value in quotes if \`${bracket}\` is text`,
  };
}

/** Text after a closing quote: the quotes were meant around all of it, or a quote further up was not closed. */
function afterQuote({ source, error, clues }: Case): Problem | undefined {
  const closing = source.text.slice(0, error.start).trimEnd().length;
  const start = clues.quotes.get(closing);
  if (start === undefined || source.text.slice(closing, error.start).includes("\n")) return undefined;
  const line = lineAt(source.text, error.start);
  if (source.text.slice(start, closing).includes("\n")) return closedLate(source, start, closing);
  const whole = withoutComment(source.text.slice(start, line.end));
  const inner = whole.slice(1, closing - start - 1) + whole.slice(closing - start);
  return {
    ...SYNTAX,
    message: "text after the closing quote",
    place: { source, start: error.start, end: Math.max(error.start + 1, start + whole.length) },
    help: `put the quotes around the whole value: \`${quoted(inner)}\``,
  };
}

function closedLate(source: Source, start: number, closing: number): Problem {
  return {
    ...SYNTAX,
    message: "this quote is not closed where it should be",
    place: { source, start, end: lineAt(source.text, start).end },
    related: [{ place: { source, start: closing - 1, end: closing }, label: "the next quote, which ends it, is here" }],
    help: "close it on its own line",
  };
}

function badStart({ source, error }: Case): Problem {
  const braced = source.text.slice(error.start - 1, error.start + 1) === "{%";
  const start = braced ? error.start - 1 : error.start;
  const value = withoutComment(source.text.slice(start, lineAt(source.text, start).end));
  const first = value.startsWith("`") ? "a backtick" : `\`${braced ? "{%" : value.charAt(0)}\``;
  return {
    ...SYNTAX,
    message: `an unquoted value cannot begin with ${first}`,
    place: { source, start, end: start + value.length },
    help: `quote it: ${value.startsWith("`") ? quoted(value) : `\`${quoted(value)}\``}`,
  };
}

function badEscape({ source, error }: Case): Problem {
  const escape = source.text.slice(error.start, error.start + 2);
  return {
    ...SYNTAX,
    message: `\`${escape}\` is no escape in double quotes`,
    place: { source, start: error.start, end: error.start + 2 },
    help: `write \`\\${escape}\`, or use single quotes, which know no escapes`,
  };
}
