/**
 * Plans the next batch from the tasks in order and the results of their looks. It is pure: no promise, no clock, no
 * host.
 */
import type { Evaluation } from "../../core/task-instance.ts";
import type { LookResult, Batch, HandlerRef, Look, Step } from "../../core/batch.ts";
import { lines, emptyScript, sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import type { BoundTask } from "./bound-task.ts";
import type { HandlerState } from "./handler-state.ts";
import { isOvertaken } from "./outcome.ts";

export interface PlannedTask {
  readonly task: BoundTask;
  readonly evaluation: Evaluation;
}

/** What is to be done about the tasks that are not settled yet, in order. */
export interface Plan {
  /** Right as they are, and nothing before them is due to change. */
  readonly settled: readonly PlannedTask[];
  /** To be sent: changes, and between them guards on what was right when it was planned. The last one is a change. */
  readonly steps: readonly PlannedTask[];
  /** The first task that cannot be judged until the steps have run (or at all, when there are none). */
  readonly stuck: PlannedTask | undefined;
  /**
   * To be looked at behind the steps: what was right before them, the stuck task, what is behind it or behind a cut.
   */
  readonly rest: readonly BoundTask[];
}

/**
 * @param answers by task id; a task that has none is looked at behind the steps before it, and there must be some.
 * @param handlers which are notified on the host already. One that a change of this plan notifies is planned as a step
 *   too; the host decides (`onlyIfNotified`).
 */
export function plan(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, LookResult>,
  handlers: HandlerState,
): Plan {
  const { settled, steps, stuck, rest } = evaluateInOrder(tasks, answers, handlers);
  const last = steps.findLastIndex(
    ({ task, evaluation: judgement }) => judgement.is === "change" || task.handler !== undefined,
  );
  if (last < 0) return { settled, steps, stuck, rest };
  // Looks at the end of a batch are made together; each guard is one by itself.
  const again = [...steps.slice(last + 1), ...(stuck === undefined ? [] : [stuck])].map(({ task }) => task);
  return { settled, steps: steps.slice(0, last + 1), stuck: undefined, rest: [...again, ...rest] };
}

/**
 * What is worth looking at now: an event takes place whatever is seen, and what is behind the last one is looked at
 * after it. What is between two is looked at before them all the same, so that one batch does for both.
 */
export function upToLastEvent(tasks: readonly BoundTask[]): readonly BoundTask[] {
  const last = tasks.findLastIndex(isEvent);
  return last < 0 ? tasks : tasks.slice(0, last + 1);
}

export function isEvent({ instance: closed, handler }: BoundTask): boolean {
  return closed.alwaysRuns && handler === undefined;
}

/** As `plan`, with a guard for all that was right: what a run sends, and what a dry run reports. */
export function evaluateInOrder(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, LookResult>,
  handlers: HandlerState,
): Plan {
  const settled: PlannedTask[] = [];
  const steps: PlannedTask[] = [];
  const predicted = handlers.copy();
  for (const [index, task] of tasks.entries()) {
    if (!predicted.runs(task)) {
      settled.push({ task, evaluation: NOT_DUE });
      continue;
    }
    if (steps.length > 0 && (task.instance.from === "controller" || !answers.has(task.id))) {
      return { settled, steps, stuck: undefined, rest: tasks.slice(index) };
    }
    const judged = { task, evaluation: evaluate(task, answers) };
    const { is } = judged.evaluation;
    const rest = tasks.slice(index + 1);
    if (is === "wrong" || is === "blocked") return { settled, steps, stuck: judged, rest };
    if (is === "right" && steps.length === 0 && task.handler === undefined) settled.push(judged);
    else steps.push(judged);
    predicted.ran(task);
    if (is === "change") predicted.notify(task);
    if (is === "change" && task.endsBatch) return { settled, steps, stuck: undefined, rest };
  }
  return { settled, steps, stuck: undefined, rest: [] };
}

const NOT_DUE: Evaluation = { is: "right", state: undefined };

function evaluate(task: BoundTask, answers: ReadonlyMap<string, LookResult>): Evaluation {
  const answer = answers.get(task.id);
  if (answer === undefined) throw new Error(`task ${task.id} was not looked at`);
  return task.instance.evaluate(answer.output);
}

/**
 * The batch of a plan: its steps, then looks at what comes after them. Looks from the controller are left to the next
 * round: the steps must be done before they are made.
 * @param isHere whether a handler's mark lies with the shell that the batch goes to.
 */
export function batchOf(
  made: Plan,
  answers: ReadonlyMap<string, LookResult>,
  isHere: (due: HandlerRef) => boolean,
): Batch {
  return {
    steps: made.steps.map((judged) => stepOf(judged, answers, isHere)),
    looks: upToLastEvent(made.rest)
      .map(lookOf)
      .filter(({ from }) => from === "host"),
  };
}

/** A look, and whether an act on another host may change what it sees. */
export interface LookRequest extends Look {
  readonly elsewhere?: boolean;
}

export function lookOf(task: BoundTask): LookRequest {
  const { look, from, waitsForNetwork: waits, affectedByOtherHosts: elsewhere } = task.instance;
  return { id: task.id, look, from, waitsForNetwork: waits, elsewhere };
}

const NO_CHANGE = { act: undefined, stabilityCheck: undefined };

function stepOf(
  { task, evaluation: judgement }: PlannedTask,
  answers: ReadonlyMap<string, LookResult>,
  isHere: (due: HandlerRef) => boolean,
): Step {
  const { act, stabilityCheck } = judgement.is === "change" ? judgement : NO_CHANGE;
  const todo = withNotificationCleared(task, act, stabilityCheck);
  return {
    id: task.id,
    look: task.instance.look,
    from: task.instance.from,
    waitsForNetwork: task.instance.waitsForNetwork,
    ...(task.instance.alwaysRuns && act !== undefined
      ? { expectedChecksum: undefined }
      : plannedOn(answers.get(task.id))),
    onlyIfNotified: task.handler,
    ...todo,
    unboundedOutput: task.instance.unboundedOutput,
    mustChangeLook: act !== undefined && !task.instance.alwaysRuns && !isOvertaken(task, judgement),
    notifies: act === undefined ? [] : task.notify.filter(isHere),
    // One that will be tried again must not be passed by.
    ignoreFailure: task.ignoreErrors && task.retries === 0,
    timeoutSeconds: task.timeout,
  };
}

/** Longer than this, or with other bytes, it is compared by its sum. */
const PLAIN = /^[\t\n -~]{1,256}$/;

function plannedOn(answer: LookResult | undefined): Pick<Step, "expectedChecksum" | "expectedOutput"> {
  const out = answer?.output.out ?? "";
  return { expectedChecksum: answer?.checksum, expectedOutput: PLAIN.test(out) ? out : undefined };
}

/** A handler that has run and lasts, or finds nothing to do, is not due any more. */
function withNotificationCleared(
  { handler, hasMoreItems: goesOn, instance: closed }: BoundTask,
  act: Sh | undefined,
  stabilityCheck: Sh | undefined,
): Pick<Step, "act" | "stabilityCheck"> {
  const undue = handler === undefined || goesOn === true ? undefined : sh`dsr_undue ${handler.key}`;
  if (undue === undefined)
    return { act, stabilityCheck: act === undefined && closed.hasStabilityCheck ? emptyScript : stabilityCheck };
  if (stabilityCheck !== undefined) return { act, stabilityCheck: lines([stabilityCheck, undue]) };
  return { act: act === undefined ? undue : lines([act, undue]), stabilityCheck: undefined };
}
