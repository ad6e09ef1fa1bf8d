/**
 * Collects the handlers of a play: those that it declares, and the built-in `reload X` and `restart X` that tasks
 * notify.
 */
import type { AnyTaskType } from "../core/task-instance.ts";
import type { Place } from "../core/source.ts";
import type { Handler, Play, Task, Text } from "../playbook/types.ts";
import { isFlush } from "../playbook/types.ts";
import type { HandlerRef } from "../core/batch.ts";
import type { Node } from "../yaml/index.ts";
import { builtInHandler } from "../playbook/built-in.ts";
import { handlerRef } from "./converge/handler-key.ts";

export interface PlayHandler {
  readonly due: HandlerRef;
  readonly task: Task;
  /** The names that `notify` may call it by. */
  readonly names: readonly string[];
}

/** In the order in which they run. Of several that are called the same the last one is meant, as in Ansible. */
export function handlersOf(play: Play, service: AnyTaskType): readonly PlayHandler[] {
  const declared = play.handlers
    .filter(({ name }, index) => !play.handlers.some((other, at) => at > index && isNamed(other, name?.text)))
    .map(declaredHandler);
  const known = new Set(declared.flatMap(({ names }) => names));
  const tasks = [...play.tasks.flatMap((task) => (isFlush(task) ? [] : [task])), ...play.handlers];
  const builtIn = new Map<string, PlayHandler>();
  for (const text of tasks.flatMap(({ notify }) => notify)) {
    if (known.has(text.text) || builtIn.has(text.text)) continue;
    const made = builtInTask(text, play, service);
    if (made !== undefined) builtIn.set(text.text, made);
  }
  return [...declared, ...builtIn.values()];
}

function isNamed(handler: Handler, name: string | undefined): boolean {
  return name !== undefined && handler.name?.text === name;
}

/** One without a name is known by what it listens to, and by its place among those that do so as well. */
function declaredHandler(task: Handler, index: number, all: readonly Handler[]): PlayHandler {
  const name = task.name?.text;
  if (name !== undefined) return { due: handlerRef(name), task, names: [name, ...task.listen] };
  const topic = (each: Handler): string => `${each.type.kind} ${each.listen.join(", ")}`;
  const before = all.slice(0, index).filter((each) => each.name === undefined && topic(each) === topic(task)).length;
  return { due: handlerRef(`${topic(task)} #${before + 1}`), task, names: task.listen };
}

function builtInTask(text: Text, play: Play, service: AnyTaskType): PlayHandler | undefined {
  const builtIn = builtInHandler(text.text);
  if (builtIn === undefined) return undefined;
  const { place } = text;
  const args = mapNode({ name: builtIn.unit, state: builtIn.state }, place);
  const task: Task = { ...BARE, name: text, type: service, args, tags: play.tags, place };
  return { due: handlerRef(text.text), task, names: [text.text] };
}

const BARE = {
  ...{ when: [], loop: undefined, register: undefined, notify: [], tags: [], until: [], vars: [] },
  ...{ become: { become: undefined, user: undefined }, ignoreErrors: false, noLog: false },
  ...{ retries: undefined, delay: 5, changedWhen: undefined, failedWhen: undefined, timeout: undefined },
} as const;

function mapNode(values: Readonly<Record<string, string>>, place: Place): Node {
  const entries = Object.entries(values).map(([key, value]) => {
    const scalar: Node = { kind: "scalar", value, text: value, place, unsafe: false };
    return { key, keyPlace: place, value: scalar };
  });
  return { kind: "map", entries, place };
}
