/** Checks the arguments of tasks at load, as far as they are not templates, and gives problems their place. */
import type { AnyTaskType } from "../core/task-instance.ts";
import type { Problem } from "../core/problem.ts";
import { didYouMean, listNames, closestMatch } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { check } from "../core/schema.ts";
import type { ArgProblem } from "../core/schema.ts";
import { keyPlaceAt, nodeAt, placeAt } from "../yaml/index.ts";
import type { Node, Path, ScalarNode } from "../yaml/index.ts";
import { hasTemplates } from "./render.ts";
import { isTemplate, kindOf } from "./values.ts";

/** What is needed of a task to place the problems of its arguments. */
export interface Arguments {
  readonly type: AnyTaskType;
  readonly args: Node;
  /** The place of the task's type. */
  readonly place: Place;
}

/** Data with a schema, and its name; the arguments of a task are such data. */
export interface Described {
  readonly type: Pick<AnyTaskType, "kind"> & { readonly positionalArg?: string | undefined };
  readonly args: Node;
  readonly place: Place;
  /** What an entry of it is called. */
  readonly noun?: "argument" | "key";
}

/** The value of a template is not known yet: no schema accepts this symbol as its own type. */
const UNKNOWN = Symbol("not rendered yet");

/**
 * Checks arguments before any variable is known. If a value is a template, only the values around it are checked; the
 * rest waits until it is rendered.
 */
export function checkArgs(task: Arguments): readonly Problem[] {
  const { type, args } = task;
  if (args.kind === "scalar" && typeof args.value === "string" && isTemplate(args.value)) return [];
  const given = withoutExpressions(type, args, withoutTemplates(args));
  const named = type.positionalArg !== undefined && args.kind === "scalar" ? { [type.positionalArg]: given } : given;
  const checked = check(type.args, named);
  if (!("problems" in checked)) return [];
  return argProblems(
    task,
    checked.problems.filter((problem) => isCertain(task, problem)),
  );
}

/** Arguments that are expressions are evaluated later, like templates. */
function withoutExpressions(type: AnyTaskType, args: Node, given: unknown): unknown {
  if (args.kind !== "map" || typeof given !== "object") return given;
  const names = args.entries.map(({ key }) => key).filter((key) => type.expressions[key] !== undefined);
  return { ...given, ...Object.fromEntries(names.map((name) => [name, UNKNOWN])) };
}

function withoutTemplates(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      if (node.sealed !== undefined) return UNKNOWN;
      return typeof node.value === "string" && !node.unsafe && isTemplate(node.value) ? UNKNOWN : node.value;
    case "list":
      return node.items.map(withoutTemplates);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, withoutTemplates(value)]));
  }
}

/** No template can remove the problem: it is about a name, or about a value without templates. */
function isCertain({ args, type }: Arguments, problem: ArgProblem): boolean {
  if (problem.unknownKey !== undefined) return true;
  const missing = missingKey(args, problem);
  if (missing !== undefined) return nodeAt(args, missing.path)?.kind !== "scalar";
  if (type.expressions[String(problem.path[0])] !== undefined) return false;
  const node = nodeAt(args, problem.path);
  return node === undefined ? !hasTemplates(args) : !hasTemplates(node);
}

interface Missing {
  readonly path: Path;
  readonly key: string;
}

/** The argument that a problem reports as missing, if it really is missing. */
function missingKey(args: Node, { path, message }: ArgProblem): Missing | undefined {
  const key = /^`([^`]+)` is missing$/.exec(message)?.[1];
  if (key !== undefined) return nodeAt(args, [...path, key]) === undefined ? { path, key } : undefined;
  const last = path.at(-1);
  const parent = nodeAt(args, path.slice(0, -1));
  if (typeof last !== "string" || parent?.kind !== "map" || nodeAt(parent, [last]) !== undefined) return undefined;
  return { path: path.slice(0, -1), key: last };
}

/** Problems with a task's arguments, each at the value (or key) that it is about. */
export function argProblems(task: Described, problems: readonly ArgProblem[]): readonly Problem[] {
  const meant = new Set(problems.flatMap(({ unknownKey, known }) => closestMatch(unknownKey ?? "", known ?? []) ?? []));
  const misspelt = new Set(
    problems.flatMap(({ unknownKey, path }) => (unknownKey === undefined ? [] : [path.join(".")])),
  );
  return problems
    .filter((problem) => !isOfMisspelt(task, problem, misspelt))
    .filter((problem) => !meant.has(missingKey(task.args, problem)?.key ?? ""))
    .map((problem) => argProblem(task, problem));
}

/** What is wrong with a map as a whole may follow from a key that is misspelt in it. */
function isOfMisspelt({ args }: Described, problem: ArgProblem, misspelt: ReadonlySet<string>): boolean {
  if (problem.unknownKey !== undefined || missingKey(args, problem) !== undefined) return false;
  return misspelt.has(problem.path.join("."));
}

function argProblem(task: Described, problem: ArgProblem): Problem {
  const { args, type } = task;
  if (problem.unknownKey !== undefined) return unknownArgument(task, problem, problem.unknownKey);
  const missing = missingKey(args, problem);
  if (missing !== undefined) return missingArgument(task, missing, problem);
  const wrongType = /^`([^`]+)` is missing$/.exec(problem.message)?.[1];
  const path = wrongType === undefined ? problem.path : [...problem.path, wrongType];
  const node = valueAt(task, path);
  if (node === undefined || path.length === 0) return whole(task, problem);
  const name = nameOf(path, type.kind);
  const place = node.kind === "scalar" ? node.place : ownerPlace(args, path);
  if (problem.known !== undefined) return wrongWord(name, node, place, problem.known);
  if (node.kind === "scalar" && typeof node.value === "number" && problem.message.includes("octal")) {
    return numericMode(name, node, node.value);
  }
  const message = wrongType === undefined ? problem.message : "another kind of value is expected";
  const label = saysKind(message, node) ? got(node) : undefined;
  return {
    severity: "error",
    code: "invalid-value",
    message: message.startsWith("`") ? message : `${name}: ${uncapitalized(message)}`,
    place,
    ...(label === undefined ? {} : { label }),
    ...helpOf(problem),
  };
}

/** Only a message about the kind of a value needs the kind that was read; a number needs no such label. */
function saysKind(message: string, node: Node): boolean {
  if (typeof plainValue(node) === "number" && !/text|name|path|address|quotes/.test(message)) return false;
  return /expected|must be/.test(message);
}

function helpOf({ help }: ArgProblem): Pick<Problem, "help"> {
  return help === undefined ? {} : { help };
}

function plainValue(node: Node): unknown {
  return node.kind === "scalar" ? node.value : undefined;
}

/** If a text means one argument, that argument is the text. */
function valueAt({ args, type }: Described, path: Path): Node | undefined {
  if (args.kind === "scalar" && path.length === 1 && path[0] === type.positionalArg) return args;
  return nodeAt(args, path);
}

function nameOf(path: Path, kind: string): string {
  const shown = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return shown === "" ? `\`${kind}\`` : `\`${shown.replace(/^\./, "")}\``;
}

/** The value that was read, if the line does not show it: `no` is a boolean, `0644` a number. */
function got(node: Node): string | undefined {
  if (node.kind !== "scalar") return `this is ${kindOf(node)}`;
  if (typeof node.value === "string") return undefined;
  if (node.value === null) return "this is empty (null)";
  return String(node.value) === node.text ? `this is ${kindOf(node)}` : `without quotes this is ${String(node.value)}`;
}

/** `mode: 0644` is the number 420, `mode: 644` the mode 1204: the file contains the digits that were meant. */
function numericMode(name: string, { text, place }: ScalarNode, value: number): Problem {
  const digits = /^0?[0-7]{3,4}$/.test(text) ? text.padStart(4, "0") : value.toString(8).padStart(4, "0");
  return {
    severity: "error",
    code: "invalid-value",
    message: `${name} must be an octal number in quotes`,
    place,
    label: `without quotes this is the number ${value}, as a mode ${value.toString(8).padStart(4, "0")}`,
    help: `write \`"${digits}"\``,
  };
}

function unknownArgument(
  { args, type, place, noun = "argument" }: Described,
  problem: ArgProblem,
  key: string,
): Problem {
  const path = [...problem.path, key];
  const known = problem.known ?? [];
  const label = didYouMean(key, known);
  const generic = problem.message.startsWith("unknown argument");
  const at = problem.path.length === 0 ? `\`${type.kind}\`` : nameOf(problem.path, type.kind);
  return {
    severity: "error",
    code: "unknown-key",
    message: generic ? `${at} has no ${noun} \`${key}\`` : problem.message.replace(/: did you mean `[^`]*`\?$/, ""),
    place: args.kind === "scalar" ? place : keyPlaceAt(args, path),
    ...(label === undefined ? {} : { label }),
    ...(label !== undefined || known.length === 0 || !generic
      ? {}
      : { help: `its ${noun}s are ${listNames(known, 40)}` }),
    ...helpOf(problem),
  };
}

function missingArgument(task: Described, { path, key }: Missing, problem: ArgProblem): Problem {
  const inside = path.length > 0;
  const words = problem.known === undefined ? undefined : `one of ${listNames(problem.known)}`;
  return {
    severity: "error",
    code: "missing-key",
    message: `\`${key}\` is required by ${inside ? nameOf(path, task.type.kind) : `\`${task.type.kind}\``}`,
    place: inside ? ownerPlace(task.args, path) : task.place,
    ...(words === undefined ? {} : { help: words }),
    ...helpOf(problem),
  };
}

/** Of something that is not there: its owner's key, if the owner is a block below it. */
function ownerPlace(args: Node, path: Path): Place {
  const [key, value] = [keyPlaceAt(args, path), placeAt(args, path)];
  const isBelow = key.source.text.slice(key.end, value.start).includes("\n");
  return isBelow && typeof path.at(-1) === "string" ? key : value;
}

function wrongWord(name: string, node: Node, place: Place, known: readonly string[]): Problem {
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
  const label = text === undefined ? got(node) : didYouMean(text, known);
  const value = text === undefined ? "" : `, not \`${text.length > 60 ? `${text.slice(0, 59)}…` : text}\``;
  return {
    severity: "error",
    code: "invalid-value",
    message: `${name} must be ${known.length === 1 ? "" : "one of "}${listNames(known, 20)}${value}`,
    place,
    ...(label === undefined ? {} : { label }),
  };
}

/** A problem with the arguments as a whole. */
function whole({ args, type, place }: Described, problem: ArgProblem): Problem {
  const { message, path } = problem;
  const named = message.startsWith("`") ? message : `\`${type.kind}\`: ${uncapitalized(message)}`;
  const isText = args.kind === "scalar" && args.value !== null;
  const at = path.length > 0 ? ownerPlace(args, path) : isText ? args.place : place;
  return { severity: "error", code: "invalid-value", message: named, place: at, ...helpOf(problem) };
}

function uncapitalized(message: string): string {
  if (/^\p{Lu}{2}/u.test(message)) return message;
  return message.charAt(0).toLowerCase() + message.slice(1);
}
