/** The handlers of a play: those that it declares, and the built-in `reload X` and `restart X` that its tasks notify. */
import type { AnyTaskType } from "../closed.ts";
import type { Place } from "../place.ts";
import type { Handler, Play, Task, Text } from "../playbook/types.ts";
import { isFlush } from "../playbook/types.ts";
import type { Due } from "../session.ts";
import type { Node } from "../yaml.ts";
import { builtInHandler, dueOf } from "./due.ts";

export interface PlayHandler {
  readonly due: Due;
  readonly task: Task;
  /** The names that `notify` may call it by. */
  readonly names: readonly string[];
}

export function handlersOf(play: Play, service: AnyTaskType): readonly PlayHandler[] {
  const declared = play.handlers.map(declaredHandler);
  const known = new Set(declared.flatMap(({ names }) => names));
  const notified = play.tasks.flatMap((task) => (isFlush(task) ? [] : task.notify));
  const builtIn = new Map<string, PlayHandler>();
  for (const text of notified) {
    if (!known.has(text.text) && !builtIn.has(text.text)) {
      const made = builtInTask(text, play, service);
      if (made !== undefined) builtIn.set(text.text, made);
    }
  }
  return [...declared, ...builtIn.values()];
}

function declaredHandler(task: Handler): PlayHandler {
  const name = task.name?.text ?? task.type.kind;
  return { due: dueOf(name), task, names: [name, ...task.listen] };
}

function builtInTask(text: Text, play: Play, service: AnyTaskType): PlayHandler | undefined {
  const builtIn = builtInHandler(text.text);
  if (builtIn === undefined) return undefined;
  const { place } = text;
  const args = mapNode({ name: builtIn.unit, state: builtIn.state }, place);
  const task: Task = { ...BARE, name: text, type: service, args, tags: play.tags, place };
  return { due: dueOf(text.text), task, names: [text.text] };
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
