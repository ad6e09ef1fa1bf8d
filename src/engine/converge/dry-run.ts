/**
 * Evaluates tasks without acting. There are three answers: will change, ok, and depends on an earlier change. What "ok"
 * promises is in docs/decisions/0001.
 */
import type { Evaluation } from "../../core/task-instance.ts";
import type { LookResult } from "../../core/batch.ts";
import type { LiftedBy, Output } from "../../core/task-type.ts";
import type { BoundTask } from "./bound-task.ts";
import type { HandlerState, PendingChange } from "./handler-state.ts";
import type { Outcome } from "./outcome.ts";
import { evaluateInOrder } from "./plan.ts";
import { tested } from "./tests.ts";

export interface DryRunState {
  readonly host: string;
  /** Pending changes of this run so far, in order; new ones are added. */
  readonly pending: PendingChange[];
  /** Handlers that are or may be notified; those that a change will notify are added. */
  readonly handlers: HandlerState;
  readonly tell: (outcome: Outcome) => void;
}

/**
 * @param tests the output of the hosts' tools about the new content, by task id
 * @returns `failed` if a task cannot converge: it is evaluated as wrong and no change is pending before it.
 */
export function dryRun(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, LookResult>,
  tests: ReadonlyMap<string, Output>,
  dry: DryRunState,
): "done" | "failed" {
  for (let open = tasks; open.length > 0;) {
    const { settled, steps, stuck, rest } = evaluateInOrder(open, answers, dry.handlers);
    for (const { task, evaluation } of [...settled, ...steps, ...(stuck === undefined ? [] : [stuck])]) {
      if (!dry.handlers.runs(task)) continue;
      const look = task.instance.hasSecret() ? undefined : answers.get(task.id)?.checksum;
      const outcome = { ...dryOutcome(task, evaluation, tests.get(task.id), dry), look };
      dry.tell(outcome);
      if (outcome.status === "failed") return "failed";
      recordPrediction(outcome, dry);
    }
    open = rest;
  }
  return "done";
}

/** What follows from the answer for later tasks. */
function recordPrediction({ status, task }: Outcome, { host, pending, handlers }: DryRunState): void {
  const { kind, label } = task.instance;
  const change = { host, name: task.name, kind, about: label };
  if (status === "will-change") {
    pending.push(change);
    handlers.notify(task);
  }
  if (status === "depends") handlers.mayNotify(task.notify, change);
  handlers.ran(task);
}

function dryOutcome(task: BoundTask, evaluation: Evaluation, said: Output | undefined, dry: DryRunState): Outcome {
  switch (evaluation.is) {
    case "right":
      return { task, status: "ok" };
    case "change":
      return changing(task, evaluation, said, dry);
    case "wrong":
    case "blocked":
      return blockedOutcome(task, evaluation, dry);
  }
}

function changing(task: BoundTask, evaluation: Change, said: Output | undefined, dry: DryRunState): Outcome {
  if (task.neverChanges === true) return { task, status: "ok" };
  const waitsFor = dry.handlers.dependsOn(task);
  if (waitsFor === undefined) return shown(task, evaluation, said, dry);
  const why = `it runs if \`${waitsFor.name}\` changes something`;
  return { task, status: "depends", code: "pending-change", why, waitsFor };
}

type Change = Extract<Evaluation, { is: "change" }>;

/** It will change, unless a tool of the host refuses the new content. */
function shown(task: BoundTask, evaluation: Change, said: Output | undefined, dry: DryRunState): Outcome {
  const { delta, text } = evaluation;
  const result = tested(evaluation, task.instance.testedBy, said);
  switch (result.is) {
    case "taken":
      return { task, status: "will-change", delta, text, why: result.notes, output: said };
    case "untested":
      return { task, status: "will-change", delta, text, why: result.why };
    case "refused":
      return { ...refused(task, result.why, dry), delta, text, output: said };
  }
}

/** Such a task may create what the tool misses: a program, an included file, an interface. */
const MAKERS = ["command", "shell", "package", "file", "template"];

function refused(task: BoundTask, why: string, { host, pending }: DryRunState): Outcome {
  const mine = pending.filter((change) => change.host === host);
  const named = mine.find(({ about }) => about !== "" && why.includes(about));
  const waitsFor = named ?? mine.findLast(({ kind }) => MAKERS.includes(kind));
  const code = "test-refused";
  if (waitsFor !== undefined) return { task, status: "depends", code, why, waitsFor };
  return { task, status: task.ignoreErrors ? "ignored" : "failed", code, why };
}

function blockedOutcome(
  task: BoundTask,
  evaluation: Extract<Evaluation, { is: "wrong" | "blocked" }>,
  dry: DryRunState,
): Outcome {
  const hint = evaluation.is === "blocked" ? evaluation.hint : undefined;
  const lifting = evaluation.is === "blocked" ? evaluation.liftedBy : undefined;
  const waitsFor = causeOf(dry, `${evaluation.why} ${hint ?? ""}`, lifting);
  const why = withoutTester(evaluation.why, task.instance.testedBy);
  const code = evaluation.is === "wrong" ? "assertion-failed" : "blocked";
  if (waitsFor !== undefined) return { task, status: "depends", code, why, waitsFor };
  return { task, status: task.ignoreErrors ? "ignored" : "failed", code, why, hint };
}

/** The missing tool is the one that would have tested the content. */
function withoutTester(why: string, tester: string | undefined): string {
  const missing = tester !== undefined && why.endsWith(` no \`${tester}\``);
  return missing ? `${why}; not tested by ${tester}` : why;
}

/**
 * The pending change that a task waits for. On this host it is the first one about a name in the reason (a package, a
 * unit), else the last one. If there is none, it is the last one on any host. `lifting`: only such a change of this
 * host can remove the reason.
 */
export function causeOf(dry: DryRunState, reason = "", lifting?: LiftedBy): PendingChange | undefined {
  const mine = dry.pending.filter((each) => each.host === dry.host && lifting?.(each) !== false);
  const names = [...reason.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? "");
  const named = mine.find(({ about }) => names.some((name) => about.includes(name)));
  return named ?? mine.at(-1) ?? (lifting === undefined ? dry.pending.at(-1) : undefined);
}
