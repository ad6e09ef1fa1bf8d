/**
 * Planning, pure: tasks in order and what their looks brought back give the verdicts and the next batch. No promise,
 * no clock, no host.
 */
import type { Judgement } from "../../core/task-instance.ts";
import type { Answer, Batch, Due, Look, Step } from "../../core/batch.ts";
import { lines, nothing, sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import type { BoundTask } from "./bound-task.ts";
import { isOvertaken } from "./outcome.ts";

export interface Judged {
  readonly task: BoundTask;
  readonly judgement: Judgement;
}

/** What is to be done about the tasks that are not settled yet, in order. */
export interface Plan {
  /** Right as they are, and nothing before them is due to change. */
  readonly settled: readonly Judged[];
  /** To be sent: changes, and between them guards on what was right when it was planned. The last one is a change. */
  readonly steps: readonly Judged[];
  /** The first task that cannot be judged until the steps have run (or at all, when there are none). */
  readonly stuck: Judged | undefined;
  /** To be looked at behind the steps: what was right before them, the stuck task, what is behind it or behind a cut. */
  readonly rest: readonly BoundTask[];
}

/**
 * @param answers by task id; a task that has none is looked at behind the steps before it, and there must be some.
 * @param isDue tells which handlers are due on the host already. One that a change of this plan makes due is planned
 *   as a step too; the host has the last word (`whenDue`).
 */
export function plan(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, Answer>,
  isDue: (key: string) => boolean,
): Plan {
  const { settled, steps, stuck, rest } = inOrder(tasks, answers, isDue);
  const last = steps.findLastIndex(({ task, judgement }) => judgement.is === "change" || task.handler !== undefined);
  if (last < 0) return { settled, steps, stuck, rest };
  // Looks at the end of a batch are made together; each guard is one by itself.
  const again = [...steps.slice(last + 1), ...(stuck === undefined ? [] : [stuck])].map(({ task }) => task);
  return { settled, steps: steps.slice(0, last + 1), stuck: undefined, rest: [...again, ...rest] };
}

/**
 * What is worth looking at now: an event takes place whatever is seen, and what is behind the last one is looked at after it.
 * What is between two is looked at before them all the same, so that one batch does for both.
 */
export function upToLastEvent(tasks: readonly BoundTask[]): readonly BoundTask[] {
  const last = tasks.findLastIndex(isEvent);
  return last < 0 ? tasks : tasks.slice(0, last + 1);
}

export function isEvent({ closed, handler }: BoundTask): boolean {
  return closed.event && handler === undefined;
}

/** As `plan`, with a guard for all that was right. */
function inOrder(
  tasks: readonly BoundTask[],
  answers: ReadonlyMap<string, Answer>,
  isDue: (key: string) => boolean,
): Plan {
  const settled: Judged[] = [];
  const steps: Judged[] = [];
  const due = new Expected(isDue);
  for (const [index, task] of tasks.entries()) {
    if (!due.has(task)) {
      settled.push({ task, judgement: NOT_DUE });
      continue;
    }
    if (steps.length > 0 && (task.closed.from === "controller" || !answers.has(task.id))) {
      return { settled, steps, stuck: undefined, rest: tasks.slice(index) };
    }
    const judged = { task, judgement: judge(task, answers) };
    const { is } = judged.judgement;
    const rest = tasks.slice(index + 1);
    if (is === "wrong" || is === "blocked") return { settled, steps, stuck: judged, rest };
    if (is === "right" && steps.length === 0 && task.handler === undefined) settled.push(judged);
    else steps.push(judged);
    due.after(judged);
    if (is === "change" && task.cut) return { settled, steps, stuck: undefined, rest };
  }
  return { settled, steps, stuck: undefined, rest: [] };
}

/** Which handlers are expected to be due as the steps go by. */
class Expected {
  readonly #known: (key: string) => boolean;
  readonly #changed = new Map<string, boolean>();

  constructor(known: (key: string) => boolean) {
    this.#known = known;
  }

  /** A task that is no handler always is. */
  has({ handler }: BoundTask): boolean {
    return handler === undefined || (this.#changed.get(handler.key) ?? this.#known(handler.key));
  }

  after({ task, judgement }: Judged): void {
    if (task.handler !== undefined && task.goesOn !== true) this.#changed.set(task.handler.key, false);
    if (judgement.is === "change") for (const { key } of task.notify) this.#changed.set(key, true);
  }
}

const NOT_DUE: Judgement = { is: "right", state: undefined };

function judge(task: BoundTask, answers: ReadonlyMap<string, Answer>): Judgement {
  const answer = answers.get(task.id);
  if (answer === undefined) throw new Error(`task ${task.id} was not looked at`);
  return task.closed.judge(answer.output);
}

/**
 * The batch of a plan: its steps, then looks at what comes after them. Looks from the controller are left to the next
 * round: the steps must be done before they are made.
 * @param isHere whether a handler's mark lies with the shell that the batch goes to.
 */
export function batchOf(made: Plan, answers: ReadonlyMap<string, Answer>, isHere: (due: Due) => boolean): Batch {
  return {
    steps: made.steps.map((judged) => stepOf(judged, answers, isHere)),
    looks: upToLastEvent(made.rest)
      .map(lookOf)
      .filter(({ from }) => from === "host"),
  };
}

/** A look, and whether an act on another host may change what it sees. */
export interface Question extends Look {
  readonly elsewhere?: boolean;
}

export function lookOf(task: BoundTask): Question {
  const { look, from, waits, elsewhere } = task.closed;
  return { id: task.id, look, from, waits, elsewhere };
}

function stepOf(
  { task, judgement }: Judged,
  answers: ReadonlyMap<string, Answer>,
  isHere: (due: Due) => boolean,
): Step {
  const { act, calm } = judgement.is === "change" ? judgement : { act: undefined, calm: undefined };
  const todo = handled(task, act, calm);
  return {
    id: task.id,
    look: task.closed.look,
    from: task.closed.from,
    waits: task.closed.waits,
    ...(task.closed.event && act !== undefined ? { planned: undefined } : plannedOn(answers.get(task.id))),
    whenDue: task.handler,
    ...todo,
    wordy: task.closed.wordy,
    effect: act !== undefined && !task.closed.event && !isOvertaken(task, judgement),
    due: act === undefined ? [] : task.notify.filter(isHere),
    // One that will be tried again must not be passed by.
    tolerate: task.ignoreErrors && task.retries === 0,
    seconds: task.timeout,
  };
}

/** Longer than this, or with other bytes, it is compared by its sum. */
const PLAIN = /^[\t\n -~]{1,256}$/;

function plannedOn(answer: Answer | undefined): Pick<Step, "planned" | "printed"> {
  const out = answer?.output.out ?? "";
  return { planned: answer?.sum, printed: PLAIN.test(out) ? out : undefined };
}

/** A handler that has run and lasts, or finds nothing to do, is not due any more. */
function handled(
  { handler, goesOn, closed }: BoundTask,
  act: Sh | undefined,
  calm: Sh | undefined,
): Pick<Step, "act" | "calm"> {
  const undue = handler === undefined || goesOn === true ? undefined : sh`dsr_undue ${handler.key}`;
  if (undue === undefined) return { act, calm: act === undefined && closed.calms ? nothing : calm };
  if (calm !== undefined) return { act, calm: lines([calm, undue]) };
  return { act: act === undefined ? undue : lines([act, undue]), calm: undefined };
}
