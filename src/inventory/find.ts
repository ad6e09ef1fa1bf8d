/** Which inventory `-i` names. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../failure.ts";
import type { Problem } from "../failure.ts";
import { kindOfPath } from "../files.ts";
import { didYouMean, listNames } from "../nearest.ts";
import type { Source } from "../place.ts";

export interface Found {
  /** The inventory file. */
  readonly path: string;
  /** The same, as shown: relative where the user was. */
  readonly shown: string;
  /** The folder that `group_vars` and `host_vars` are in. */
  readonly folder: string;
  readonly shownFolder: string;
}

const FILES = ["hosts.yml", "hosts.yaml"];

/**
 * A path to a file or a folder with `hosts.yml`, or the name of one in `inventories/`.
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
  if (argument.startsWith("/") || argument.startsWith(".")) return [];
  return ["", ".yml", ".yaml"].map((end) => join("inventories", argument + end));
}

async function inventoryAt(shown: string, cwd: string): Promise<Found | undefined> {
  const path = resolve(cwd, shown);
  const kind = await kindOfPath(path);
  if (kind === "file") return { path, shown, folder: dirname(path), shownFolder: dirname(shown) };
  if (kind === "nothing") return undefined;
  for (const file of FILES) {
    if ((await kindOfPath(join(path, file))) !== "file") continue;
    return { path: join(path, file), shown: join(shown, file), folder: path, shownFolder: shown };
  }
  return undefined;
}

async function notFound(argument: string, cwd: string): Promise<Problem> {
  const source: Source = { file: "-i", text: argument };
  const names = await inventoryNames(cwd);
  const label = didYouMean(basename(argument), names);
  const folder = (await kindOfPath(resolve(cwd, argument))) === "folder";
  return {
    severity: "error",
    message: folder ? `\`${argument}\` holds no \`hosts.yml\`` : `inventory \`${argument}\` not found`,
    place: { source, start: 0, end: argument.length },
    ...(label === undefined ? {} : { label }),
    help: names.length > 0 ? `in \`inventories/\` there is ${listNames(names)}` : lookedIn(argument),
  };
}

function lookedIn(argument: string): string {
  return `looked for ${listNames([argument, ...inInventories(argument)])}`;
}

async function inventoryNames(cwd: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(cwd, "inventories"));
    return entries
      .filter((name) => !name.startsWith("."))
      .map((name) => name.replace(/\.ya?ml$/, ""))
      .sort();
  } catch {
    return [];
  }
}
