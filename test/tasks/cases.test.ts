/**
 * Runs the cases in `test/tasks/<kind>/*.yml` against `src/tasks/<kind>.ts`, and checks each type's own examples.
 * case.ts says what may stand in a case.
 */
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { eraseTypes } from "../../src/core/task-instance.ts";
import type { TaskInstance, Evaluation } from "../../src/core/task-instance.ts";
import { InputError } from "../../src/core/problem.ts";
import { templates, variableScope } from "../../src/jinja/templates.ts";
import { check } from "../../src/core/schema.ts";
import type { ArgProblem } from "../../src/core/schema.ts";
import { Blocked } from "../../src/core/task-type.ts";
import type { Controller, Output } from "../../src/core/task-type.ts";
import { caseFiles, kinds, loadType, readCases } from "./case.ts";
import type { AnyType, Case, Seen } from "./case.ts";
import { actFor, lookFor, script, SHELLS, withRoot } from "./real.ts";
import type { Shell } from "./real.ts";

it("finds task types", () => expect(kinds()).not.toEqual([]));

for (const kind of kinds()) {
  describe(kind, () => {
    it("has cases", () => expect(caseFiles(kind)).not.toEqual([]));
    it("has examples that are right", async () => checkExamples(await loadType(kind)));
    for (const file of caseFiles(kind)) describeFile(kind, file);
  });
}

function describeFile(kind: string, file: string): void {
  const read = readCases(file);
  if ("problems" in read) {
    it(`${file} can be read`, () => expect(read.problems, read.problems.join("\n")).toEqual([]));
    return;
  }
  for (const each of read.cases) describeCase(kind, each);
}

function describeCase(kind: string, each: Case): void {
  if (each.real === undefined) {
    it(each.name, async () => checkCase(await loadType(kind), each));
    return;
  }
  for (const shell of SHELLS) {
    it(`${each.name} (${shell.name})`, async () => checkReal(await loadType(kind), each, shell), 60_000);
  }
}

async function checkCase(type: AnyType, each: Case): Promise<void> {
  if (each.invalid !== undefined) return checkParts(await problemsOf(type, each), each.invalid, "problems");
  const closed = await fill(type, each, each.args);
  checkArguments(closed, each);
  if (each.together === true) checkTogether(closed, each);
  else await checkSeen(type, closed, each, output(each.seen));
}

function checkArguments(closed: TaskInstance, each: Case): void {
  if (each.label !== undefined) expect(closed.label).toBe(each.label);
  if (each.look !== undefined) expect(closed.look.shown().trim()).toBe(each.look.trim());
  if (each.advice !== undefined) checkParts(closed.advice.map(showAdvice), each.advice, "advice");
}

function showAdvice(advice: TaskInstance["advice"][number]): string {
  return [advice.message, advice.help, advice.note].filter((part) => part !== undefined).join("; ");
}

function checkParts(found: readonly string[], parts: readonly string[], what: string): void {
  const shown = found.map((text, index) => (text.includes(parts[index] ?? "\0") ? parts[index] : text));
  expect(shown, `${what}: ${found.join(" | ")}`).toEqual(parts);
}

async function problemsOf(type: AnyType, each: Case): Promise<readonly string[]> {
  const closed = await attempt(type, each, each.args);
  if (!Array.isArray(closed)) throw new Error("the arguments were taken as valid");
  return closed.map(showProblem);
}

function showProblem(problem: ArgProblem): string {
  const text = problem.help === undefined ? problem.message : `${problem.message}; ${problem.help}`;
  return problem.path.length === 0 ? text : `${problem.path.join(".")}: ${text}`;
}

/** Problems of `prepare` count as problems with the arguments. */
async function attempt(type: AnyType, each: Case, args: unknown): Promise<TaskInstance | readonly ArgProblem[]> {
  try {
    return await eraseTypes(type).instantiate(args, controllerOf(each));
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => ({ path: [], message }));
    throw error;
  }
}

async function fill(type: AnyType, each: Case, args: unknown): Promise<TaskInstance> {
  const closed = await attempt(type, each, args);
  if ("evaluate" in closed) return closed;
  throw new Error(`the arguments are not valid: ${closed.map(showProblem).join("; ")}`);
}

function controllerOf(each: Case): Controller {
  const engine = templates();
  const vars = Object.entries(each.vars).map(([name, value]) => [name, { value, place: undefined }] as const);
  const scope = variableScope([new Map(vars)]);
  return {
    read: (path) => {
      const text = each.files[path];
      if (text !== undefined) return Promise.resolve({ path, bytes: Buffer.from(text) });
      return Promise.reject(
        new InputError([{ severity: "error", code: "file-not-found", message: `there is no file \`${path}\`` }]),
      );
    },
    render: ({ path, bytes }) => engine.file({ file: path, text: Buffer.from(bytes).toString("utf8") }, scope),
  };
}

function output(seen: unknown): Output {
  const { code = 0, out = "", err = "" } = (seen ?? {}) as Partial<Seen>;
  return { code, out, err, bytes: Buffer.from(out) };
}

async function stateOf(type: AnyType, each: Case, args: unknown, seen: Output): Promise<unknown> {
  const checked = check(type.args, args);
  if ("problems" in checked) throw new Error("the arguments are not valid");
  const filled = type.prepare === undefined ? checked.value : await type.prepare(checked.value, controllerOf(each));
  const state = type.read(seen, filled);
  return state instanceof Blocked ? { blocked: state.why } : plain(state ?? null);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

async function checkSeen(
  type: AnyType,
  closed: TaskInstance,
  each: Case,
  seen: Output,
  args = each.args,
): Promise<void> {
  if (each.state !== undefined) expect(await stateOf(type, each, args, seen)).toEqual(each.state);
  if (each.judge !== undefined) checkJudgement(closed.evaluate(seen), each, seen);
}

function checkJudgement(judged: Evaluation, each: Case, seen: Output): void {
  expect(judged.is, `judged ${JSON.stringify(judged)} on ${JSON.stringify(seen)}`).toBe(each.judge);
  if (each.keys !== undefined) expect("delta" in judged ? judged.delta.keys : undefined).toEqual(each.keys);
  if (each.why !== undefined) expect("why" in judged ? judged.why : "").toContain(each.why);
  if (each.hint !== undefined) expect(("hint" in judged ? judged.hint : "") ?? "").toContain(each.hint);
  if (judged.is === "change") checkChange(judged, each);
}

function checkChange(judged: Extract<Evaluation, { is: "change" }>, each: Case): void {
  if (each.act !== undefined) expect(judged.act.shown().trimEnd()).toBe(each.act.trimEnd());
  if (each.text === undefined) return;
  const { path, before, after } = judged.text ?? {};
  const shown = judged.text === undefined ? null : { path, before: before ?? null, after: after ?? null };
  expect(shown).toEqual(each.text);
}

function checkTogether(closed: TaskInstance, each: Case): void {
  if (closed.evaluateAcrossHosts === undefined)
    throw new Error("this task judges each host alone: leave out `together`");
  const seen = new Map(Object.entries(each.seen ?? {}).map(([host, it]) => [host, output(it)]));
  const wrong = closed.evaluateAcrossHosts(seen, each.some === true);
  expect(wrong === undefined ? "right" : "wrong", wrong ?? "nothing is wrong").toBe(each.judge);
  if (each.why !== undefined) expect(wrong).toContain(each.why);
}

async function checkReal(type: AnyType, each: Case, shell: Shell): Promise<void> {
  await withRoot(async (root) => {
    script(each.real ?? "", root);
    const args = rooted(each.args, root);
    const shown = rooted(each, root) as Case;
    const closed = await fill(type, shown, args);
    const seen = lookFor(shell, closed.look, root);
    await checkSeen(type, closed, { ...shown, args }, seen);
    const judged = closed.evaluate(seen);
    if (judged.is === "change") checkActed(closed, judged, shell, root);
    if (each.then !== undefined) script(each.then, root);
  });
}

function checkActed(
  closed: TaskInstance,
  judged: { readonly act: TaskInstance["look"] },
  shell: Shell,
  root: string,
): void {
  const acted = actFor(shell, judged.act, root);
  expect(acted.code, `the act failed:\n${judged.act.shown()}\n${acted.out}${acted.err}`).toBe(0);
  if (closed.alwaysRuns) return;
  const after = lookFor(shell, closed.look, root);
  const again = closed.evaluate(after);
  expect(again.is, `after the act: ${JSON.stringify(again)} on ${JSON.stringify(after)}`).toBe("right");
}

function rooted(value: unknown, root: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll("$ROOT", root));
}

/** What may stand in a task beside its type. */
const TASK_WORDS = new Set(
  `name when notify register tags become become_user vars loop loop_control until retries delay changed_when
  failed_when ignore_errors run_once delegate_to check_mode no_log listen environment`.split(/\s+/),
);

async function checkExamples(type: AnyType): Promise<void> {
  expect(type.examples).not.toEqual([]);
  for (const example of type.examples) await checkExample(type, example);
}

async function checkExample(type: AnyType, example: string): Promise<void> {
  const tasks: unknown = parse(example, { version: "1.1" });
  if (!Array.isArray(tasks)) throw new Error(`an example is a list of tasks:\n${example}`);
  const own = tasks.filter((task: object) => type.kind in task);
  expect(own.length, `no task of the kind ${type.kind} in:\n${example}`).toBeGreaterThan(0);
  for (const task of tasks as readonly Record<string, unknown>[]) await checkTask(task, example);
}

async function checkTask(task: Readonly<Record<string, unknown>>, example: string): Promise<void> {
  const [kind, ...others] = Object.keys(task).filter((key) => !TASK_WORDS.has(key));
  if (kind === undefined || others.length > 0) throw new Error(`one task, one type (${others.join()}):\n${example}`);
  const type = await loadType(kind);
  const value = task[kind] ?? {};
  const short = type.positionalArg as string | undefined;
  const args = typeof value === "string" && short !== undefined ? { [short]: value } : value;
  const checked = check(type.args, args);
  const problems = "problems" in checked ? checked.problems.filter((it) => !later(kind, args, it.path)) : [];
  expect(problems.map(showProblem), example).toEqual([]);
}

/** Expressions, and values with a template in them, are known only once a host is. */
function later(kind: string, args: unknown, path: readonly (string | number)[]): boolean {
  if (kind === "assert" && path[0] === "that") return true;
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], args);
  return JSON.stringify(value ?? null).includes("{{");
}
