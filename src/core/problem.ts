import type { Place } from "./source.ts";

/**
 * Something wrong in what the user gave: one message, the place it stands at, what to do about it.
 * Messages are matter-of-fact, without capital or full stop; names stand in backticks.
 */
export interface Problem {
  readonly severity: "error" | "warning";
  /** What is wrong, in one line. */
  readonly message: string;
  readonly place?: Place;
  /** Stands under the place, beside the carets. */
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

/**
 * A host that could not be reached, or whose connection went. `lost` says that the host had been given
 * something to do whose outcome is not known.
 */
export class Unreachable extends Error {
  readonly stage: ReachStage;
  readonly hint: string | undefined;
  /** A second try may help: the failure came before authentication and is not a refusal of ours. */
  readonly retry: boolean;

  constructor(stage: ReachStage, message: string, options: { readonly hint?: string; readonly retry?: boolean } = {}) {
    super(message);
    this.name = "Unreachable";
    this.stage = stage;
    this.hint = options.hint;
    this.retry = options.retry ?? false;
  }
}

/**
 * An interruption came while something was waited for (an answer, a file, a host): that was let go, and nothing was
 * begun.
 */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/** By Ctrl-C, before anything was begun. */
export class Cancelled extends Interrupted {}

/** The process exit codes (0 is "all hosts are as wanted"). */
export const EXIT = {
  fine: 0,
  /** Wrong input; nothing was touched. */
  input: 1,
  /** A host failed. */
  failed: 2,
  /** A host was unreachable, or it is unknown what became of it. */
  unreachable: 4,
  /** The command line is wrong. */
  usage: 5,
  /** Interrupted, stopped in order. */
  interrupted: 99,
  /**
   * Ctrl-C before anything was begun (at a question, say), or twice, and so ended at once; as a shell says of a command
   * that SIGINT ended.
   */
  cancelled: 130,
  /** A bug in dsrctl; also what an event loop that runs dry exits with. */
  bug: 250,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
