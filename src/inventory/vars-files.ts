/** `group_vars` and `host_vars`: a file or a directory of files for each name. */
import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { kindOfPath, readSource } from "../files.ts";
import { collectProblems } from "../core/collect-problems.ts";
import { didYouMean } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { patiently } from "../system/read-input.ts";
import type { Keyring } from "../vault/keyring.ts";
import { readData } from "./data.ts";
import { setVariable } from "./draft.ts";
import { byCodePoint } from "./find.ts";
import type { Variable } from "./types.ts";
import { inventoryNameProblem, readVariables } from "./variables.ts";

type Tell = (problem: Problem) => void;

interface Entry {
  /** The group or host it is for. */
  readonly name: string;
  readonly file: string;
  readonly directory: boolean;
}

export interface VarsDirectory {
  readonly path: string;
  readonly shown: string;
  readonly what: "group" | "host";
  readonly beside: "inventory" | "playbook";
  readonly vault?: Keyring | undefined;
}

/** Reads the variables of every name in `known`; files for other names are warned about. */
export async function readVarsDirectory(
  directory: VarsDirectory,
  known: ReadonlySet<string>,
  tell: Tell,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Variable>>> {
  const result = new Map<string, ReadonlyMap<string, Variable>>();
  const seen = new Map<string, Entry>();
  const strangers: Entry[] = [];
  for (const entry of await entriesOf(directory, known)) {
    const twin = seen.get(entry.name);
    if (twin !== undefined) tell(twoSources(directory, twin, entry));
    seen.set(entry.name, entry);
    if (!known.has(entry.name)) strangers.push(entry);
    else if (twin === undefined) result.set(entry.name, await readEntry(directory, entry, tell));
  }
  for (const problem of forNobody(directory, strangers, known)) tell(problem);
  return result;
}

const NOT_VARIABLES = /^\.|~$|\.(?:bak|orig|swp|tmp|retry|md|txt|j2|rpmnew|rpmsave|dpkg-\w+)$/;
const EXTENSION = /\.(?:ya?ml|json)$/;

async function entriesOf({ path }: VarsDirectory, known: ReadonlySet<string>): Promise<readonly Entry[]> {
  const entries = (await list(path)).filter(({ file }) => known.has(file) || !NOT_VARIABLES.test(file));
  return entries.map((entry) => ({ ...entry, name: entry.directory ? entry.file : entry.file.replace(EXTENSION, "") }));
}

/** The content of a directory, by name, following links; nothing if there is none. */
async function list(path: string): Promise<readonly Entry[]> {
  try {
    const entries = await patiently(() => readdir(path, { withFileTypes: true }));
    const shown = entries.filter(({ name }) => !name.startsWith(".") && !name.endsWith("~"));
    const all = shown.map(async (entry) => ({
      name: entry.name,
      file: entry.name,
      directory: entry.isSymbolicLink()
        ? (await kindOfPath(join(path, entry.name))) === "directory"
        : entry.isDirectory(),
    }));
    return (await Promise.all(all)).sort((a, b) => byCodePoint(a.file, b.file));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

async function readEntry(directory: VarsDirectory, entry: Entry, tell: Tell): Promise<ReadonlyMap<string, Variable>> {
  const path = join(directory.path, entry.file);
  const file = { path, shown: join(directory.shown, entry.file), vault: directory.vault };
  return entry.directory ? readDirectory(file, tell) : ((await readFile(file, tell)) ?? new Map());
}

interface File {
  readonly path: string;
  readonly shown: string;
  readonly vault: Keyring | undefined;
}

/** Links may lead in circles. */
const DEEPEST = 16;

/**
 * The files of a directory, and of directories in it, in alphabetical order; later ones win. As in Ansible, files
 * ending in `.yml`, `.yaml`, `.json` or without an ending count, and directories without one.
 */
async function readDirectory(directory: File, tell: Tell, depth = 0): Promise<Map<string, Variable>> {
  const variables = new Map<string, Variable>();
  for (const entry of await list(directory.path)) {
    const counts = extname(entry.file) === "" || (!entry.directory && EXTENSION.test(entry.file));
    if (!counts || depth > DEEPEST) continue;
    const inner = { ...directory, path: join(directory.path, entry.file), shown: join(directory.shown, entry.file) };
    const read = entry.directory ? await readDirectory(inner, tell, depth + 1) : await readFile(inner, tell);
    for (const variable of read?.values() ?? []) setVariable(variables, variable);
  }
  return variables;
}

function readFile({ path, shown, vault }: File, tell: Tell): Promise<ReadonlyMap<string, Variable> | undefined> {
  return collectProblems(tell, async () => readVariablesFile(path, { shown, vault }, tell));
}

/**
 * The variables of one file; problems with its names and values are reported.
 *
 * @throws InputError when it cannot be read or is not YAML.
 */
export async function readVariablesFile(
  path: string,
  options: { readonly shown: string; readonly at?: Place; readonly vault?: Keyring | undefined },
  tell: Tell,
): Promise<Map<string, Variable>> {
  const source = await readSource(path, { ...options, what: "variables file" });
  return readVariables(readData(source, tell), "a file of variables", tell, inventoryNameProblem);
}

/** If there are more names, they are not checked one by one. */
const MOST_NAMED = 20;

/** A file next to the playbook may be for another inventory: it is reported only if it looks like a typing error. */
function forNobody(
  directory: VarsDirectory,
  entries: readonly Entry[],
  known: ReadonlySet<string>,
): readonly Problem[] {
  const problems = entries.slice(0, MOST_NAMED).flatMap((entry): readonly Problem[] => {
    const hint = didYouMean(entry.name, known);
    if (hint === undefined && directory.beside === "playbook") return [];
    const path = join(directory.shown, entry.file);
    const message = `\`${path}\` belongs to no ${directory.what} of this inventory and is not read`;
    return [{ severity: "warning", code: "unused", message, ...(hint === undefined ? {} : { help: hint }) }];
  });
  const more = entries.length - MOST_NAMED;
  if (more <= 0 || directory.beside === "playbook") return problems;
  const message = `${more} more files in \`${directory.shown}\` belong to no ${directory.what} and are not read`;
  return [...problems, { severity: "warning", code: "unused", message }];
}

function twoSources(directory: VarsDirectory, first: Entry, second: Entry): Problem {
  const [a, b] = [first, second].map(
    (entry) => `\`${join(directory.shown, entry.file)}${entry.directory ? "/" : ""}\``,
  );
  return {
    severity: "error",
    code: "conflict",
    message: `the variables of ${directory.what} \`${first.name}\` are in two places: ${a ?? ""} and ${b ?? ""}`,
    help: "put them into one place; Ansible would silently read only one of the two",
  };
}
