/** `group_vars` and `host_vars`: a file or a folder of files for each name. */
import { readdir } from "node:fs/promises";
import type { Dirent } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../failure.ts";
import { readSource } from "../files.ts";
import { gather } from "../gather.ts";
import { didYouMean } from "../nearest.ts";
import type { Place } from "../place.ts";
import { readYaml } from "../yaml.ts";
import type { Variable } from "./types.ts";
import { readVariables } from "./variables.ts";

type Tell = (problem: Problem) => void;

interface Entry {
  /** The group or host it is for. */
  readonly name: string;
  readonly file: string;
  readonly folder: boolean;
}

export interface VarsFolder {
  readonly path: string;
  readonly shown: string;
  readonly what: "group" | "host";
}

/** Reads the variables of every name in `known`; files for other names are warned about. */
export async function readVarsFolder(
  folder: VarsFolder,
  known: ReadonlySet<string>,
  tell: Tell,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Variable>>> {
  const result = new Map<string, ReadonlyMap<string, Variable>>();
  const seen = new Map<string, Entry>();
  for (const entry of await entriesOf(folder.path)) {
    const twin = seen.get(entry.name);
    if (twin !== undefined) tell(twoSources(folder, twin, entry));
    seen.set(entry.name, entry);
    if (!known.has(entry.name)) tell(forNobody(folder, entry, known));
    else if (twin === undefined) result.set(entry.name, await readEntry(folder, entry, tell));
  }
  return result;
}

const NOT_VARIABLES = /^\.|~$|\.(?:bak|orig|swp|tmp|retry|md|txt|j2|rpmnew|rpmsave|dpkg-\w+)$/;
const EXTENSION = /\.(?:ya?ml|json)$/;

async function entriesOf(path: string): Promise<readonly Entry[]> {
  const entries = await list(path);
  return entries.map((entry) => ({
    name: entry.isDirectory() ? entry.name : entry.name.replace(EXTENSION, ""),
    file: entry.name,
    folder: entry.isDirectory(),
  }));
}

async function list(path: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => !NOT_VARIABLES.test(entry.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

async function readEntry(folder: VarsFolder, entry: Entry, tell: Tell): Promise<ReadonlyMap<string, Variable>> {
  const path = join(folder.path, entry.file);
  const shown = join(folder.shown, entry.file);
  return entry.folder ? readFolder(path, shown, tell) : ((await readFile(path, shown, tell)) ?? new Map());
}

/** The files of a folder, and of folders in it, in alphabetical order; later ones win. */
async function readFolder(path: string, shown: string, tell: Tell): Promise<ReadonlyMap<string, Variable>> {
  const variables = new Map<string, Variable>();
  for (const entry of await list(path)) {
    const [inner, name] = [join(path, entry.name), join(shown, entry.name)];
    const read = entry.isDirectory() ? await readFolder(inner, name, tell) : await readFile(inner, name, tell);
    for (const variable of read?.values() ?? []) variables.set(variable.name, variable);
  }
  return variables;
}

function readFile(path: string, shown: string, tell: Tell): Promise<ReadonlyMap<string, Variable> | undefined> {
  return gather(tell, async () => readVariablesFile(path, { shown }, tell));
}

/**
 * The variables of one file, problems with its names and values told.
 * @throws InputError when it cannot be read or is not YAML.
 */
export async function readVariablesFile(
  path: string,
  options: { readonly shown: string; readonly at?: Place },
  tell: Tell,
): Promise<Map<string, Variable>> {
  const source = await readSource(path, { ...options, what: "variables file" });
  return readVariables(readYaml(source, tell), "a file of variables", tell);
}

function forNobody(folder: VarsFolder, entry: Entry, known: ReadonlySet<string>): Problem {
  const hint = didYouMean(entry.name, known);
  return {
    severity: "warning",
    message: `\`${join(folder.shown, entry.file)}\` belongs to no ${folder.what} of this inventory and is not read`,
    ...(hint === undefined ? {} : { help: hint }),
  };
}

function twoSources(folder: VarsFolder, first: Entry, second: Entry): Problem {
  const [a, b] = [first, second].map((entry) => `\`${join(folder.shown, entry.file)}${entry.folder ? "/" : ""}\``);
  return {
    severity: "error",
    message: `the variables of ${folder.what} \`${first.name}\` stand in two places: ${a ?? ""} and ${b ?? ""}`,
    help: "put them into one; Ansible would read only one of the two and say nothing",
  };
}
