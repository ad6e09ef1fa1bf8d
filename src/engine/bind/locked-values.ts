/**
 * Finds encrypted values that no vault password opened. A task that uses one is an error before any host is reached.
 */
import type { Problem } from "../../core/problem.ts";
import type { Task } from "../../playbook/types.ts";
import { Sealed } from "../../vault/sealed.ts";
import { scalars } from "../../yaml/index.ts";
import type { Node } from "../../yaml/index.ts";
import type { VariableReferences } from "./references.ts";
import type { Layer, Variables } from "../variables/variables.ts";

/** The locked values that a task leads to: those in itself, and those of variables that it mentions. */
export function lockedFor(task: Task, variables: Variables, mentions: VariableReferences): readonly Problem[] {
  const own = once(IN_TASKS, task, lockedInTask);
  if (own !== undefined) return [own];
  const names = lockedNames(variables);
  return names.size === 0 ? [] : [...mentions.of(task, variables)].flatMap((name) => names.get(name) ?? []);
}

/** The names whose values, as far as they are used, contain a locked value. */
function lockedNames({ layers }: Variables): ReadonlyMap<string, Problem> {
  const locked = new Map<string, Problem>();
  for (const layer of layers) {
    for (const name of locked.keys()) if (layer.has(name)) locked.delete(name);
    for (const [name, problem] of once(IN_LAYERS, layer, lockedInLayer)) locked.set(name, problem);
  }
  return locked;
}

function lockedInLayer(layer: Layer): readonly (readonly [string, Problem])[] {
  return [...layer].flatMap(([name, { value }]) => {
    const problem = lockedIn(value);
    return problem === undefined ? [] : [[name, problem] as const];
  });
}

function lockedIn(value: unknown): Problem | undefined {
  if (value instanceof Sealed) return value.problem;
  return typeof value === "object" && value !== null ? once(IN_VALUES, value, lockedWithin) : undefined;
}

function lockedWithin(value: object): Problem | undefined {
  const parts: readonly unknown[] = Array.isArray(value) ? value : isPlain(value) ? Object.values(value) : [];
  return firstOf(parts, lockedIn);
}

/** Hosts share tasks, layers and values: each is searched once. */
const IN_TASKS = new WeakMap<Task, { readonly found: Problem | undefined }>();
const IN_LAYERS = new WeakMap<Layer, { readonly found: ReturnType<typeof lockedInLayer> }>();
const IN_VALUES = new WeakMap<object, { readonly found: Problem | undefined }>();

function once<K extends object, V>(memo: WeakMap<K, { readonly found: V }>, key: K, find: (key: K) => V): V {
  const known = memo.get(key) ?? { found: find(key) };
  memo.set(key, known);
  return known.found;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A locked value in the task itself. */
function lockedInTask({ args, loop, vars }: Task): Problem | undefined {
  return (
    lockedInNode(args) ??
    (loop === undefined ? undefined : lockedInNode(loop)) ??
    firstOf(vars, ({ value }) => lockedIn(value))
  );
}

function lockedInNode(node: Node): Problem | undefined {
  return firstOf(scalars(node), ({ sealed }) => sealed?.problem);
}

function firstOf<T>(parts: Iterable<T>, look: (part: T) => Problem | undefined): Problem | undefined {
  for (const part of parts) {
    const problem = look(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
