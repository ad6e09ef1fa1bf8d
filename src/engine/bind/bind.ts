/** Binds a task to one host: evaluates its loop, its conditions and its arguments with the variables of the host. */
import type { TaskInstance } from "../../core/task-instance.ts";
import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import type { Place } from "../../core/source.ts";
import { argProblems } from "../../playbook/args.ts";
import { hasTemplates, renderNode } from "../../playbook/render.ts";
import { Unready } from "../../jinja/templates.ts";
import type { Scope, Templates } from "../../jinja/templates.ts";
import type { Task, Text } from "../../playbook/types.ts";
import type { ArgProblem } from "../../core/schema.ts";
import { Secret } from "../../core/secret.ts";
import type { HandlerRef } from "../../core/batch.ts";
import type { Controller } from "../../core/task-type.ts";
import { plain } from "../../yaml/index.ts";
import type { Node } from "../../yaml/index.ts";
import type { BoundTask, ResultConditions } from "../converge/bound-task.ts";
import { resultValue } from "./result.ts";
import { scopeOf } from "../variables/scope.ts";
import type { Layer, Variables } from "../variables/variables.ts";
import type { Bound, Skipped } from "./bound.ts";

export interface Binding {
  readonly templates: Templates;
  /** The host's variables, including the play's, with the task's own layer at its place among them. */
  readonly variables: (own: Layer) => Variables;
  readonly controller: (scope: Scope) => Controller;
  /** Tasks of the run whose arguments are the same for all hosts; the binding adds those it finds. */
  readonly shared: Map<Task, TaskInstance>;
  /** The value of an argument that is to be left out (`{{ x | default(omit) }}`). */
  readonly omit: string;
  /** Handlers by the name that `notify` calls them by; none: there is no such handler. */
  readonly handlers: (name: string) => readonly HandlerRef[];
  /** Advice about a task's arguments, found on the way. */
  readonly advise: (problem: Problem) => void;
}

const DEFAULT_TIMEOUT = 300;
/** Ansible's `until` tries three times when `retries` says nothing. */
const UNTIL_RETRIES = 3;

/** @throws InputError with every problem of the task on this host. */
export async function bindTask(task: Task, ref: string, binding: Binding): Promise<Bound> {
  const variables = binding.variables(new Map(task.vars.map((entry) => [entry.name, entry])));
  if (task.loop === undefined) return [await bindItem(task, { ref, id: ref }, inScope(binding, variables))];
  const placed = inScope(binding, variables);
  const items = loopItems(task, task.loop, placed);
  if (items === undefined) return [await bindItem(task, { ref, id: ref }, placed)];
  return Promise.all(
    items.map(async (item, index) => {
      const own = variables.with(new Map([["item", { value: item, place: undefined, untrusted: true }]]));
      return { ...(await bindItem(task, { ref, id: `${ref}.${index}` }, inScope(binding, own))), item };
    }),
  );
}

type Ids = Pick<BoundTask, "id" | "ref">;

/** A binding with the variables that hold at this task (and item). */
interface ScopedBinding extends Omit<Binding, "variables"> {
  readonly variables: Variables;
  readonly scope: Scope;
}

function inScope(binding: Binding, variables: Variables): ScopedBinding {
  return { ...binding, variables, scope: scopeOf(variables, binding.templates) };
}

/** `undefined`: `when` keeps the task from a loop that cannot be evaluated here, as in Ansible. */
function loopItems(task: Task, loop: Node, placed: ScopedBinding): readonly unknown[] | undefined {
  const { templates, scope } = placed;
  let value: unknown;
  try {
    ({ value } = renderNode(loop, (text, at) => templates.render(text, scope, at)));
  } catch (error) {
    if (error instanceof InputError && isLeftOut(task, placed)) return undefined;
    throw error;
  }
  if (Array.isArray(value)) return value as readonly unknown[];
  const message = `\`loop\` needs a list, got ${value === null ? "nothing" : typeof value === "object" ? "a map" : "text"}`;
  throw new InputError([
    {
      severity: "error",
      code: "invalid-value",
      message,
      place: loop.place,
      help: "a map becomes one with `| dict2items`",
    },
  ]);
}

/** A condition fails before a later one that cannot be evaluated without the loop's item. */
function isLeftOut(task: Task, { templates, scope }: ScopedBinding): boolean {
  try {
    return task.when.some((text) => !templates.test(text.text, scope, text.place));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

async function bindItem(task: Task, ids: Ids, binding: ScopedBinding): Promise<BoundTask | Skipped> {
  const { templates, scope } = binding;
  const failing = task.when.find((text) => !templates.test(text.text, scope, text.place));
  const given = task.name === undefined ? undefined : rendered(task.name, binding);
  if (failing !== undefined) {
    return { skipped: `when: ${failing.text}`, ...ids, name: given ?? task.type.kind, kind: task.type.kind };
  }
  const instance = await instantiateArgs(task, binding);
  const placeOf = (advice: TaskInstance["advice"][number]): Place =>
    argProblems(task, [{ path: advice.path, message: "" }])[0]?.place ?? task.place;
  for (const advice of instance.advice)
    binding.advise({ severity: "warning", code: "advice", ...advice, place: placeOf(advice) });
  // A label contains arguments.
  const own = task.noLog ? instance.kind : `${instance.kind}: ${instance.label}`;
  return boundTask(task, ids, given ?? own, instance, binding);
}

async function instantiateArgs(task: Task, binding: ScopedBinding): Promise<TaskInstance> {
  const known = binding.shared.get(task);
  if (known !== undefined) return known;
  let isShared = Object.keys(task.type.expressions).length === 0 && !hasTemplates(task.args);
  const { read, render } = binding.controller(binding.scope);
  const rendering: typeof render = (file) => {
    isShared = false;
    return render(file);
  };
  const instance = await instantiateFor(task, binding, { read, render: rendering });
  if (isShared) binding.shared.set(task, instance);
  return instance;
}

async function instantiateFor(task: Task, binding: ScopedBinding, controller: Controller): Promise<TaskInstance> {
  const value = renderArgs(task, binding);
  const text = typeof value === "string" || value instanceof Secret;
  const given = hideUnderNoLog(
    task,
    task.type.positionalArg !== undefined && text ? { [task.type.positionalArg]: value } : value,
  );
  try {
    const instance = await task.type.instantiate(
      omitKeys(given, binding.omit),
      locateFileErrors(task, given, controller),
    );
    if (!isProblems(instance)) return instance;
    throw new InputError(argProblems(task, instance));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.problems.map((problem) => ({ place: task.args.place, ...problem })));
  }
}

function hideUnderNoLog({ type, noLog }: Task, given: unknown): unknown {
  if (!noLog || type.secretUnderNoLog === undefined || typeof given !== "object" || given === null) return given;
  const text: unknown = new Map(Object.entries(given)).get(type.secretUnderNoLog);
  return typeof text === "string" ? { ...given, [type.secretUnderNoLog]: new Secret(text) } : given;
}

/** What is wrong with a file is reported at the argument that names it. */
function locateFileErrors({ args }: Task, given: unknown, controller: Controller): Controller {
  const entries = args.kind === "map" ? args.entries : [];
  const values = new Map(Object.entries(given ?? {}));
  return {
    ...controller,
    read: async (path, directory) => {
      try {
        return await controller.read(path, directory);
      } catch (error) {
        const place = entries.find(({ key }) => values.get(key) === path)?.value.place;
        if (!(error instanceof InputError) || place === undefined) throw error;
        throw new InputError(error.problems.map((problem) => ({ place, ...problem })));
      }
    },
  };
}

/**
 * Templates are rendered; arguments that are expressions are evaluated. An argument that a template turns into none is
 * left out, as in Ansible.
 */
function renderArgs({ type, args }: Task, { templates, scope }: ScopedBinding): unknown {
  const render = (node: Node): unknown => renderNode(node, (text, at) => templates.render(text, scope, at)).value;
  if (args.kind !== "map") return render(args) ?? (hasTemplates(args) ? {} : null);
  return Object.fromEntries(
    args.entries.flatMap(({ key, value }) => {
      const how = type.expressions[key];
      if (how === "condition") return [[key, conditions(value, (text, at) => templates.test(text, scope, at))]];
      if (how === "value") return [[key, evaluated(value, (text, at) => templates.evaluate(text, scope, at))]];
      const made = render(value);
      return made === null && hasTemplates(value) ? [] : [[key, made]];
    }),
  );
}

function evaluated(node: Node, evaluate: (text: string, at: Place) => unknown): unknown {
  return node.kind === "scalar" && typeof node.value === "string" ? evaluate(node.value, node.place) : plain(node);
}

function conditions(node: Node, test: (text: string, at: Place) => boolean): unknown {
  if (node.kind === "list") return node.items.map((item) => conditions(item, test));
  if (node.kind === "map") return plain(node);
  const condition = String(node.value);
  return { condition, holds: typeof node.value === "string" ? test(condition, node.place) : node.value };
}

/** None prints nothing. */
function textOf(value: unknown): string {
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- a name that is a map is shown as one
  return value === null ? "" : String(value);
}

function isProblems(instance: TaskInstance | readonly ArgProblem[]): instance is readonly ArgProblem[] {
  return Array.isArray(instance);
}

/** Drops what is `omit`. */
function omitKeys(value: unknown, omit: string): unknown {
  if (Array.isArray(value)) return value.filter((each) => each !== omit).map((each) => omitKeys(each, omit));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== omit);
  return Object.fromEntries(kept.map(([key, each]) => [key, omitKeys(each, omit)]));
}

function boundTask(task: Task, ids: Ids, name: string, instance: TaskInstance, binding: ScopedBinding): BoundTask {
  const { ignoreErrors, noLog, delay } = task;
  const retries = task.retries ?? (task.until.length > 0 ? UNTIL_RETRIES : 0);
  const notify = task.changedWhen === false ? [] : task.notify.flatMap((text) => notified(text, binding));
  return {
    ...{ ...ids, name, instance, notify, ignoreErrors, noLog, delay },
    handler: undefined,
    retries,
    timeout: task.timeout ?? DEFAULT_TIMEOUT,
    endsBatch: task.register !== undefined || isJudgedHere(task) || (ignoreErrors && notify.length > 0),
    neverChanges: task.changedWhen === false,
    resultConditions: (result) => resultConditionsOf(task, resultValue(result, { instance, retries }), binding),
  };
}

function rendered({ text, place, unsafe }: Text, { templates, scope }: ScopedBinding): string {
  return unsafe === true ? text : textOf(templates.render(text, scope, place));
}

function notified(text: Text, binding: ScopedBinding): readonly HandlerRef[] {
  const name = rendered(text, binding);
  const dues = binding.handlers(name);
  if (dues.length > 0) return dues;
  const message = `unknown handler \`${name}\``;
  const help = "declare each handler that a template names, also `reload UNIT` and `restart UNIT`";
  throw new InputError([{ severity: "error", code: "unknown-handler", message, place: text.place, help }]);
}

/** The host cannot know the status of the task: only expressions decide it. */
function isJudgedHere({ until, failedWhen, changedWhen }: Task): boolean {
  return until.length > 0 || failedWhen !== undefined || Array.isArray(changedWhen);
}

/** A running task does not wait for what its expressions fetch. */
function withoutWaiting<T>(place: Place, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Unready)) throw error;
    const message = "a condition on a result cannot read an encrypted file or a program's output";
    const help = "put the lookup into `vars` of a play and use that variable in an earlier task";
    throw new InputError([{ severity: "error", code: "template-error", message, place, help }]);
  }
}

function resultConditionsOf(
  task: Task,
  result: ReturnType<typeof resultValue>,
  { templates, variables }: ScopedBinding,
): ResultConditions {
  const name = task.register ?? "result";
  const value = { value: result, place: undefined, untrusted: true };
  const scope = scopeOf(variables.with(new Map([[name, value]])), templates);
  const holds = (texts: readonly Text[]): boolean =>
    texts.every(({ text, place }) => withoutWaiting(place, () => templates.test(text, scope, place)));
  const said = (when: boolean | readonly Text[] | undefined): boolean | undefined =>
    when === undefined || typeof when === "boolean" ? when : holds(when);
  const again = task.until.length === 0 ? undefined : !holds(task.until);
  return { failed: said(task.failedWhen), changed: said(task.changedWhen), again };
}
