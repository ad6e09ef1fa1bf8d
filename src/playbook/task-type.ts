/** Finds a task's type, and its arguments as one map. */
import type { AnyTaskType, TaskTypes } from "../core/task-instance.ts";
import { closestMatch } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { keysAt } from "../core/schema.ts";
import { keysIn } from "../yaml/index.ts";
import type { Entry, Node, ScalarNode } from "../yaml/index.ts";
import { TASK_KEYWORDS, elsewhere, isTaskKeyword, notYet, unknown, unknownTaskKeyword } from "./keywords.ts";
import type { Reading } from "./reading.ts";
import { shortForm } from "./short-form.ts";
import { error, invalid, isNull, kindOf } from "./values.ts";

export interface FoundType {
  readonly type: AnyTaskType;
  readonly entry: Entry;
}

/** Loads the types whose names are keys anywhere in a playbook: it cannot use more than those. */
export async function typesNamedIn(root: Node, all: TaskTypes): Promise<ReadonlyMap<string, AnyTaskType>> {
  const keys = new Set([...keysIn(root)].map(shortName));
  const named = [...all].filter(([kind]) => keys.has(kind));
  return new Map(await Promise.all(named.map(async ([kind, load]) => [kind, await load()] as const)));
}

/** A task type by its name in the playbook; Ansible's full names of built-in modules are accepted, too. */
export function findType(key: string, types: ReadonlyMap<string, AnyTaskType>): AnyTaskType | undefined {
  return types.get(shortName(key));
}

function shortName(key: string): string {
  return key.replace(/^ansible\.(?:builtin|legacy|posix)\./, "");
}

/** The one key of a task that is no keyword; reports unknown keys, or that there is none. */
export function taskTypeOf(entries: ReadonlyMap<string, Entry>, start: Place, reading: Reading): FoundType | undefined {
  const others = [...entries.values()].filter((entry) => !isTaskKeyword(entry.key));
  const found = others.flatMap((entry): FoundType[] => {
    const type = findType(entry.key, reading.types);
    return type === undefined ? [] : [{ type, entry }];
  });
  const unknowns = others.filter((entry) => !found.some((each) => each.entry === entry));
  const typed = tellUnknown(unknowns, found.length > 0, reading);
  const [first, second] = found;
  if (first !== undefined && second !== undefined) reading.tell(twoTypes(first, second));
  if (first === undefined && !typed) reading.tell(noType(start));
  return second === undefined ? first : undefined;
}

/** Reports what the unknown keys are; true if one of them is in place of the type. */
function tellUnknown(unknowns: readonly Entry[], hasType: boolean, reading: Reading): boolean {
  let typed = hasType;
  for (const entry of unknowns) {
    const later = notYet(entry);
    if (later !== undefined) {
      typed ||= !entry.key.startsWith("with_");
      reading.tell(later);
    } else if (typed || isLikeKeyword(entry.key, reading)) {
      reading.tell(unknownTaskKeyword(entry));
    } else {
      typed = true;
      reading.tell(unknownType(entry, reading));
    }
  }
  return typed;
}

function isLikeKeyword(key: string, { kinds }: Reading): boolean {
  return closestMatch(key, TASK_KEYWORDS) !== undefined && closestMatch(key, kinds) === undefined;
}

function unknownType({ key, keyPlace }: Entry, { kinds }: Reading) {
  const known = new Set(kinds);
  const help = elsewhere(shortName(key), known);
  if (help !== undefined) return error("unknown-task-type", `unknown task type \`${key}\``, keyPlace, help);
  const problem = unknown("task type", { key: shortName(key), place: keyPlace }, [...known]);
  return { ...problem, code: "unknown-task-type" as const, message: `unknown task type \`${key}\`` };
}

function twoTypes(first: FoundType, second: FoundType) {
  return {
    ...error(
      "conflict",
      `the task has two types: \`${first.entry.key}\` and \`${second.entry.key}\``,
      second.entry.keyPlace,
    ),
    related: [{ place: first.entry.keyPlace, label: "the first one" }],
    help: "write `- ` before the second one, so that it is a task of its own",
  };
}

function noType(start: Place) {
  return error(
    "missing-key",
    "the task does nothing: it has no task type",
    start,
    "write one as a key of the task: `command: …`",
  );
}

/** The arguments as a node: a map, or text for a type that takes one; `undefined` when they are neither. */
export function taskArgs(
  type: AnyTaskType,
  { key, keyPlace, value }: Entry,
  more: Entry | undefined,
  reading: Reading,
): Node | undefined {
  const own = isNull(value) ? ({ kind: "map", entries: [], place: keyPlace } as const) : value;
  if (own.kind === "list") {
    const argv = keysAt(type.args, []).includes("argv");
    const help = argv ? "a list of words goes into `argv:` under it" : "write each one as a key of its own";
    reading.tell(invalid(`\`${key}\` takes its arguments as a map, got a list`, keyPlace, help));
    return undefined;
  }
  const args = own.kind === "scalar" && own.sealed === undefined ? shortForm(type, own, reading) : own;
  return args === undefined || more === undefined || isNull(more.value) ? args : withMore(type, args, more, reading);
}

/** `args:` next to the type adds to its arguments. */
function withMore(type: AnyTaskType, args: Node, { key, value }: Entry, { tell }: Reading): Node | undefined {
  if (value.kind !== "map") {
    tell(invalid(`\`${key}\` takes a map of arguments, got ${kindOf(value)}`, value.place));
    return undefined;
  }
  const text = args.kind === "scalar" && type.positionalArg !== undefined ? textEntry(type.positionalArg, args) : [];
  const own = args.kind === "map" ? args.entries : text;
  const twice = value.entries.find((entry) => own.some((each) => each.key === entry.key));
  if (twice !== undefined) {
    tell(error("duplicate-key", `argument \`${twice.key}\` is given twice`, twice.keyPlace));
    return undefined;
  }
  return { kind: "map", entries: [...own, ...value.entries], place: args.place };
}

function textEntry(key: string, value: ScalarNode): readonly Entry[] {
  return [{ key, keyPlace: value.place, value }];
}
