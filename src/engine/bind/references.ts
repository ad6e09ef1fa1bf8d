/** Finds the names that a task references, before anything is rendered. They decide what the task waits for. */
import type { Place } from "../../core/source.ts";
import type { Templates } from "../../jinja/templates.ts";
import type { Task, Text } from "../../playbook/types.ts";
import { scalars } from "../../yaml/index.ts";
import type { Node } from "../../yaml/index.ts";
import type { Variables } from "../variables/variables.ts";

export class VariableReferences {
  readonly #templates: Templates;
  readonly #direct = new WeakMap<Task, ReadonlySet<string>>();
  readonly #texts = new Map<string, ReadonlySet<string>>();

  constructor(templates: Templates) {
    this.#templates = templates;
  }

  /**
   * Names that a task leads to, by way of variables that mention others.
   * @param variables a host's, the task's own among them
   */
  of(task: Task, variables: Variables): ReadonlySet<string> {
    return variables.reach(this.#named(task), (text, variable) => this.#inText(text, variable.place));
  }

  #inText(text: string, at?: Place): ReadonlySet<string> {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const names = this.#templates.names(text, at ?? { source: { file: "", text }, start: 0, end: text.length });
    this.#texts.set(text, names);
    return names;
  }

  #named(task: Task): ReadonlySet<string> {
    const known = this.#direct.get(task);
    if (known !== undefined) return known;
    const names = new Set([
      ...textsIn(task).flatMap(({ text, place }) => [...this.#templates.names(text, place)]),
      ...expressionsIn(task).flatMap((text) => this.#inExpression(text)),
      ...ownExpressions(task).flatMap((text) => this.#inExpression(text).filter((name) => name !== ownName(task))),
    ]);
    this.#direct.set(task, names);
    return names;
  }

  #inExpression({ text, place }: Text): readonly string[] {
    return [...this.#templates.expressionNames(text, place)];
  }
}

/** What `until`, `failed_when` and `changed_when` call the result that they evaluate. */
function ownName({ register }: Task): string {
  return register ?? "result";
}

function ownExpressions({ until, failedWhen, changedWhen }: Task): readonly Text[] {
  return [failedWhen, changedWhen]
    .flatMap((when) => (when === undefined || typeof when === "boolean" ? [] : when))
    .concat(until);
}

function textsIn(task: Task): readonly Text[] {
  const named = [...task.notify, ...(task.name === undefined ? [] : [task.name])];
  const loop = task.loop === undefined ? [] : [...textsOf(task.loop)];
  return [...named.filter(({ unsafe }) => unsafe !== true), ...loop, ...argTexts(task, false)];
}

function expressionsIn(task: Task): readonly Text[] {
  return [...task.when, ...argTexts(task, true)];
}

/** The texts in a task's arguments: those with braces, or those that are expressions without. */
function argTexts({ args, type }: Task, expressions: boolean): readonly Text[] {
  const entries = args.kind === "map" ? args.entries : [{ key: "", value: args }];
  const wanted = entries.filter(({ key }) => (type.expressions[key] !== undefined) === expressions);
  return wanted.flatMap(({ value }) => [...textsOf(value)]);
}

function* textsOf(node: Node): Generator<Text> {
  for (const { value, unsafe, place } of scalars(node)) {
    if (typeof value === "string" && !unsafe) yield { text: value, place };
  }
}
