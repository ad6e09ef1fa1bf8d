/**
 * Arguments in one line, as Ansible reads them: `file: path=/etc/motd state=absent`, `command: make creates=/bin/x`.
 */
import type { AnyTaskType } from "../core/task-instance.ts";
import { ofValue } from "../jinja/errors/origin.ts";
import { keyValues } from "../text/key-values.ts";
import type { Unclosed, Word } from "../text/key-values.ts";
import type { Span } from "../text/span.ts";
import { closestMatch } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { keysAt } from "../core/schema.ts";
import type { Entry, Node, ScalarNode } from "../yaml/index.ts";
import type { Reading } from "./reading.ts";
import { error, invalid, isTemplate, textOf } from "./values.ts";

/** The words that Ansible reads as arguments in the text of a command; all others are part of the command. */
const OF_COMMANDS: ReadonlySet<string> = new Set([
  ...["creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"],
]);

/**
 * The text's words as a map, or the text itself if it is one argument (or a template of all); reports any other text.
 */
export function shortForm(type: AnyTaskType, scalar: ScalarNode, { tell }: Reading): Node | undefined {
  const text = textOf(scalar);
  const words = keyValues(text);
  const at = ofValue(text, scalar.place);
  const whole = { ...scalar, value: text };
  if (type.positionalArg === "cmd") return "unclosed" in words ? whole : ofCommand(words, whole, at);
  if (type.positionalArg !== undefined && !isKeyed(words, type)) return whole;
  if ("unclosed" in words) {
    const place = at({ start: words.at, end: words.at + words.unclosed.length });
    tell({ ...invalid(`\`${words.unclosed}\` is never closed`, place), label: "opened here" });
    return undefined;
  }
  const bare = words.find(({ key }) => key === undefined);
  if (bare === undefined) return mapOf(words, scalar, at, tell);
  if (isTemplate(text) && words.every(({ key }) => key === undefined)) return whole;
  tell(notKeyed(type, bare, at(bare)));
  return undefined;
}

type At = (span: Span) => Place;

/** A text of a type that takes one: its words are arguments only if the first word is one, or nearly. */
function isKeyed(words: readonly Word[] | Unclosed, type: AnyTaskType): boolean {
  if ("unclosed" in words) return false;
  const known = keysAt(type.args, []);
  const key = words[0]?.key;
  return key !== undefined && (known.includes(key) || closestMatch(key, known) !== undefined);
}

function notKeyed(type: AnyTaskType, { text }: Word, place: Place) {
  const help = `write them in one line as \`name=value\`, with quotes around a value with spaces; else\n${type.kind}:\n  name: value`;
  return invalid(`\`${type.kind}\` takes its arguments as a map; \`${text}\` names none`, place, help);
}

function mapOf(words: readonly Word[], scalar: ScalarNode, at: At, tell: Reading["tell"]): Node {
  const entries = new Map<string, Entry>();
  for (const word of words) {
    const entry = entryOf(word, scalar, at);
    const first = entries.get(entry.key);
    if (first === undefined) entries.set(entry.key, entry);
    else {
      const related = [{ place: first.keyPlace, label: "the first one" }];
      tell({ ...error("duplicate-key", `argument \`${entry.key}\` is given twice`, entry.keyPlace), related });
    }
  }
  return { kind: "map", entries: [...entries.values()], place: scalar.place };
}

function entryOf({ key = "", value, keyAt, valueAt }: Word, { unsafe }: ScalarNode, at: At): Entry {
  const text = unescaped(value);
  return { key, keyPlace: at(keyAt), value: { kind: "scalar", value: text, text, place: at(valueAt), unsafe } };
}

function ofCommand(words: readonly Word[], whole: ScalarNode, at: At): Node {
  const options = words.filter(({ key }) => key !== undefined && OF_COMMANDS.has(key));
  if (options.length === 0) return whole;
  const rest = words.filter((word) => !options.includes(word));
  const text = textOf(whole);
  const [first, last] = [rest[0]?.start ?? text.length, rest.at(-1)?.end ?? text.length];
  const place = at({ start: first, end: last });
  const cmd = withoutWords(text, options).trim();
  const command: Entry = { key: "cmd", keyPlace: place, value: { ...whole, value: cmd, text: cmd, place } };
  return { kind: "map", entries: [command, ...options.map((word) => entryOf(word, whole, at))], place: whole.place };
}

/** Line breaks around them stay. */
function withoutWords(text: string, words: readonly Word[]): string {
  return words.reduceRight((made, { start, end }) => {
    const before = made.slice(0, start).replace(/[ \t]+$/, "");
    return before + made.slice(end);
  }, text);
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v", "\\": "\\", "'": "'", '"': '"' },
};

/** Python's escapes, which Ansible replaces in this form only. */
function unescaped(value: string): string {
  const pattern = /\\(?:U([\da-fA-F]{8})|u([\da-fA-F]{4})|x([\da-fA-F]{2})|([0-7]{1,3})|([\\'"abfnrtv]))/g;
  return value.replace(pattern, (whole, long?: string, short?: string, byte?: string, octal?: string, letter = "") => {
    const hex = long ?? short ?? byte;
    const code = hex === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(hex, 16);
    if (Number.isNaN(code)) return ESCAPES[letter as string] ?? whole;
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
