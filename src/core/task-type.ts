/**
 * What a task type is: how to look, what it wants, how to act. A type never runs anything and knows nothing of
 * hosts, connections or reports; the engine does the rest (docs/decisions/0001).
 */
import type { Schema } from "./schema.ts";
import type { Secret } from "./secret.ts";
import type { Sh } from "./shell.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A state: flat, comparable data. What a look printed, understood; or what is wanted. */
export type AnyState = { readonly [key: string]: Json | undefined };

/** What a fragment of shell brought back. `out` and `err` are UTF-8 with replacement; `bytes` is `out` as it came. */
export interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly bytes: Uint8Array;
  /** It printed more than this: the rest was thrown away on the host. */
  readonly cut?: true;
}

/**
 * The state cannot be judged yet: a tool, a unit or a file is not there. If an earlier task is due to change
 * something, the task waits for it; if none is, it fails with this reason.
 */
export class Blocked {
  readonly why: string;
  readonly hint: string | undefined;
  /** Which earlier change may make an end of it; left out: any. */
  readonly liftedBy: LiftedBy | undefined;

  constructor(why: string, hint?: string, liftedBy?: LiftedBy) {
    this.why = why;
    this.hint = hint;
    this.liftedBy = liftedBy;
  }
}

/** A change that is due: the kind of the task, and what it is about (`TaskType.label`). */
export interface Change {
  readonly kind: string;
  readonly about: string;
}

export type LiftedBy = (change: Change) => boolean;

/** The difference between what is and what is wanted: only the keys that differ. `undefined` for a whole side: not there. */
export interface Delta<State extends AnyState = AnyState> {
  readonly before: State | undefined;
  readonly after: Partial<State> | undefined;
  readonly keys: readonly (keyof State & string)[];
}

/** What would be written is not tested on the host, and why. */
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

/** Something in the arguments that works but is a mistake in this field, and what to write instead. */
export interface Advice {
  /** Where in the arguments. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help?: string;
  readonly note?: string;
}

/** What a type may ask of the controller while its arguments are bound to a host. */
export interface Controller {
  /** A file of the playbook's: as given, or in `files/` or `templates/` beside the playbook. Throws `InputError` when there is none. */
  read(path: string, folder: "files" | "templates"): Promise<PlaybookFile>;
  /** Renders a template with the variables of the host that is being bound; a secret, if there is one in it. */
  render(file: PlaybookFile): string | Secret;
}

/** A file of the playbook's. */
export interface PlaybookFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** It was encrypted: what is in it is not shown. */
  readonly secret?: boolean;
}

/**
 * What is wrong among hosts, or `undefined`.
 * @param some there are more hosts, which were not looked at: only what is wrong whatever they are like
 */
export type EvaluateAcrossHosts<State> = (
  states: ReadonlyMap<string, State | undefined>,
  some: boolean,
) => string | undefined;

export interface TaskType<Args, State extends AnyState> {
  /** The key in the playbook. */
  readonly kind: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** Markdown paragraphs for the documentation page: what is looked at, what is done, what to mind. */
  readonly notes?: string;
  /** Playbook snippets for the documentation page; each is checked against `args`. */
  readonly examples: readonly string[];
  readonly args: Schema<Args>;
  /** A string in the playbook (`command: uptime`) stands for this argument. */
  readonly positionalArg?: keyof Args & string;
  /** With `no_log` this argument is a secret, whatever it is made of: the host's process list has it otherwise. */
  readonly secretUnderNoLog?: keyof Args & string;
  /**
   * Arguments whose texts are expressions without braces. `value`: the text becomes its value; `condition`: it (or each
   * of a list) becomes `{ condition: text, holds: boolean }`.
   */
  readonly expressions?: Readonly<Partial<Record<keyof Args & string, "value" | "condition">>>;

  /** Reads what the controller has to give (file contents, rendered templates) into the arguments. */
  prepare?(args: Args, controller: Controller): Promise<Args>;
  /** What the task is about, for reports: `port 80/tcp in zone internal`. */
  label(args: Args): string;
  /**
   * POSIX sh that only reads, and prints only what is judged: no times, no counters. It runs in a subshell with
   * standard input at /dev/null, `LC_ALL=C` and the functions of src/remote/shell/base-functions.ts. What looks of one kind can ask together
   * stands in a function that they call (`ahead` in src/core/shell.ts).
   */
  look(args: Args): Sh;
  /** Understands what the look printed. `undefined`: it is not there. */
  read(seen: Output, args: Args): State | undefined | Blocked;
  /** What shall be, given what is (for what depends on the installed version). `undefined`: it shall not be there. */
  want(args: Args, seen: State | undefined): Partial<State> | undefined | Blocked;
  /** `undefined`: nothing differs. Left out: key by key, for the keys that are wanted. */
  diff?(before: State | undefined, after: Partial<State> | undefined, args: Args): Delta<State> | undefined;
  /**
   * POSIX sh that makes the difference go away; runs under `set -e` with standard input at /dev/null.
   * Left out: the task is an assertion, and `wrong` says why it does not hold.
   */
  act?(delta: Delta<State>, args: Args): Sh;
  /**
   * What acting brought about has to last (a service that was started): POSIX sh that fails if it has not, run half a second
   * after the act. It reads from descriptor 3 what the act wrote there; when that is nothing, nobody waits. Tasks in a row
   * that have one are all acted on before any is asked; what is to be done once for all of them the first does, and says so on
   * descriptor 4, a file that they share.
   */
  stabilityCheck?(delta: Delta<State>, args: Args): Sh | undefined;
  /**
   * In a dry run, where there is a difference: POSIX sh that shows what would be written to a tool of the host's (src/remote/shell/candidate-functions.ts)
   * and fails, with the reason on standard error, where that refuses it. It runs as a look does, and leaves the host as it was.
   * What `note: ` stands before is passed on. Code 69: the tool could not be asked, and why.
   */
  test?(delta: Delta<State>, args: Args): Sh | Untested | undefined;
  /** The tool that tests: `keepalived`. */
  testedBy?(args: Args): string | undefined;
  /**
   * Keys of the state that an act which ended well has made right, whole and at once (a rename): where the look after it sees them
   * otherwise, someone else has changed them since.
   */
  readonly atomicKeys?: readonly (keyof State & string)[];
  /** For assertions: what is wrong, in one line. */
  explainFailure?(delta: Delta<State>, args: Args): string;
  /** For assertions on all hosts of the play at once; it replaces `want`. `undefined`: with these arguments it is on each alone. */
  evaluateAcrossHosts?(args: Args): EvaluateAcrossHosts<State> | undefined;
  /** The act runs programs of others' (a command, a package's scripts): what they print may be without end. */
  unboundedOutput?(args: Args): boolean;
  /** True: acting is an event (a command, a restart) and the look does not tell whether it took place. */
  alwaysRuns?(args: Args): boolean;
  /** What a task that only reports has to say, as a value, for programs that read events (`debug`). */
  value?(args: Args): unknown;
  /** What `register` keeps of the arguments, under Ansible's names: a command's `cmd`, a message's `msg`. */
  returns?(args: Args): Readonly<Record<string, unknown>>;
  /** The look waits for others than the host (a network's answer): such looks are made side by side. */
  waitsForNetwork?(args: Args): boolean;
  /**
   * An act on another host may change what the look sees: others answer it, VRRP or a health check moves it, or only the
   * playbook's author knows. As `waits` when left out; true of looks from the controller.
   */
  affectedByOtherHosts?(args: Args): boolean;
  /** Where the look runs; `host` when left out. */
  from?(args: Args): "host" | "controller";
  /** The text that would change, for `--diff`. */
  textDiff?(delta: Delta<State>, args: Args): TextChange | undefined;
  /** Mistakes of the field in the arguments. */
  advise?(args: Args): readonly Advice[];
}

/** Declares a task type; the identity, there for inference. */
export function taskType<Args, State extends AnyState>(type: TaskType<Args, State>): TaskType<Args, State> {
  return type;
}
