/** Defines the input of a run, and a prepared play. */
import { taskRef } from "./converge/task-ref.ts";
import type { AnyTaskType } from "../core/task-instance.ts";
import type { Problem } from "../core/problem.ts";
import type { Host } from "../inventory/types.ts";
import type { Scope } from "../jinja/templates.ts";
import type { Play, Playbook } from "../playbook/types.ts";
import type { BecomeWords } from "../core/target.ts";
import type { Cost } from "../core/batch.ts";
import type { Controller } from "../core/task-type.ts";
import type { PlayHandler } from "./handlers.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import type { MagicContext } from "./variables/magic-variables.ts";
import type { TagChoice } from "./tag-filter.ts";
import type { ShellConnection } from "../core/batch.ts";
import type { Layer } from "./variables/variables.ts";
import type { RunContext } from "./run-context.ts";

/** How a host is talked to. */
export interface Reach {
  /** The shell of the user that tasks run as; the same one for the same user. */
  readonly link: (become: BecomeWords) => ShellConnection;
  readonly cost: () => Cost;
}

export interface RunInput extends MagicContext {
  readonly playbook: Playbook;
  readonly hostsOf: (play: Play) => readonly Host[];
  /** Those of the play that `--limit` leaves out. */
  readonly leftOutOf: (play: Play) => readonly Host[];
  readonly choice: TagChoice;
  /** `-e`: above all others. */
  readonly extra: Layer;
  readonly world: RunContext;
  readonly service: AnyTaskType;
  readonly reach: (host: Host) => Reach;
  readonly read: Controller["read"];
  readonly render: (file: Parameters<Controller["render"]>[0], scope: Scope) => ReturnType<Controller["render"]>;
  readonly advise: (problem: Problem) => void;
}

/** A play with everything that is the same for all of its hosts. */
export interface PreparedPlay {
  readonly index: number;
  readonly play: Play;
  readonly vars: readonly Layer[];
  /** Those that the tags choose; a task's index here is its place. */
  readonly tasks: Play["tasks"];
  readonly handlers: readonly PlayHandler[];
  readonly hosts: readonly Host[];
  /** The same hosts as `serial` takes them. */
  readonly batches: readonly (readonly Host[])[];
}

/** The play's handlers as they run at a flush: `pass` flushes came before it. */
export function handlerRefs({ index, handlers }: PreparedPlay, pass: number): readonly TaskRef[] {
  return handlers.map(({ due, task }, at) => taskRef({ play: index, index: at, flush: pass }, task, due));
}
