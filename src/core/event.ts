/** Every event of a run, as one closed union; reporters get these and nothing else. */
import type { ConnectionReport } from "./connection.ts";
import type { Problem, ReachStage } from "./problem.ts";
import type { Cost } from "./batch.ts";
import type { Delta, TextChange } from "./task-type.ts";

/**
 * The outcome of a task on a host. `will-change` and `depends` are the answers of a dry run. `unknown`: the connection
 * was lost, and a new look could not decide. `not-run`: the run was interrupted before the task began.
 */
export type TaskStatus =
  "ok" | "changed" | "will-change" | "depends" | "skipped" | "failed" | "ignored" | "unknown" | "not-run";

/**
 * The kind of reason in `why`, if a task failed or waits. Programs may rely on it; the text may change.
 *
 * - `act-failed`: the act ended with an error.
 * - `timed-out`: its deadline ended it.
 * - `still-different`: it acted, and the host is not in the desired state.
 * - `failed-when`, `until`: the playbook's own condition.
 * - `blocked`: the state cannot be evaluated.
 * - `assertion-failed`: an assertion does not hold.
 * - `keeps-changing`: something else changes the same state.
 * - `test-refused`: a tool of the host refuses the new content.
 * - `connection-lost`: it is not known what the step did.
 * - `interrupted`: it was not begun.
 * - `invalid-input`: its arguments are wrong on this host.
 * - `pending-change`, `pending-result`: in a dry run, an earlier task decides.
 */
export type TaskCode =
  | "act-failed"
  | "timed-out"
  | "still-different"
  | "failed-when"
  | "until"
  | "blocked"
  | "assertion-failed"
  | "keeps-changing"
  | "test-refused"
  | "connection-lost"
  | "interrupted"
  | "invalid-input"
  | "pending-change"
  | "pending-result";

/** Why a host left the run: the stage at which it could not be reached, or what ended the work on it. */
export type HostCode = `unreachable-${ReachStage}` | "connection-lost" | "bug";

export interface TaskEvent {
  readonly type: "task";
  readonly host: string;
  readonly play: string;
  /**
   * The place of the task in the run, and of the item in its loop. Two runs of the same playbook use the
   * same ids. Empty: the input of the host is wrong, before a task of it was bound.
   */
  readonly id: string;
  /** The task's name in the playbook, or its type and label. */
  readonly name: string;
  readonly kind: string;
  readonly label: string;
  readonly status: TaskStatus;
  readonly handler: boolean;
  readonly delta?: Delta;
  /** In a dry run: the checksum of the look that was judged. Left out if the task handles secrets. */
  readonly look?: string;
  readonly text?: TextChange;
  /** The kind of reason in `why`. */
  readonly code?: TaskCode;
  /** One line: why it failed, was skipped, or what it waits for. */
  readonly why?: string;
  readonly hint?: string;
  /** What the act printed, with control characters still in it; empty under `no_log`. */
  readonly out?: string;
  readonly err?: string;
  /** The value of a task that only reports (`debug`). */
  readonly value?: unknown;
  /** For `depends`: the task that it waits for, and that task's host if it is another one. */
  readonly waitsFor?: { readonly host: string; readonly name: string };
}

/** A task in the plan of a host. */
export type PlanEntry = Pick<
  TaskEvent,
  "id" | "play" | "name" | "kind" | "label" | "status" | "handler" | "code" | "waitsFor" | "delta" | "look"
>;

/** What a run would do on a host, in order: plain data without secrets. Equal plans mean the same difference. */
export interface HostPlan {
  readonly host: string;
  readonly tasks: readonly PlanEntry[];
}

/** The summary line that Ansible users know, one per host. */
export interface Recap {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly unreachable: number;
  readonly unknown: number;
  readonly skipped: number;
  readonly ignored: number;
  /** Tasks of the host's part of the play that an interruption left out. */
  readonly notRun: number;
  /** Only in a dry run. */
  readonly willChange: number;
  readonly depends: number;
  readonly cost: Cost | undefined;
}

/** How a host was reached, or how far (`-vvv`). */
export interface ConnectionEvent extends ConnectionReport {
  readonly type: "connection";
  readonly host: string;
}

export type Event =
  | {
      readonly type: "run-start";
      readonly playbook: string;
      readonly inventory: string;
      /** It works on the twin of the inventory, not on its hosts. */
      readonly twin?: true;
      readonly check: boolean;
      readonly hosts: readonly string[];
    }
  | { readonly type: "warning"; readonly problem: Problem }
  | { readonly type: "play-start"; readonly play: string; readonly hosts: readonly string[]; readonly tasks: number }
  | { readonly type: "host-connecting"; readonly host: string }
  | { readonly type: "host-connected"; readonly host: string; readonly ms: number }
  | ConnectionEvent
  /**
   * What the host does now: `looking`, or the task whose step it runs. `done` of `total` tasks of the play are
   * finished; if all are, the host is at the end of the play.
   */
  | {
      readonly type: "host-progress";
      readonly host: string;
      readonly doing: string;
      readonly done: number;
      readonly total: number;
    }
  | TaskEvent
  | {
      readonly type: "host-lost";
      readonly host: string;
      /**
       * `unreachable`: no step was sent to it whose outcome is unknown. `ended`: a bug on another host ended the run.
       */
      readonly state: "unreachable" | "unknown" | "ended";
      readonly stage: string;
      readonly code: HostCode;
      readonly why: string;
      readonly hint?: string;
    }
  | { readonly type: "play-end"; readonly play: string }
  /** The end of a dry run. */
  | { readonly type: "plan"; readonly hosts: readonly HostPlan[] }
  | {
      readonly type: "run-end";
      readonly recap: readonly Recap[];
      readonly seconds: number;
      readonly interrupted: boolean;
    };

export type Tell = (event: Event) => void;
