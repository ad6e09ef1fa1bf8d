/** Playbooks: read whole and checked as far as that goes without variables, before any host is touched. */
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { TaskTypes } from "../core/task-instance.ts";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { kindOfPath, readSource } from "../files.ts";
import { collectProblems, throwIfErrors } from "../core/collect-problems.ts";
import { listNames } from "../text/suggest.ts";
import type { Keyring } from "../vault/keyring.ts";
import { unlock } from "../yaml/unlock.ts";
import { readYaml } from "../yaml/index.ts";
import type { Node } from "../yaml/index.ts";
import { findPlaybook } from "./find.ts";
import { readPlay } from "./play.ts";
import type { ReadPlay } from "./play.ts";
import { checkTemplates, varEntries } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { typesNamedIn } from "./task-type.ts";
import type { Templates } from "../jinja/templates.ts";
import type { Play, Playbook, Text, VarEntry } from "./types.ts";
import { error, invalid, isNull, kindOf } from "./values.ts";

export interface LoadOptions {
  readonly cwd: string;
  readonly templates: Templates;
  /** Passwords for what is encrypted in it and in the files it names. */
  readonly vault?: Keyring;
}

/** A playbook, and the warnings about it. */
export interface LoadedPlaybook extends Playbook {
  readonly warnings: readonly Problem[];
}

/**
 * Loads a playbook by its path, or by its name in `playbooks/`.
 * @throws InputError with everything that is wrong with it and with the files it names.
 */
export async function loadPlaybook(
  argument: string,
  types: TaskTypes,
  { cwd, templates, vault }: LoadOptions,
): Promise<LoadedPlaybook> {
  const { path, shown } = await findPlaybook(argument, cwd);
  const problems: Problem[] = [];
  const tell = (problem: Problem): void => void problems.push(problem);
  const root = readYaml(await readSource(path, { shown, what: "playbook", vault }), tell);
  const reading: Reading = { types: await typesNamedIn(root, types), kinds: [...types.keys()], templates, tell };
  await unlock(root, vault);
  const read = playNodes(root).flatMap((node) => readPlay(node, reading) ?? []);
  const directories: Directories = { path: dirname(path), shown: dirname(shown), vault };
  const plays: Play[] = [];
  for (const each of read) plays.push({ ...each.play, varsFiles: await readVarsFiles(each, directories, reading) });
  throwIfErrors(problems);
  return { path: shown, directory: dirname(path), plays, warnings: problems };
}

function playNodes(root: Node): readonly Node[] {
  if (root.kind === "list" && root.items.length > 0) return root.items;
  const empty = isNull(root) || root.kind === "list";
  const start = { ...root.place, start: 0, end: 0 };
  const place = root.kind === "map" ? (root.entries[0]?.keyPlace ?? start) : empty ? start : root.place;
  const help =
    root.kind === "map"
      ? `put \`- \` before \`${root.entries[0]?.key ?? "hosts"}\` and indent what follows by two spaces`
      : "write\n- hosts: all\n  tasks: []";
  const message = empty ? "the playbook is empty" : `a playbook is a list of plays, this is ${kindOf(root)}`;
  throw new InputError([invalid(message, place, help)]);
}

interface Directories {
  readonly vault: Keyring | undefined;
  readonly path: string;
  readonly shown: string;
}

type VarsFile = Play["varsFiles"][number];

async function readVarsFiles(
  { varsFiles }: ReadPlay,
  directories: Directories,
  reading: Reading,
): Promise<readonly VarsFile[]> {
  const files: VarsFile[] = [];
  for (const text of varsFiles) {
    const file = await collectProblems(reading.tell, () => readVarsFile(text, directories, reading));
    if (file !== undefined) files.push(file);
  }
  return files;
}

async function readVarsFile({ text, place }: Text, directories: Directories, reading: Reading): Promise<VarsFile> {
  const tried = isAbsolute(text) ? [text] : [text, join("vars", text)];
  for (const each of tried) {
    const path = resolve(directories.path, each);
    if ((await kindOfPath(path)) !== "file") continue;
    const shown = isAbsolute(each) ? each : join(directories.shown, each);
    return { path: shown, vars: await varsOf(path, shown, directories.vault, reading) };
  }
  const looked = tried.map((each) => (isAbsolute(each) ? each : join(directories.shown, each)));
  throw new InputError([error("file-not-found", `\`${text}\` not found`, place, `looked for ${listNames(looked)}`)]);
}

async function varsOf(
  path: string,
  shown: string,
  vault: Keyring | undefined,
  reading: Reading,
): Promise<readonly VarEntry[]> {
  const source = await readSource(path, { shown, what: "variables file", vault });
  const node = readYaml(source, reading.tell);
  await unlock(node, vault);
  checkTemplates(node, reading);
  return varEntries(node, "a file of variables", reading.tell);
}
