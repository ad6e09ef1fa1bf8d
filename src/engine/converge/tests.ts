/**
 * Tests new content in a dry run with the tools of the host (`test` of a task type). One batch asks about everything
 * that differs; without a difference no batch is sent.
 */
import type { Evaluation } from "../../core/task-instance.ts";
import type { LookResult, Look } from "../../core/batch.ts";
import { Sh } from "../../core/shell.ts";
import { Untested } from "../../core/task-type.ts";
import type { Output } from "../../core/task-type.ts";
import type { BoundTask } from "./bound-task.ts";
import { look } from "./look-cache.ts";
import { notesIn } from "./notes.ts";
import type { ShellConnection } from "../../core/batch.ts";

export class Tests {
  readonly #answers = new Map<string, Output>();

  /** By task id. @param seen the looks that these tasks are evaluated on */
  async of(
    link: ShellConnection,
    tasks: readonly BoundTask[],
    seen: ReadonlyMap<string, LookResult>,
  ): Promise<ReadonlyMap<string, Output>> {
    const open = tasks.filter(({ id }) => !this.#answers.has(id)).flatMap((task) => testOf(task, seen.get(task.id)));
    const answers = open.length === 0 ? [] : await look(link, open);
    for (const [id, { output }] of answers) this.#answers.set(id, output);
    return this.#answers;
  }
}

function testOf(task: BoundTask, answer: LookResult | undefined): readonly Look[] {
  if (answer === undefined || task.instance.testedBy === undefined) return [];
  const evaluation = task.instance.evaluate(answer.output);
  if (evaluation.is !== "change" || !(evaluation.test instanceof Sh)) return [];
  return [{ id: task.id, look: evaluation.test, from: "host", timeoutSeconds: SECONDS }];
}

/** The longest deadline of the task types' tests, and some seconds in addition. */
const SECONDS = 80;

export type Tested =
  | { readonly is: "taken"; readonly notes: string | undefined }
  | { readonly is: "untested"; readonly why: string }
  | { readonly is: "refused"; readonly why: string };

/** sysexits(3): EX_UNAVAILABLE. */
const UNAVAILABLE = 69;

/** What a test means. */
export function tested(
  { test }: Extract<Evaluation, { is: "change" }>,
  tester: string | undefined,
  said: Output | undefined,
): Tested {
  const untested = (why: string): Tested => ({ is: "untested", why: `not tested by ${tester ?? "the host"}: ${why}` });
  if (test instanceof Untested) return untested(test.why);
  if (said === undefined || said.code === 0)
    return { is: "taken", notes: said === undefined ? undefined : notesIn(said) };
  const why = oneLine(said.err) || `its test ended with code ${said.code}`;
  return said.code === UNAVAILABLE ? untested(why) : { is: "refused", why };
}

function oneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join("; ");
}
