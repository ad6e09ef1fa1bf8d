/** One play: its keywords, its tasks in order, its handlers. */
import type { Place } from "../core/source.ts";
import type { Entry, Node } from "../yaml/index.ts";
import { checkNotified } from "./handlers.ts";
import { isPlayKeyword, notYet, unknownPlayKeyword } from "./keywords.ts";
import { readBecome, readVars } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { findType } from "./task-type.ts";
import { readHandler, readTask, readTimeout } from "./task.ts";
import type { Around } from "./task.ts";
import type { Flush, Handler, Play, Task, Text } from "./types.ts";
import {
  error,
  invalid,
  isNull,
  isTemplate,
  kindOf,
  readFlag,
  readItems,
  readNumber,
  readText,
  readWords,
  textOf,
} from "./values.ts";

/** A play whose `vars_files` are not read yet. */
export interface ReadPlay {
  readonly play: Play;
  readonly varsFiles: readonly Text[];
}

/** Reads an item of a playbook; reports an item that is no play, and returns nothing for it. */
export function readPlay(node: Node, reading: Reading): ReadPlay | undefined {
  const { tell } = reading;
  if (node.kind !== "map") {
    const help = isNull(node) ? "remove the `-`" : "a play has `hosts` and `tasks`";
    tell(invalid(isNull(node) ? "this play is empty" : `a play is a map, this is ${kindOf(node)}`, node.place, help));
    return undefined;
  }
  const entries = new Map(node.entries.map((entry) => [entry.key, entry]));
  for (const entry of entries.values()) if (!isPlayKeyword(entry.key)) tell(unknownKey(entry, reading));
  const place = node.entries[0]?.keyPlace ?? node.place;
  return entries.has("import_playbook") ? undefined : playOf(entries, place, reading);
}

function unknownKey(entry: Entry, { types }: Reading) {
  if (findType(entry.key, types) !== undefined) return unknownPlayKeyword(entry, new Set([entry.key]));
  return notYet(entry) ?? unknownPlayKeyword(entry, new Set());
}

function playOf(entries: ReadonlyMap<string, Entry>, place: Place, reading: Reading): ReadPlay {
  const { tell } = reading;
  const read = <T>(key: string, how: (entry: Entry) => T): T | undefined => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : how(entry);
  };
  const hosts = hostsOf(entries.get("hosts"), place, reading);
  const around: Around = {
    tags: [...new Set(read("tags", (entry) => readWords(entry, tell)) ?? [])],
    ignoreErrors: read("ignore_errors", (entry) => readFlag(entry, tell)) ?? false,
    noLog: read("no_log", (entry) => readFlag(entry, tell)) ?? false,
    timeout: read("timeout", (entry) => readTimeout(entry, tell)),
  };
  const tasks = ["pre_tasks", "tasks", "post_tasks"].flatMap((key) => section(entries.get(key), around, reading));
  const handlers = read("handlers", (entry) => handlersOf(entry, around, reading)) ?? [];
  read("gather_facts", (entry) => readFlag(entry, tell));
  const percent = { min: 0, max: 100, what: "a percentage" };
  const play: Play = {
    name: read("name", (entry) => readText(entry, tell)?.text) ?? hosts.text,
    hosts,
    serial: read("serial", (entry) => serialOf(entry, reading)) ?? [],
    maxFailPercentage: read("max_fail_percentage", (entry) => readNumber(entry, percent, tell)),
    anyErrorsFatal: read("any_errors_fatal", (entry) => readFlag(entry, tell)) ?? false,
    become: readBecome(entries, reading),
    vars: read("vars", (entry) => readVars(entry, reading)) ?? [],
    varsFiles: [],
    tasks,
    handlers,
    tags: around.tags,
    place,
  };
  checkNotified(play, tell);
  return { play, varsFiles: read("vars_files", (entry) => filesOf(entry, reading)) ?? [] };
}

const HOSTS = "write `hosts:` and a group, a host or `all`";

function hostsOf(entry: Entry | undefined, place: Place, { tell }: Reading): Text {
  if (entry === undefined) {
    tell(error("missing-key", "the play has no `hosts`", place, HOSTS));
    return { text: "all", place };
  }
  const parts = entry.value.kind === "list" ? entry.value.items : [entry.value];
  const words = parts.flatMap((part) => (part.kind === "scalar" && !isNull(part) ? [textOf(part)] : []));
  const text = words.join(",");
  if (words.length < parts.length || text.trim() === "") {
    const empty = isNull(entry.value);
    const message = empty ? "`hosts` is empty (null)" : "`hosts` takes a pattern, or a list of patterns";
    tell(invalid(message, empty ? entry.keyPlace : entry.value.place, HOSTS));
  } else if (isTemplate(text)) {
    tell(error("not-supported", "`hosts` cannot be a template yet", entry.value.place, "choose hosts with `--limit`"));
  }
  return { text, place: entry.value.place };
}

/** The tasks of a section; handlers run at its end. */
function section(entry: Entry | undefined, around: Around, reading: Reading): readonly (Task | Flush)[] {
  if (entry === undefined) return [];
  const tasks = readItems(entry, reading.tell).flatMap((node) => readTask(node, around, reading) ?? []);
  return tasks.length === 0 ? [] : [...tasks, { flush: true, place: entry.keyPlace }];
}

function handlersOf(entry: Entry, around: Around, reading: Reading): readonly Handler[] {
  return readItems(entry, reading.tell).flatMap((node) => readHandler(node, around, reading) ?? []);
}

function serialOf({ key, keyPlace, value }: Entry, { tell }: Reading): Play["serial"] {
  const items = value.kind === "list" ? value.items : [value];
  if (items.length === 0 || isNull(value)) {
    tell(invalid(`\`${key}\` is empty`, isNull(value) ? keyPlace : value.place));
    return [];
  }
  return items.flatMap((item) => {
    const text = item.kind === "scalar" ? textOf(item).trim() : "";
    const match = /^(\d+)(%?)$/.exec(text);
    const number = Number(match?.[1] ?? 0);
    if (number >= 1 && (match?.[2] === "" || number <= 100))
      return match?.[2] === "" ? number : (`${number}%` as const);
    tell(invalid(`\`${key}\` takes a number of hosts (1 or more) or a whole percentage from 1% to 100%`, item.place));
    return [];
  });
}

function filesOf(entry: Entry, { tell }: Reading): readonly Text[] {
  const items = entry.value.kind === "list" || isNull(entry.value) ? readItems(entry, tell) : [entry.value];
  return items.flatMap((item) => {
    const text = readText({ ...entry, value: item }, tell, "paths of files");
    if (text === undefined || !isTemplate(text.text)) return text ?? [];
    tell(error("not-supported", "a path in `vars_files` cannot be a template yet", text.place));
    return [];
  });
}
