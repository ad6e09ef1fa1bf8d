/** One task: its type and arguments, and the keywords around them. */
import { variableNameProblem } from "../inventory/variables.ts";
import type { Place } from "../core/source.ts";
import type { Entry, Node } from "../yaml/index.ts";
import { checkArgs } from "./args.ts";
import { isPlayKeyword, isTaskKeyword } from "./keywords.ts";
import { checkExpressions, checkTemplates, checkText, readBecome, readVars } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { taskArgs, taskTypeOf } from "./task-type.ts";
import type { Flush, Handler, Task, Text } from "./types.ts";
import {
  error,
  invalid,
  isNull,
  isTemplate,
  kindOf,
  readConditions,
  readFlag,
  readNumber,
  readText,
  readTexts,
  readVerdict,
  readWhole,
  readWords,
} from "./values.ts";

/** What a task inherits from its play. */
export interface Around {
  readonly tags: readonly string[];
  readonly ignoreErrors: boolean;
  readonly noLog: boolean;
  readonly timeout: number | undefined;
}

/** Reads an item of `tasks`; reports an item that is no task, and returns nothing for it. */
export function readTask(node: Node, around: Around, reading: Reading): Task | Flush | undefined {
  const entries = entriesOf(node, reading);
  if (entries === undefined) return undefined;
  const meta = META.map((name) => entries.get(name)).find((entry) => entry !== undefined);
  return meta === undefined ? readOwnTask(node, entries, around, reading) : readMeta(meta, entries, reading);
}

/** Reads an item of `handlers`. */
export function readHandler(node: Node, around: Around, reading: Reading): Handler | undefined {
  const entries = entriesOf(node, reading);
  if (entries === undefined) return undefined;
  const listen = entries.get("listen");
  const names = listen === undefined ? [] : readWords(listen, reading.tell);
  entries.delete("listen");
  if (!entries.has("name") && names.length === 0) {
    reading.tell(error("missing-key", "a handler needs a `name` for `notify`", node.place));
  }
  const task = readOwnTask(node, entries, around, reading);
  return task === undefined ? undefined : { ...task, listen: names };
}

function entriesOf(node: Node, { tell }: Reading): Map<string, Entry> | undefined {
  if (node.kind === "map" && node.entries.length > 0) return new Map(node.entries.map((entry) => [entry.key, entry]));
  const empty = isNull(node) || node.kind === "map";
  const help = empty ? "remove the `-`" : "write the task type as a key, its arguments under it";
  tell(invalid(empty ? "this task is empty" : `a task is a map, this is ${kindOf(node)}`, dashOf(node), help));
  return undefined;
}

/** An empty item has only its dash to show. */
function dashOf({ place }: Node): Place {
  const dash = place.end === place.start && place.source.text.charAt(place.start - 1) === "-";
  return dash ? { ...place, start: place.start - 1 } : place;
}

const META = ["meta", "ansible.builtin.meta", "ansible.legacy.meta"] as const;

function readMeta(meta: Entry, entries: ReadonlyMap<string, Entry>, { tell }: Reading): Flush | undefined {
  const action = readText(meta, tell, "`flush_handlers`");
  const others = [...entries.values()].filter((entry) => entry !== meta && entry.key !== "name");
  for (const { key, keyPlace } of others)
    tell(error("conflict", `\`${key}\` has no effect together with \`meta\``, keyPlace));
  if (action?.text === "flush_handlers") return { flush: true, place: meta.keyPlace };
  if (action !== undefined) {
    tell(
      error(
        "not-supported",
        `\`meta: ${action.text}\` is not supported yet`,
        action.place,
        "`meta: flush_handlers` is",
      ),
    );
  }
  return undefined;
}

function readOwnTask(
  node: Node,
  entries: ReadonlyMap<string, Entry>,
  around: Around,
  reading: Reading,
): Task | undefined {
  const first = node.kind === "map" ? node.entries[0] : undefined;
  const found = taskTypeOf(entries, first?.keyPlace ?? node.place, reading);
  const words = readKeywords(entries, around, reading);
  if (found === undefined) return undefined;
  const args = taskArgs(found.type, found.entry, entries.get("args"), reading);
  if (args === undefined) return undefined;
  const task = { ...words, type: found.type, args, place: found.entry.keyPlace };
  checkTemplates(args, reading);
  checkArgs(task).forEach(reading.tell);
  return task;
}

type Keywords = Omit<Task, "type" | "args" | "place">;

function readKeywords(entries: ReadonlyMap<string, Entry>, around: Around, reading: Reading): Keywords {
  const { tell } = reading;
  const read = <T>(key: string, how: (entry: Entry) => T): T | undefined => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : how(entry);
  };
  const tries = { min: 0, max: 100_000, what: "a whole number" };
  const conditions = (key: string): readonly Text[] => read(key, (entry) => conditionsOf(entry, reading)) ?? [];
  const words = {
    name: read("name", (entry) => nameOf(entry, reading)),
    when: conditions("when"),
    loop: read("loop", (entry) => loopOf(entry, reading)),
    register: read("register", (entry) => registerOf(entry, reading)),
    notify: read("notify", (entry) => notifyOf(entry, reading)) ?? [],
    tags: [...new Set([...around.tags, ...(read("tags", (entry) => readWords(entry, tell)) ?? [])])],
    become: readBecome(entries, reading),
    ignoreErrors: read("ignore_errors", (entry) => readFlag(entry, tell)) ?? around.ignoreErrors,
    noLog: read("no_log", (entry) => readFlag(entry, tell)) ?? around.noLog,
    retries: read("retries", (entry) => readWhole(entry, tries, tell)),
    delay: read("delay", (entry) => readNumber(entry, { min: 0, max: 86_400, what: "seconds" }, tell)) ?? 5,
    until: conditions("until"),
    changedWhen: read("changed_when", (entry) => verdictOf(entry, reading)),
    failedWhen: read("failed_when", (entry) => verdictOf(entry, reading)),
    vars: read("vars", (entry) => readVars(entry, reading)) ?? [],
    timeout: read("timeout", (entry) => readTimeout(entry, tell)) ?? around.timeout,
  };
  untilAlone(entries, reading);
  return words;
}

/** Seconds that an act may take; of a task, or of all in a play. */
export function readTimeout(entry: Entry, tell: Reading["tell"]): number | undefined {
  return readWhole(entry, { min: 1, max: 86_400, what: "seconds" }, tell);
}

function nameOf(entry: Entry, reading: Reading): Text | undefined {
  const name = readText(entry, reading.tell);
  if (name !== undefined) checkText(name, reading);
  return name;
}

function conditionsOf(entry: Entry, reading: Reading): readonly Text[] {
  const conditions = readConditions(entry, reading.tell);
  checkExpressions(conditions, reading);
  return conditions;
}

function verdictOf(entry: Entry, reading: Reading): boolean | readonly Text[] | undefined {
  const verdict = readVerdict(entry, reading.tell);
  if (Array.isArray(verdict)) checkExpressions(verdict, reading);
  return verdict;
}

function loopOf({ key, keyPlace, value }: Entry, reading: Reading): Node | undefined {
  checkTemplates(value, reading);
  if (value.kind === "list") return value;
  if (value.kind === "scalar" && typeof value.value === "string" && isTemplate(value.value)) return value;
  const name = value.kind === "scalar" && /^[A-Za-z_]\w*$/.test(value.text) ? value.text : "name";
  const help =
    value.kind === "map"
      ? 'a map becomes a list of `key` and `value` with `loop: "{{ … | dict2items }}"`'
      : `write a list, or \`"{{ ${name} }}"\` for a variable that holds one`;
  reading.tell(invalid(`\`${key}\` needs a list, got ${kindOf(value)}`, isNull(value) ? keyPlace : value.place, help));
  return undefined;
}

function registerOf(entry: Entry, { tell }: Reading): string | undefined {
  const name = readText(entry, tell, "a variable's name");
  if (name === undefined) return undefined;
  const keyword = isPlayKeyword(name.text) || isTaskKeyword(name.text);
  const problem = keyword
    ? error("invalid-name", `\`${name.text}\` is a keyword and cannot be a variable`, name.place, "choose another name")
    : variableNameProblem(name.text, name.place);
  if (problem !== undefined) tell(problem);
  return name.text;
}

function notifyOf(entry: Entry, reading: Reading): readonly Text[] {
  const names = readTexts(entry, reading.tell, "the name of a handler");
  for (const name of names) checkText(name, reading);
  return names;
}

function untilAlone(entries: ReadonlyMap<string, Entry>, { tell }: Reading): void {
  const until = entries.get("until");
  if (until === undefined || entries.has("retries")) return;
  tell({
    severity: "warning",
    code: "missing-key",
    message: "`until` without `retries`: it is tried 3 times, 5 seconds apart, as in Ansible",
    place: until.keyPlace,
    help: "write `retries:` and `delay:`",
  });
}
