/**
 * A playbook as data: read, checked as far as possible without variables, with the place of every value.
 * (src/engine/bind/bind.ts binds it to hosts; consider its needs when this changes.)
 */
import type { BecomeWords } from "../core/target.ts";
import type { AnyTaskType } from "../core/task-instance.ts";
import type { Place } from "../core/source.ts";
import type { Node } from "../yaml/index.ts";

/** A text that may hold `{{ }}`, or an expression without braces; with its place. */
export interface Text {
  readonly text: string;
  readonly place: Place;
  /** Written with `!unsafe`: data, never rendered. */
  readonly unsafe?: boolean;
}

export interface Playbook {
  readonly path: string;
  /** The directory of `files/`, `templates/` and `vars_files`. */
  readonly directory: string;
  readonly plays: readonly Play[];
}

export interface Play {
  readonly name: string;
  readonly hosts: Text;
  /** Batches of hosts, one after another: numbers or percentages of the play's hosts; empty: all at once. */
  readonly serial: readonly (number | `${number}%`)[];
  /** Percent of a batch; more failures than that end the run. `undefined`: only when no host is left. */
  readonly maxFailPercentage: number | undefined;
  readonly anyErrorsFatal: boolean;
  readonly become: BecomeWords;
  /** The play's `vars`, in order. */
  readonly vars: readonly VarEntry[];
  /** Files of `vars_files`, read already. */
  readonly varsFiles: readonly { readonly path: string; readonly vars: readonly VarEntry[] }[];
  /** pre_tasks, tasks, post_tasks in order; `flush` marks where handlers run (at the end of each of them as well). */
  readonly tasks: readonly (Task | Flush)[];
  readonly handlers: readonly Handler[];
  readonly tags: readonly string[];
  readonly place: Place;
}

export interface Flush {
  readonly flush: true;
  readonly place: Place;
}

export interface VarEntry {
  readonly name: string;
  /** Raw: strings in it may hold templates. */
  readonly value: unknown;
  readonly place: Place;
  /** The value with the place of every part. */
  readonly node: Node;
  /** Written with `!unsafe`: data, never rendered. */
  readonly untrusted?: boolean;
}

export interface Task {
  /** As given, may hold templates; `undefined`: the type and its label are shown. */
  readonly name: Text | undefined;
  readonly type: AnyTaskType;
  /** The arguments as a node (a map; or text for types with `short`). */
  readonly args: Node;
  /** The task's own `when` (all must hold). */
  readonly when: readonly Text[];
  /** A list, or a text that yields one. */
  readonly loop: Node | undefined;
  readonly register: string | undefined;
  readonly notify: readonly Text[];
  /** Its own and its play's. */
  readonly tags: readonly string[];
  readonly become: BecomeWords;
  readonly ignoreErrors: boolean;
  readonly noLog: boolean;
  /** `undefined`: not tried again. */
  readonly retries: number | undefined;
  /** Seconds between tries; 5 when left out, as in Ansible. */
  readonly delay: number;
  readonly until: readonly Text[];
  /** `undefined`: the type decides. Texts must all hold; a literal true or false is the answer itself. */
  readonly changedWhen: boolean | readonly Text[] | undefined;
  readonly failedWhen: boolean | readonly Text[] | undefined;
  readonly vars: readonly VarEntry[];
  /** Seconds; `undefined`: the default deadline. */
  readonly timeout: number | undefined;
  readonly place: Place;
}

export interface Handler extends Task {
  /** Other names by which `notify` may call it. */
  readonly listen: readonly string[];
}

export function isFlush(entry: Task | Flush): entry is Flush {
  return "flush" in entry;
}
