import type { ProblemCode } from "./problem-code.ts";
import type { Place } from "./source.ts";

/**
 * Something wrong in the user's input: one message, its place, and what to do about it. Messages are factual, without
 * capital or full stop; names are in backticks.
 */
export interface Problem {
  readonly severity: "error" | "warning";
  /** What kind of problem it is, for programs. */
  readonly code: ProblemCode;
  /** What is wrong, in one line. */
  readonly message: string;
  readonly place?: Place;
  /** Shown under the place, next to the carets. */
  readonly label?: string;
  /** What to write or do instead. */
  readonly help?: string;
  /** Why, or what follows from it. */
  readonly note?: string;
  /** Other places that belong to it ("first defined here"). */
  readonly related?: readonly { readonly place: Place; readonly label: string }[];
}

/** A problem that was found while the variables of one host were filled in. */
export interface HostProblem extends Problem {
  readonly host?: string;
}

/** Wrong input, found before any host was touched. Carries every problem that was found, in order of place. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join("; "));
    this.name = "InputError";
    this.problems = problems;
  }
}

/** The stage of reaching a host at which it failed; each has a deadline of its own. */
export type ReachStage =
  "proxy" | "dns" | "tcp" | "handshake" | "host-key" | "auth" | "channel" | "shell" | "sudo" | "connection";

/** A host that could not be reached, or whose connection was lost while it ran no step. */
export class Unreachable extends Error {
  readonly stage: ReachStage;
  readonly hint: string | undefined;
  /** A second try may help: the failure came before authentication, and dsrctl itself did not refuse the host. */
  readonly retry: boolean;

  constructor(stage: ReachStage, message: string, options: { readonly hint?: string; readonly retry?: boolean } = {}) {
    super(message);
    this.name = "Unreachable";
    this.stage = stage;
    this.hint = options.hint;
    this.retry = options.retry ?? false;
  }
}

/** An interruption came during a wait (for an answer, a file, a host): the wait ended, and nothing was begun. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/** By Ctrl-C, before anything was begun. */
export class Cancelled extends Interrupted {}

/** The process exit codes (0: all hosts are in the desired state). */
export const EXIT = {
  fine: 0,
  /** Wrong input; nothing was touched. */
  input: 1,
  /** A host failed. */
  failed: 2,
  /** A host was unreachable, or its final state is unknown. */
  unreachable: 4,
  /** The command line is wrong. */
  usage: 5,
  /** Interrupted; stopped cleanly. */
  interrupted: 99,
  /**
   * Ctrl-C before anything was begun (at a question, for example), or Ctrl-C twice, which exits at once. A shell
   * reports the same code for a command that SIGINT ended.
   */
  cancelled: 130,
  /** A bug in dsrctl; also the exit code when the event loop is empty before the end. */
  bug: 250,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
