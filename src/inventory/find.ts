/** Which inventory `-i` names. */
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { kindOfPath, namesIn } from "../files.ts";
import { listNames, closestMatch } from "../text/suggest.ts";
import type { Source } from "../core/source.ts";

/** A file, with the name it is shown by: relative where the user was. */
export interface FoundFile {
  readonly path: string;
  readonly shown: string;
}

export interface Found {
  /** In the order in which they are read; later ones win. */
  readonly files: readonly FoundFile[];
  /** The directory that `group_vars` and `host_vars` are in. */
  readonly directory: string;
  readonly shownDirectory: string;
}

/**
 * A path to a file or a directory of inventories, or the name of one in `inventories/`.
 * @throws InputError when there is none.
 */
export async function findInventory(argument: string, cwd: string): Promise<Found> {
  const tried = [argument, ...inInventories(argument)];
  for (const shown of tried) {
    const found = await inventoryAt(shown, cwd);
    if (found !== undefined) return found;
  }
  throw new InputError([await notFound(argument, cwd)]);
}

function inInventories(argument: string): readonly string[] {
  if (argument === "" || argument.startsWith("/") || argument.startsWith(".")) return [];
  return ["", ".yml", ".yaml"].map((end) => join("inventories", argument + end));
}

async function inventoryAt(shown: string, cwd: string): Promise<Found | undefined> {
  const path = resolve(cwd, shown);
  const kind = await kindOfPath(path);
  if (kind === "file") return { files: [{ path, shown }], directory: dirname(path), shownDirectory: dirname(shown) };
  if (kind === "nothing") return undefined;
  const files = await filesIn(path, shown, 0);
  return files.length === 0 ? undefined : { files, directory: path, shownDirectory: shown };
}

/**
 * Ansible's `INVENTORY_IGNORE_EXTS` and the names it always leaves out; and texts for people, which it stumbles over.
 */
const IGNORED =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$|^(?:README|LICENSE|COPYING|CHANGELOG|NOTICE|Makefile)$/;

/** Links may lead in circles. */
const DEEPEST = 16;

/** The inventories of a directory and of directories in it, by name. */
async function filesIn(path: string, shown: string, depth: number): Promise<readonly FoundFile[]> {
  const names = (await namesIn(path)).filter((name) => !IGNORED.test(name)).sort(byCodePoint);
  const files: FoundFile[] = [];
  for (const name of names) {
    const inner = { path: join(path, name), shown: join(shown, name) };
    const kind = await kindOfPath(inner.path);
    if (kind === "file") files.push(inner);
    else if (kind === "directory" && depth < DEEPEST)
      files.push(...(await filesIn(inner.path, inner.shown, depth + 1)));
  }
  return files;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Python's order of texts. */
export function byCodePoint(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
}

async function notFound(argument: string, cwd: string): Promise<Problem> {
  const source: Source = { file: "-i", text: argument };
  const names = await inventoryNames(cwd);
  const near = closestMatch(basename(argument), names) ?? (await besideIt(argument, cwd));
  const directory = (await kindOfPath(resolve(cwd, argument))) === "directory";
  return {
    severity: "error",
    code: "file-not-found",
    message: directory ? `\`${argument}\` holds no inventory` : `inventory \`${argument}\` not found`,
    place: { source, start: 0, end: argument.length },
    ...(near === undefined ? {} : { label: `did you mean \`${near}\`?` }),
    help: names.length > 0 ? `in \`inventories/\` there is ${listNames(names)}` : lookedIn(argument),
  };
}

/** The nearest file in the directory that the path names. */
async function besideIt(argument: string, cwd: string): Promise<string | undefined> {
  const names = await namesIn(resolve(cwd, dirname(argument)));
  const near = closestMatch(basename(argument), names);
  return near === undefined ? undefined : argument.slice(0, argument.length - basename(argument).length) + near;
}

function lookedIn(argument: string): string {
  return `looked for ${listNames([argument, ...inInventories(argument)])}`;
}

async function inventoryNames(cwd: string): Promise<readonly string[]> {
  const entries = await namesIn(join(cwd, "inventories"));
  return entries
    .filter((name) => !name.startsWith("."))
    .map((name) => name.replace(/\.ya?ml$/, ""))
    .sort();
}
