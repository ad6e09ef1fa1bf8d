/** Plain scalars that are not what the eye reads: each gets a word of warning that says what it became. */
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { quoted } from "./braces.ts";
import type { Reading } from "./scalar.ts";

interface Seen {
  readonly text: string;
  readonly place: Place;
  /** The key that it is the value of. */
  readonly key: string;
}

/** Keys whose values are codes of two letters, where `no` and `on` are Norway and Ontario. */
const CODES = /countr|lang|locale|region|nation|province|iso|(?:^|_)cc$|(?:^|_)codes?$/i;

/** What is wrong with a plain scalar: an error where digits would be lost, else a warning, or nothing. */
export function surprise(reading: Reading, { text, place, key }: Seen): Problem | undefined {
  const became = becomes(reading, text, key);
  if (became === undefined) return undefined;
  const severity = reading.surprise === "too large" ? "error" : "warning";
  return {
    severity,
    code: "ambiguous-value",
    message: became,
    place,
    help: `write \`${quoted(text)}\` if the text is meant`,
  };
}

function becomes({ value, surprise: why }: Reading, text: string, key: string): string | undefined {
  if (why === "too large") return `\`${text}\` is too large for a number and would lose digits`;
  // What a task says of its `mode` is said there.
  if (why === "octal" && key === "mode") return undefined;
  if (why !== undefined) return `\`${text}\` without quotes is the number ${String(value)} (${why})`;
  if (typeof value === "boolean") return word(text, value, key);
  if (typeof value === "string") return notNumber(text);
  return typeof value === "number" ? number(text, value, key) : undefined;
}

function word(text: string, value: boolean, key: string): string | undefined {
  const code = /^(?:no|on|yes|off)$/i.test(text) && (CODES.test(key) || /^(?:NO|ON)$/.test(text));
  return code ? `\`${text}\` without quotes is ${String(value)}, not a text` : undefined;
}

function number(text: string, value: number, key: string): string | undefined {
  if (/^[-+]?[0-9]+\.[0-9]+0$/.test(text)) return `\`${text}\` without quotes is the number ${value}`;
  const mode = /[_-]mode$/.test(key) && /^[0-7]{3,4}$/.test(text) && value > 0;
  return mode ? `\`${text}\` without quotes is the number ${value}, which as a mode is ${octal(value)}` : undefined;
}

function octal(value: number): string {
  return value.toString(8).padStart(4, "0");
}

/** They look like numbers and are texts in YAML 1.1. */
function notNumber(text: string): string | undefined {
  if (/^[-+]?[0-9]+(?:\.[0-9]*)?[eE][0-9]+$/.test(text) || /^[-+]?[0-9]+[eE][-+][0-9]+$/.test(text)) {
    return `\`${text}\` is a text in YAML 1.1, not a number`;
  }
  return /^0[0-9]*[89][0-9]*$/.test(text) && text.length < 6 ? `\`${text}\` is a text, not a number` : undefined;
}

/** `no` among words: a list of codes most likely. */
export function wordsAmongTexts(
  items: readonly { readonly value: unknown; readonly text: string; readonly place: Place }[],
): readonly Problem[] {
  const bare = items.filter(({ value, text }) => typeof value === "boolean" && /^(?:no|on|yes|off)$/i.test(text));
  const short = items.filter(({ value }) => typeof value === "string");
  if (bare.length === 0 || short.length === 0) return [];
  return bare.map(({ text, place, value }) => ({
    severity: "warning",
    code: "ambiguous-value",
    message: `\`${text}\` without quotes is ${String(value)}, among texts`,
    place,
    help: `write \`${quoted(text)}\` if the text is meant, \`${String(value)}\` if not`,
  }));
}

/** A plain key that is no text to Ansible. Keys are texts here. */
export function surprisingKey({ value }: Reading, text: string, place: Place): Problem | undefined {
  if (typeof value === "string" || text === "" || text === "<<" || String(value) === text) return undefined;
  return {
    severity: "warning",
    code: "ambiguous-value",
    message: `the key \`${text}\` is ${String(value)} to Ansible; here it stays the text`,
    place,
    help: `write \`${quoted(text)}\``,
  };
}
