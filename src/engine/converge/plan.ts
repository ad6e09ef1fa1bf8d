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

/** What to do about the tasks that have not converged yet, in order. */
export interface Plan {
  /** In the desired state, with no pending change before them. */
  readonly settled: readonly PlannedTask[];
  /**
   * Steps to send: changes, and between them guards for tasks that were right when the plan was made. The last one is a
   * change.
   */
  readonly steps: readonly PlannedTask[];
  /** The first task that cannot be evaluated before the steps have run (or at all, if there are none). */
  readonly stuck: PlannedTask | undefined;
  /**
   * To be looked at after the steps: tasks that were right before them, the stuck task, and all tasks after it or after
   * a cut.
   */
  readonly rest: readonly BoundTask[];
}

/**
 * @param answers by task id; a task without an answer is looked at after the steps before it, and there must be some.
 * @param handlers which are notified on the host already. A handler that a change of this plan notifies is planned as a
 * step too; the host decides (`onlyIfNotified`).
 */
export function plan(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, LookResult>,
  handlers: HandlerState,
): Plan {
  const { settled, steps, stuck, rest } = evaluateInOrder(tasks, answers, handlers);
  const last = steps.findLastIndex(({ task, evaluation }) => evaluation.is === "change" || task.handler !== undefined);
  if (last < 0) return { settled, steps, stuck, rest };
  // Looks at the end of a batch are made together; each guard is one by itself.
  const again = [...steps.slice(last + 1), ...(stuck === undefined ? [] : [stuck])].map(({ task }) => task);
  return { settled, steps: steps.slice(0, last + 1), stuck: undefined, rest: [...again, ...rest] };
}

/**
 * The tasks that are worth a look now. A task that always runs acts no matter what a look shows, so tasks after the
 * last one are looked at after it. Tasks between two such tasks are looked at before both, so that one batch is enough.
 */
export function upToLastEvent(tasks: readonly BoundTask[]): readonly BoundTask[] {
  const last = tasks.findLastIndex(isEvent);
  return last < 0 ? tasks : tasks.slice(0, last + 1);
}

export function isEvent({ instance, handler }: BoundTask): boolean {
  return instance.alwaysRuns && handler === undefined;
}

/** As `plan`, with a guard for every task that was right: what a run sends, and what a dry run reports. */
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
    const evaluated = { task, evaluation: evaluate(task, answers) };
    const { is } = evaluated.evaluation;
    const rest = tasks.slice(index + 1);
    if (is === "wrong" || is === "blocked") return { settled, steps, stuck: evaluated, rest };
    if (is === "right" && steps.length === 0 && task.handler === undefined) settled.push(evaluated);
    else steps.push(evaluated);
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
 * The batch of a plan: its steps, then looks of the tasks after them. Looks from the controller wait for the next
 * round: the steps must end before they are made.
 *
 * @param isHere whether a handler's mark is stored by the shell that gets the batch.
 */
export function batchOf(
  made: Plan,
  answers: ReadonlyMap<string, LookResult>,
  isHere: (due: HandlerRef) => boolean,
): Batch {
  return {
    steps: made.steps.map((evaluated) => stepOf(evaluated, answers, isHere)),
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
  { task, evaluation }: PlannedTask,
  answers: ReadonlyMap<string, LookResult>,
  isHere: (due: HandlerRef) => boolean,
): Step {
  const { act, stabilityCheck } = evaluation.is === "change" ? evaluation : NO_CHANGE;
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
    mustChangeLook: act !== undefined && !task.instance.alwaysRuns && !isOvertaken(task, evaluation),
    notifies: act === undefined ? [] : task.notify.filter(isHere),
    // A task that will be tried again must not be passed.
    ignoreFailure: task.ignoreErrors && task.retries === 0,
    timeoutSeconds: task.timeout,
  };
}

/** If it is longer, or contains other bytes, its checksum is compared. */
const PLAIN = /^[\t\n -~]{1,256}$/;

function plannedOn(answer: LookResult | undefined): Pick<Step, "expectedChecksum" | "expectedOutput"> {
  const out = answer?.output.out ?? "";
  return { expectedChecksum: answer?.checksum, expectedOutput: PLAIN.test(out) ? out : undefined };
}

/** A handler that has run and lasts, or is unchanged, is not notified any more. */
function withNotificationCleared(
  { handler, hasMoreItems: goesOn, instance }: BoundTask,
  act: Sh | undefined,
  stabilityCheck: Sh | undefined,
): Pick<Step, "act" | "stabilityCheck"> {
  const undue = handler === undefined || goesOn === true ? undefined : sh`dsr_undue ${handler.key}`;
  if (undue === undefined)
    return { act, stabilityCheck: act === undefined && instance.hasStabilityCheck ? emptyScript : stabilityCheck };
  if (stabilityCheck !== undefined) return { act, stabilityCheck: lines([stabilityCheck, undue]) };
  return { act: act === undefined ? undue : lines([act, undue]), stabilityCheck: undefined };
}
