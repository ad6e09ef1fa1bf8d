/** What a case of a task type is: the data in `test/tasks/<kind>/*.yml`, and how it is read. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "../../src/core/schema.ts";
import type { AnyState, TaskType } from "../../src/core/task-type.ts";

export type AnyType = TaskType<unknown, AnyState>;

const seen = z.strictObject({
  code: z.int().min(0).max(255).default(0),
  out: z.string().default(""),
  err: z.string().default(""),
});

const caseSchema = z.strictObject({
  /** What is shown, in one phrase. */
  name: z.string().min(1),
  args: z.unknown(),
  /** Files of the playbook's that `prepare` may read, by the name the arguments give them. */
  files: z.record(z.string(), z.string()).default({}),
  /** Variables of the host, for templates that `prepare` renders. */
  vars: z.record(z.string(), z.unknown()).default({}),
  /** What the look printed; for `together` one a host. */
  seen: z.union([seen, z.record(z.string(), seen)]).optional(),
  /** The assertion is judged over the hosts in `seen` at once. */
  together: z.literal(true).optional(),
  /** There are more hosts than those in `seen`. */
  some: z.literal(true).optional(),
  /** What `read` makes of it; null: it is not there. */
  state: z.record(z.string(), z.unknown()).nullable().optional(),
  judge: z.enum(["right", "change", "wrong", "blocked"]).optional(),
  keys: z.array(z.string()).optional(),
  /** Part of the reason, for `wrong` and `blocked`. */
  why: z.string().optional(),
  /** Part of the hint, for `blocked`. */
  hint: z.string().optional(),
  label: z.string().optional(),
  /** The look and the act, exactly, as shown: secrets are dots. */
  look: z.string().optional(),
  act: z.string().optional(),
  /** The text that changes, for `--diff`; null: there is none. */
  text: z
    .strictObject({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })
    .nullable()
    .optional(),
  /** Part of each piece of advice, all of them in order. */
  advice: z.array(z.string()).optional(),
  /** Part of each problem with the arguments, all of them in order. */
  invalid: z.array(z.string()).optional(),
  /** Sets the scene for a run for real; `$ROOT` is a directory of its own. */
  real: z.string().optional(),
  /** Must succeed at the end of a run for real. */
  then: z.string().optional(),
});

export type Case = z.infer<typeof caseSchema>;
export type Seen = z.infer<typeof seen>;

const tasksDirectory = join(import.meta.dirname, "../../src/tasks");

/** The kinds that have a directory of cases or a file in src/tasks. */
export function kinds(): readonly string[] {
  const directories = readdirSync(import.meta.dirname).filter((name) => caseFiles(name).length > 0);
  const files = readdirSync(tasksDirectory).filter((file) => file.endsWith(".ts") && file !== "index.ts");
  return [...new Set([...directories, ...files.map((file) => basename(file, ".ts"))])].sort();
}

/** The case files of a kind, as paths. */
export function caseFiles(kind: string): readonly string[] {
  const directory = join(import.meta.dirname, kind);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(directory)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(directory, file));
}

/** The cases of a file, or one line for each thing wrong with it. */
export function readCases(file: string): { cases: readonly Case[] } | { problems: readonly string[] } {
  const shown = file.slice(import.meta.dirname.length + 1);
  const list = parseOrSay(file);
  if (list instanceof Error) return { problems: [`${shown}: ${list.message}`] };
  if (!Array.isArray(list)) return { problems: [`${shown}: expected a list of cases`] };
  const results = list.map((each: unknown) => ({ each, result: caseSchema.safeParse(each) }));
  const problems = results.flatMap(({ each, result }) => [
    ...(result.error?.issues ?? []).map((issue) => `${shown}: ${nameOf(each)}: ${whereOf(issue)}${issue.message}`),
    ...(result.data === undefined ? [] : inconsistencies(result.data).map((it) => `${shown}: ${nameOf(each)}: ${it}`)),
  ]);
  if (problems.length > 0) return { problems };
  return { cases: results.flatMap(({ result }) => (result.data === undefined ? [] : [result.data])) };
}

function parseOrSay(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    return error;
  }
}

function nameOf(each: unknown): string {
  return typeof each === "object" && each !== null && "name" in each ? `"${String(each.name)}"` : "(no name)";
}

function whereOf(issue: { readonly path: readonly PropertyKey[] }): string {
  return issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
}

/** Cases that would assert nothing, or that ask for what cannot be asked together. */
function inconsistencies(each: Case): readonly string[] {
  const expects = ["state", "judge", "label", "look", "advice", "invalid", "then"] as const;
  const found: string[] = [];
  if (expects.every((key) => each[key] === undefined)) found.push("asserts nothing (judge, state, advice, invalid, …)");
  if (each.real !== undefined && each.seen !== undefined) found.push("`real` looks itself: leave out `seen`");
  if (each.some === true && each.together !== true) found.push("`some` belongs to `together`");
  if (each.then !== undefined && each.real === undefined) found.push("`then` belongs to `real`");
  if (each.act !== undefined && each.judge !== "change") found.push("`act` wants `judge: change`");
  if (each.why !== undefined && each.judge !== "wrong" && each.judge !== "blocked") {
    found.push("`why` wants `judge: wrong` or `judge: blocked`");
  }
  return found;
}

/** The task type of a kind: the export of src/tasks/<kind>.ts that says it is of this kind. */
export async function loadType(kind: string): Promise<AnyType> {
  const path = join(tasksDirectory, `${kind}.ts`);
  if (!existsSync(path)) throw new Error(`there are cases in test/tasks/${kind}/ but no src/tasks/${kind}.ts`);
  const module = (await import(path)) as Record<string, unknown>;
  const type = Object.values(module).find((each) => isType(each) && each.kind === kind);
  if (type === undefined) throw new Error(`src/tasks/${kind}.ts exports no task type whose kind is "${kind}"`);
  return type as AnyType;
}

function isType(each: unknown): each is AnyType {
  return typeof each === "object" && each !== null && "kind" in each && "look" in each;
}
