/** Which names a task mentions, before anything is rendered: what it waits for follows from that. */
import type { Place } from "../place.ts";
import type { Templates } from "../playbook/template.ts";
import type { Task, Text } from "../playbook/types.ts";
import type { Node } from "../yaml.ts";
import type { Variable, Variables } from "./variables.ts";

export class Mentions {
  readonly #templates: Templates;
  readonly #direct = new WeakMap<Task, ReadonlySet<string>>();
  readonly #texts = new Map<string, ReadonlySet<string>>();

  constructor(templates: Templates) {
    this.#templates = templates;
  }

  /** Names that a task leads to with a host's variables, by way of variables that mention others. */
  of(task: Task, variables: Variables): ReadonlySet<string> {
    const own = new Set(task.vars.map((entry) => entry.name));
    const direct = [...this.#named(task)].filter((name) => !own.has(name));
    return variables.reach(direct, (text, variable) => this.#inText(text, variable));
  }

  #inText(text: string, variable: Variable): ReadonlySet<string> {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const place = variable.place ?? { source: { file: "", text }, start: 0, end: text.length };
    const names = this.#templates.names(text, place);
    this.#texts.set(text, names);
    return names;
  }

  #named(task: Task): ReadonlySet<string> {
    const known = this.#direct.get(task);
    if (known !== undefined) return known;
    const names = new Set<string>();
    const expression = (text: Text): void => {
      for (const name of this.#templates.expressionNames(text.text, text.place)) names.add(name);
    };
    const text = (value: string, place: Place): void => {
      for (const name of this.#templates.names(value, place)) names.add(name);
    };
    task.when.forEach(expression);
    const named = [...task.notify, ...(task.name === undefined ? [] : [task.name])];
    for (const each of named) text(each.text, each.place);
    if (task.loop !== undefined) for (const [value, place] of textsOf(task.loop)) text(value, place);
    for (const [value, place, isExpression] of argTexts(task)) {
      if (isExpression) expression({ text: value, place });
      else text(value, place);
    }
    for (const { value, place } of task.vars) if (typeof value === "string") text(value, place);
    this.#direct.set(task, names);
    return names;
  }
}

/** The texts in a task's arguments, and whether each is an expression without braces. */
function* argTexts({ args, type }: Task): Generator<readonly [string, Place, boolean]> {
  for (const entry of args.kind === "map" ? args.entries : [{ key: "", value: args }]) {
    const isExpression = type.expressions[entry.key] !== undefined;
    for (const [value, place] of textsOf(entry.value)) yield [value, place, isExpression];
  }
}

function* textsOf(node: Node): Generator<readonly [string, Place]> {
  switch (node.kind) {
    case "scalar":
      if (typeof node.value === "string" && !node.unsafe) yield [node.value, node.place];
      return;
    case "list":
      for (const item of node.items) yield* textsOf(item);
      return;
    case "map":
      for (const entry of node.entries) yield* textsOf(entry.value);
  }
}
