/**
 * Reads the values of keywords: words, numbers, lists, conditions. It reports what is wrong, with the place of the
 * value.
 */
import type { Problem } from "../core/problem.ts";
import type { ProblemCode } from "../core/problem-code.ts";
import type { Place } from "../core/source.ts";
import { truthOf } from "../text/boolean-words.ts";
import type { Entry, Node, ScalarNode } from "../yaml/index.ts";
import { isTemplate } from "../jinja/templates.ts";
import type { Text } from "./types.ts";

export { isTemplate } from "../jinja/templates.ts";

export type Tell = (problem: Problem) => void;

export function error(code: ProblemCode, message: string, place: Place, help?: string): Problem {
  return { severity: "error", code, message, place, ...(help === undefined ? {} : { help }) };
}

/** A value that is wrong. */
export function invalid(message: string, place: Place, help?: string): Problem {
  return error("invalid-value", message, place, help);
}

/** What a value is, for messages. */
export function kindOf(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "list" ? "a list" : "a map";
  if (node.sealed !== undefined) return "an encrypted value";
  if (node.value === null) return "nothing";
  return typeof node.value === "string" ? "text" : typeof node.value === "number" ? "a number" : "a boolean";
}

function wrong({ key, keyPlace, value }: Entry, expected: string, help?: string): Problem {
  if (isNull(value))
    return invalid(`\`${key}\` is empty (null)`, keyPlace, help ?? `it takes ${expected}, or remove the key`);
  const templated = value.kind === "scalar" && isTemplate(value.text);
  const got = templated ? "a template, which is not supported here yet" : kindOf(value);
  return invalid(`\`${key}\` takes ${expected}, got ${got}`, value.place, help);
}

export function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null && node.sealed === undefined;
}

/** A scalar as the file contains it: numbers and booleans as they are written. */
export function textOf(node: ScalarNode): string {
  return typeof node.value === "string" ? node.value : node.text;
}

/** One text; numbers count as text. */
export function readText(entry: Entry, tell: Tell, expected = "text"): Text | undefined {
  const { value } = entry;
  if (value.kind === "scalar" && value.value !== null)
    return { text: textOf(value), place: value.place, ...(value.unsafe ? { unsafe: true } : {}) };
  tell(wrong(entry, expected));
  return undefined;
}

/** Whether it is still to be rendered. */
export function isTemplateText({ text, unsafe }: Text): boolean {
  return unsafe !== true && isTemplate(text);
}

/** One text that is known at load. */
export function readWord(entry: Entry, tell: Tell, expected: string): Text | undefined {
  const text = readText(entry, tell, expected);
  if (text === undefined || !isTemplate(text.text)) return text;
  tell(wrong(entry, expected));
  return undefined;
}

export function readFlag(entry: Entry, tell: Tell): boolean | undefined {
  const { value } = entry;
  const truth = value.kind === "scalar" ? truthOf(value.value) : undefined;
  if (truth !== undefined) return truth;
  tell(wrong(entry, "`true` or `false`"));
  return undefined;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly what: string;
}

export function readNumber(entry: Entry, { min, max, what }: Range, tell: Tell): number | undefined {
  const { value } = entry;
  const number = value.kind === "scalar" && /^\s*\d+(?:\.\d+)?\s*$/.test(textOf(value)) ? Number(textOf(value)) : NaN;
  if (number >= min && number <= max) return number;
  const limits = max === Infinity ? `${what}, ${min} or more` : `${what} from ${min} to ${max}`;
  const negative = value.kind === "scalar" && typeof value.value === "number";
  tell(
    negative ? invalid(`\`${entry.key}\` takes ${limits}, got \`${value.text}\``, value.place) : wrong(entry, limits),
  );
  return undefined;
}

export function readWhole(entry: Entry, range: Range, tell: Tell): number | undefined {
  const number = readNumber(entry, range, tell);
  if (number === undefined || Number.isInteger(number)) return number;
  tell(wrong(entry, `${range.what}, without a fraction`));
  return undefined;
}

/** A text, or a list of texts. */
export function readTexts(entry: Entry, tell: Tell, expected: string): readonly Text[] {
  if (entry.value.kind !== "list") {
    const text = readText(entry, tell, expected);
    return text === undefined ? [] : [text];
  }
  return entry.value.items.flatMap((item) => readText({ ...entry, value: item }, tell, expected) ?? []);
}

/** Words with commas, or a list of words. */
export function readWords(entry: Entry, tell: Tell): readonly string[] {
  const texts = readTexts(entry, tell, "words");
  for (const { text, place } of texts) {
    if (isTemplate(text)) tell(invalid(`\`${entry.key}\` cannot hold templates`, place));
  }
  return texts.flatMap(({ text }) => text.split(",").map((word) => word.trim())).filter((word) => word !== "");
}

/** The items of a list; null in place of a list is a typing error (`tasks:` and nothing under it). */
export function readItems(entry: Entry, tell: Tell): readonly Node[] {
  const { key, keyPlace, value } = entry;
  if (value.kind === "list") return value.items;
  if (isNull(value))
    tell(invalid(`\`${key}\` is empty (null)`, keyPlace, "remove the key, or write `[]` if an empty list is meant"));
  else
    tell(
      invalid(
        `\`${key}\` takes a list, got ${kindOf(value)}`,
        value.kind === "map" ? keyPlace : value.place,
        "put `- ` before each item",
      ),
    );
  return [];
}

/** Conditions, all of which must hold: expressions without braces, or literal booleans. */
export function readConditions(entry: Entry, tell: Tell): readonly Text[] {
  const texts = readTexts(entry, tell, "an expression");
  return texts.filter((text) => {
    // An empty text holds, as in Ansible.
    if (text.text.trim() === "") return false;
    if (!isTemplate(text.text)) return true;
    tell(braces(entry.key, text));
    return false;
  });
}

function braces(key: string, { text, place }: Text): Problem {
  const whole = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(text);
  const bare = (whole?.[1] ?? text.replace(/["']?\{\{\s*|\s*\}\}["']?/g, "")).trim();
  return error(
    "template-syntax",
    `\`${key}\` is an expression already: leave the braces out`,
    place,
    `write \`${key}: ${bare}\``,
  );
}

/** `changed_when` and `failed_when`: a literal boolean is the answer itself. */
export function readVerdict(entry: Entry, tell: Tell): boolean | readonly Text[] | undefined {
  const { value } = entry;
  if (value.kind === "scalar" && typeof value.value === "boolean") return value.value;
  const conditions = readConditions(entry, tell);
  return conditions.length === 0 ? undefined : conditions;
}
