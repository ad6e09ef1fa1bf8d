/**
 * Loads inventories: hosts, groups and their variables, from files, scripts, directories of them, and lists on the
 * command line.
 */
import { join, resolve } from "node:path";
import type { Problem } from "../core/problem.ts";
import { kindOfPath } from "../files.ts";
import { collectProblems, throwIfErrors } from "../core/collect-problems.ts";
import type { Source } from "../core/source.ts";
import { assemble } from "./assemble.ts";
import type { VarsFiles } from "./assemble.ts";
import { addHosts, emptyDraft, groupOf } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { findInventory } from "./find.ts";
import type { Found } from "./find.ts";
import { readInventory } from "./read.ts";
import { SCRIPT_DEADLINE } from "./script.ts";
import { completeGroups } from "./tree.ts";
import type { Inventory } from "./types.ts";
import { unlockVariables } from "./unlock.ts";
import type { Keyring } from "../vault/keyring.ts";
import { readVarsDirectory } from "./vars-files.ts";

export type { Group, Host, Inventory, Variable, Variables } from "./types.ts";

export interface LoadOptions {
  /** The playbook's directory: its `group_vars` and `host_vars` count too, and override the inventory's. */
  readonly playbook?: { readonly path: string; readonly shown: string };
  /** Seconds that each call of an executable inventory may take; 10 by default. */
  readonly scriptDeadline?: number;
  /** An interruption: scripts are ended. */
  readonly stop?: AbortSignal;
  /** Passwords for what is encrypted. */
  readonly vault?: Keyring | undefined;
  /** False: inventories that are programs are left out. */
  readonly programs?: boolean;
}

/**
 * Loads what each `-i` names. That is a path to a file (INI, YAML, JSON, an executable that answers `--list`), or a
 * path to a directory of them. It can also be the name of one in `inventories/`, or hosts with commas, `web1,web2,`.
 * Several are merged, later ones win. Precedence among variables is Ansible's (docs.ansible.com, "Variable
 * precedence").
 *
 * @throws InputError with everything that is wrong with them.
 */
export async function loadInventory(
  given: string | readonly string[],
  cwd: string,
  options: LoadOptions = {},
): Promise<Inventory> {
  const names = typeof given === "string" ? [given] : given;
  const draft = emptyDraft({ source: { file: "-i", text: names.join(" ") }, start: 0, end: 0 });
  const tell = (problem: Problem) => void draft.problems.push(problem);
  const found: Found[] = [];
  for (const argument of names) {
    const one = await collectProblems(tell, () => readOne(draft, argument, cwd, options));
    if (one !== undefined) found.push(one);
  }
  await collectProblems(tell, () => completeGroups(draft));
  const files = await readVars(draft, found, options);
  await unlockVariables(draft, files, options.vault);
  throwIfErrors(draft.problems);
  return assemble(draft, files, {
    name: names.join(", "),
    file: found.flatMap((each) => each.files)[0]?.shown ?? "-i",
  });
}

export interface InventoryNames {
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
}

/** The names that the files give, as far as they can be read. Programs are not run, and no variables are loaded. */
export async function inventoryNames(given: readonly string[], cwd: string): Promise<InventoryNames> {
  const draft = emptyDraft({ source: { file: "-i", text: given.join(" ") }, start: 0, end: 0 });
  for (const argument of given)
    await collectProblems(
      () => undefined,
      () => readOne(draft, argument, cwd, { programs: false }),
    );
  return { hosts: [...draft.hosts.keys()], groups: [...draft.groups.keys()] };
}

const NO_FILES: Found = { files: [], directory: "", shownDirectory: "" };

async function readOne(draft: Draft, argument: string, cwd: string, options: LoadOptions): Promise<Found> {
  if (argument.includes(",") && (await kindOfPath(resolve(cwd, argument))) === "nothing") {
    readList(draft, argument);
    return NO_FILES;
  }
  const found = await findInventory(argument, cwd);
  const runs = { cwd, deadline: options.scriptDeadline ?? SCRIPT_DEADLINE, stop: options.stop };
  const script = options.programs === false ? undefined : runs;
  for (const file of found.files) await readInventory(draft, file, script, options.vault);
  return found;
}

/** `web1,web2,`: hosts without variables. */
function readList(draft: Draft, argument: string): void {
  const source: Source = { file: "-i", text: argument };
  const ungrouped = groupOf(draft, "ungrouped", { source, start: 0, end: 0 });
  for (const match of argument.matchAll(/[^,\s]+/g)) {
    addHosts(draft, ungrouped, match[0], { source, start: match.index, end: match.index + match[0].length });
  }
}

interface Directory {
  readonly path: string;
  readonly shown: string;
  readonly beside: "inventory" | "playbook";
}

async function readVars(draft: Draft, found: readonly Found[], options: LoadOptions): Promise<VarsFiles> {
  const read = async (what: "group" | "host"): Promise<VarsFiles["groups"]> => {
    const all = [];
    for (const directory of directoriesOf(found, options))
      all.push(await readDirectory(draft, directory, what, options.vault));
    return all;
  };
  return { groups: await read("group"), hosts: await read("host") };
}

/** The weakest first. If two inventories are in one directory, the later one decides on the directory's strength. */
function directoriesOf(found: readonly Found[], { playbook }: LoadOptions): readonly Directory[] {
  const directories = new Map<string, Directory>();
  for (const { files, directory, shownDirectory } of found) {
    if (files.length === 0) continue;
    directories.delete(directory);
    directories.set(directory, { path: directory, shown: shownDirectory, beside: "inventory" });
  }
  const known = playbook === undefined || directories.has(playbook.path);
  return known ? [...directories.values()] : [...directories.values(), { ...playbook, beside: "playbook" }];
}

async function readDirectory(
  draft: Draft,
  { path, shown, beside }: Directory,
  what: "group" | "host",
  vault: Keyring | undefined,
): Promise<VarsFiles["groups"][number]> {
  const name = `${what}_vars`;
  const known = new Set((what === "group" ? draft.groups : draft.hosts).keys());
  const tell = (problem: Problem) => void draft.problems.push(problem);
  const directory = { path: join(path, name), shown: join(shown, name), what, beside, vault };
  return { shown: directory.shown, beside, byName: await readVarsDirectory(directory, known, tell) };
}
