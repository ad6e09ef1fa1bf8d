/** Builds what `register` keeps, under Ansible's names. All of it came from a host: it is data, never a template. */
import type { TaskStatus } from "../../core/event.ts";
import { Secret, redact } from "../../core/secret.ts";
import type { BoundTask, Timing, TaskResult } from "../converge/bound-task.ts";
import type { Skipped } from "./bound.ts";
import type { TaskRef } from "../converge/task-ref.ts";
import type { Outcome } from "../converge/outcome.ts";

type Value = Readonly<Record<string, unknown>>;

/** What is known of the task before its outcome. */
type About = Pick<BoundTask, "instance" | "retries">;

export function resultValue(result: TaskResult, { instance: { returns = {} }, retries }: About): Value {
  const { changed, failed, skipped, output, why, course } = result;
  const said = { stdout: trimmed(output?.out), stderr: trimmed(output?.err) };
  const isCommand = "cmd" in returns;
  const code = output?.code ?? 0;
  return {
    changed,
    failed,
    skipped,
    rc: code,
    msg: isCommand ? (code === 0 ? "" : "non-zero return code") : secretIfSensitive(failed ? (why ?? "") : ""),
    ...mapped(returns),
    ...(isCommand ? timesOf(course) : {}),
    ...(retries === 0 ? {} : { attempts: attemptsOf(failed, retries, course) }),
    stdout: secretIfSensitive(said.stdout),
    stderr: secretIfSensitive(said.stderr),
    stdout_lines: linesOf(said.stdout).map(secretIfSensitive),
    stderr_lines: linesOf(said.stderr).map(secretIfSensitive),
    ...(output?.cut === true ? { truncated: true } : {}),
  };
}

/** The results of the parts of one task (one part, or one per item of its loop), until all are known. */
class PendingResult {
  /** The name it is kept under. */
  readonly register: string;
  readonly #isLoop: boolean;
  readonly #parts: readonly (BoundTask | Skipped)[];
  readonly #values = new Map<string, Value>();

  constructor(register: string, isLoop: boolean, parts: readonly (BoundTask | Skipped)[]) {
    this.register = register;
    // A task that `when` kept from a loop that cannot be evaluated is one skipped task.
    this.#isLoop = isLoop && parts.every((part) => "item" in part);
    this.#parts = parts;
    for (const part of parts) if ("skipped" in part) this.#values.set(part.id, SKIPPED);
  }

  /** Outcomes of a dry run that leave open what is returned do not count. */
  add({ task, status, output, why, course }: Outcome): void {
    if (OPEN.has(status)) return;
    // It will run, and its output is not known.
    if (status === "ok" && output === undefined && task.instance.alwaysRuns) return;
    const failed = status === "failed" || status === "ignored";
    const skipped = status === "skipped";
    this.#values.set(
      task.id,
      resultValue({ changed: status === "changed", failed, skipped, output, why, course }, task),
    );
  }

  /** The whole, once every part is known; of a loop with the parts as `results`. */
  get value(): Value | undefined {
    const values = this.#parts.flatMap(({ id, item }) => {
      const value = this.#values.get(id);
      return value === undefined ? [] : [this.#isLoop ? { ...value, item, ansible_loop_var: "item" } : value];
    });
    if (values.length < this.#parts.length) return undefined;
    return this.#isLoop ? loopValue(values) : values[0];
  }
}

/** What the tasks of a host register, each once all of it is known. */
export class RegisteredResults {
  readonly #results = new Map<string, PendingResult>();
  readonly #learn: (register: string, value: unknown) => void;

  constructor(learn: (register: string, value: unknown) => void) {
    this.#learn = learn;
  }

  /** The task is about to run; `parts` of it run or are skipped. */
  begin({ id, task: { register, loop } }: TaskRef, parts: readonly (BoundTask | Skipped)[]): void {
    if (register === undefined) return;
    this.#results.set(id, new PendingResult(register, loop !== undefined, parts));
    this.#tell(id);
  }

  add(id: string, outcome: Outcome): void {
    this.#results.get(id)?.add(outcome);
    this.#tell(id);
  }

  #tell(id: string): void {
    const results = this.#results.get(id);
    if (results?.value !== undefined) this.#learn(results.register, results.value);
  }
}

/** What it returns is not known. */
const OPEN: ReadonlySet<TaskStatus> = new Set(["will-change", "depends", "unknown", "not-run"]);

/** No `rc`: playbooks check whether there is one to find out whether the task ran. */
const SKIPPED: Value = {
  ...{ changed: false, failed: false, skipped: true, skip_reason: "Conditional result was False" },
  ...{ stdout: "", stderr: "", stdout_lines: [], stderr_lines: [] },
};

function loopValue(results: readonly Value[]): Value {
  const any = (key: string): boolean => results.some((result) => result[key] === true);
  const skipped = results.every((result) => result["skipped"] === true);
  return { changed: any("changed"), failed: any("failed"), skipped, results };
}

/** If all tries failed, Ansible counts one less. */
function attemptsOf(failed: boolean, retries: number, course: Timing | undefined): number {
  const attempts = course?.attempts ?? 1;
  return failed ? Math.min(attempts, retries) : attempts;
}

/** As Python prints a `datetime` and a `timedelta`; none where nothing was run. */
function timesOf(course: Timing | undefined): Value {
  if (course === undefined) return { start: null, end: null, delta: null };
  const { start, end } = course;
  return { start: dateText(start), end: dateText(end), delta: spanText(end.getTime() - start.getTime()) };
}

const two = (number: number): string => String(number).padStart(2, "0");

function fraction(milliseconds: number): string {
  return String(milliseconds % 1000)
    .padStart(3, "0")
    .padEnd(6, "0");
}

function dateText(date: Date): string {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${time}.${fraction(date.getMilliseconds())}`;
}

function spanText(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  const time = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${time}.${fraction(Math.max(0, milliseconds))}`;
}

/** Texts in it that repeat a secret are secrets. */
function mapped(returns: Value): Value {
  return Object.fromEntries(Object.entries(returns).map(([key, value]) => [key, guardedValue(value)]));
}

function guardedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(guardedValue);
  return typeof value === "string" ? secretIfSensitive(value) : value;
}

function trimmed(text: string | undefined): string {
  return (text ?? "").replace(/\n+$/, "");
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}

/** A host's output may repeat a secret: then it is one. */
function secretIfSensitive(text: string): string | Secret {
  return redact(text) === text ? text : new Secret(text);
}
