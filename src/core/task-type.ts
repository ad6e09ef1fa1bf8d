/**
 * Defines a task type: how to look, what it wants, how to act. A type never runs anything. It knows no hosts,
 * connections or reports; the engine does the rest (docs/decisions/0001).
 */
import type { Schema } from "./schema.ts";
import type { Secret } from "./secret.ts";
import type { Sh } from "./shell.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A state: flat, comparable data. The parsed output of a look, or the wanted state. */
export type AnyState = { readonly [key: string]: Json | undefined };

/**
 * The result of a fragment of shell. `out` and `err` are UTF-8 with replacement characters; `bytes` is `out` as
 * received.
 */
export interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly bytes: Uint8Array;
  /** It printed more than this. The host threw the rest away. */
  readonly cut?: true;
}

/**
 * The state cannot be evaluated: a tool, a unit or a file is missing. If an earlier task changes something, the task
 * waits for it. Otherwise it fails with this reason.
 */
export class Blocked {
  readonly why: string;
  readonly hint: string | undefined;
  /** Which earlier change can remove the reason; left out: any. */
  readonly liftedBy: LiftedBy | undefined;

  constructor(why: string, hint?: string, liftedBy?: LiftedBy) {
    this.why = why;
    this.hint = hint;
    this.liftedBy = liftedBy;
  }
}

/** A pending change: the kind of its task, and the label of its task (`TaskType.label`). */
export interface Change {
  readonly kind: string;
  readonly about: string;
}

export type LiftedBy = (change: Change) => boolean;

/**
 * The difference between the state and the wanted state: only the keys that differ. An `undefined` side does not exist.
 */
export interface Delta<State extends AnyState = AnyState> {
  readonly before: State | undefined;
  readonly after: Partial<State> | undefined;
  readonly keys: readonly (keyof State & string)[];
}

/** The new content is not tested on the host, and why. */
export class Untested {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** A text before and after, for a line-by-line diff. `undefined`: no such file. */
export interface TextChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** An argument that works but is a known mistake in this field, and what to write instead. */
export interface Advice {
  /** The path to it in the arguments. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help?: string;
  readonly note?: string;
}

/** The controller, as a type sees it while its arguments are bound to a host. */
export interface Controller {
  /**
   * A playbook file: the path as given, or in `files/` or `templates/` next to the playbook.
   * @throws InputError when there is no such file
   */
  read(path: string, directory: "files" | "templates"): Promise<PlaybookFile>;
  /**
   * Renders a template with the variables of the host that is being bound. The result is a secret if it contains one.
   */
  render(file: PlaybookFile): string | Secret;
}

/** A file that belongs to the playbook. */
export interface PlaybookFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** It was encrypted: its content is never shown. */
  readonly secret?: boolean;
}

/**
 * Evaluates the states of several hosts at once: why the assertion does not hold, or `undefined`.
 * @param partial some hosts were not looked at. Then it only reports what is wrong whatever their states are.
 */
export type EvaluateAcrossHosts<State> = (
  states: ReadonlyMap<string, State | undefined>,
  some: boolean,
) => string | undefined;

export interface TaskType<Args, State extends AnyState> {
  /** The key of the type in a playbook. */
  readonly kind: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** Markdown paragraphs for the documentation page: what it looks at, what it does, what to mind. */
  readonly notes?: string;
  /** Playbook snippets for the documentation page; each is checked against `args`. */
  readonly examples: readonly string[];
  readonly args: Schema<Args>;
  /** A string in the playbook (`command: uptime`) is the value of this argument. */
  readonly positionalArg?: keyof Args & string;
  /** With `no_log` this argument is a secret; otherwise the host's process list would show it. */
  readonly secretUnderNoLog?: keyof Args & string;
  /**
   * Arguments whose texts are expressions without braces. `value`: the value of the expression replaces the text.
   * `condition`: `{ condition: text, holds: boolean }` replaces the text, or each text of a list.
   */
  readonly expressions?: Readonly<Partial<Record<keyof Args & string, "value" | "condition">>>;

  /** Adds to the arguments what only the controller has: file contents, rendered templates. */
  prepare?(args: Args, controller: Controller): Promise<Args>;
  /** The object of the task, for reports: `port 80/tcp in zone internal`. */
  label(args: Args): string;
  /**
   * POSIX sh that only reads. It prints only what `read` needs: no times, no counters. It runs in a subshell with
   * standard input at /dev/null, `LC_ALL=C` and the functions of src/remote/shell/base-functions.ts. A question that
   * several looks can ask together is a function with `prefetch` (src/core/shell.ts).
   */
  look(args: Args): Sh;
  /** Parses the output of the look. `undefined`: the object does not exist. */
  read(seen: Output, args: Args): State | undefined | Blocked;
  /**
   * The wanted state. It may depend on the present state, such as an installed version. `undefined`: it must not exist.
   */
  want(args: Args, seen: State | undefined): Partial<State> | undefined | Blocked;
  /** The difference; `undefined`: none. Left out: the wanted keys are compared one by one. */
  diff?(before: State | undefined, after: Partial<State> | undefined, args: Args): Delta<State> | undefined;
  /**
   * POSIX sh that removes the difference. It runs under `set -e` with standard input at /dev/null.
   * Left out: the type is an assertion, and `explainFailure` says why it does not hold.
   */
  act?(delta: Delta<State>, args: Args): Sh;
  /**
   * Checks that the change lasts, such as a started service that stays up: POSIX sh that fails if it did not. It runs
   * half a second after the act. Descriptor 3 holds what the act wrote there; if that is empty, the wait is skipped.
   * Consecutive tasks with a check are all applied first and checked together. Descriptor 4 is a file that they share,
   * for work that is needed only once.
   */
  stabilityCheck?(delta: Delta<State>, args: Args): Sh | undefined;
  /**
   * For dry runs, when there is a difference: POSIX sh that gives the new content to a tool of the host
   * (src/remote/shell/candidate-functions.ts). It fails, with the reason on standard error, if the tool refuses the
   * content. It runs like a look and changes nothing. Lines that begin with `note: ` are reported. Exit code 69: the
   * tool could not run.
   */
  test?(delta: Delta<State>, args: Args): Sh | Untested | undefined;
  /** The name of that tool: `keepalived`. */
  testedBy?(args: Args): string | undefined;
  /**
   * Keys of the state that a successful act sets in one atomic operation (a rename). If the next look sees other
   * values, someone else changed them after the act.
   */
  readonly atomicKeys?: readonly (keyof State & string)[];
  /** For assertions: why it does not hold, in one line. */
  explainFailure?(delta: Delta<State>, args: Args): string;
  /**
   * For assertions over all hosts of the play at once; it replaces `want`. `undefined`: with these arguments each host
   * is alone.
   */
  evaluateAcrossHosts?(args: Args): EvaluateAcrossHosts<State> | undefined;
  /** The act runs foreign programs (a command, package scripts), and their output has no limit. */
  unboundedOutput?(args: Args): boolean;
  /** The act always runs (a command, a restart), and the look does not show whether it took place. */
  alwaysRuns?(args: Args): boolean;
  /** The value that a task reports, for programs that read events (`debug`). */
  value?(args: Args): unknown;
  /** The arguments that `register` keeps, under Ansible's names: `cmd` of a command, `msg` of a message. */
  returns?(args: Args): Readonly<Record<string, unknown>>;
  /** The look waits for the network, not for the host. Such looks run in parallel. */
  waitsForNetwork?(args: Args): boolean;
  /**
   * An act on another host can change what the look sees: another host answers it, or VRRP or a health check moves it.
   * The default is `waitsForNetwork`; it is always true of looks from the controller.
   */
  affectedByOtherHosts?(args: Args): boolean;
  /** Where the look runs; the default is `host`. */
  from?(args: Args): "host" | "controller";
  /** The text that changes, for `--diff`. */
  textDiff?(delta: Delta<State>, args: Args): TextChange | undefined;
  /** Known mistakes of the field in the arguments. */
  advise?(args: Args): readonly Advice[];
}

/** Declares a task type. It is the identity function; it lets TypeScript infer the types. */
export function taskType<Args, State extends AnyState>(type: TaskType<Args, State>): TaskType<Args, State> {
  return type;
}
