/** Which file a playbook is. */
import { basename, join, resolve } from "node:path";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { kindOfPath, namesIn } from "../files.ts";
import { didYouMean, listNames } from "../text/suggest.ts";

/** A playbook's path, absolute and as shown. */
export interface FoundPlaybook {
  readonly path: string;
  readonly shown: string;
}

/**
 * A path, or a name in `playbooks/`, with or without `.yml`.
 * @throws InputError when there is none.
 */
export async function findPlaybook(argument: string, cwd: string): Promise<FoundPlaybook> {
  const tried = candidates(argument);
  for (const shown of tried) {
    const path = resolve(cwd, shown);
    if ((await kindOfPath(path)) === "file") return { path, shown };
  }
  throw new InputError([await notFound(argument, cwd, tried)]);
}

function candidates(argument: string): readonly string[] {
  const names = /\.ya?ml$/.test(argument) ? [argument] : [argument, `${argument}.yml`, `${argument}.yaml`];
  if (argument.startsWith("/") || argument.startsWith(".")) return names;
  return [...names, ...names.map((name) => join("playbooks", name))];
}

async function notFound(argument: string, cwd: string, tried: readonly string[]): Promise<Problem> {
  const source = { file: "PLAYBOOK", text: argument };
  const names = await playbookNames(cwd);
  const label = didYouMean(basename(argument), names);
  const directory = (await kindOfPath(resolve(cwd, argument))) === "directory";
  return {
    severity: "error",
    code: directory ? "file-unreadable" : "file-not-found",
    message: directory ? `\`${argument}\` is a directory, not a playbook` : `playbook \`${argument}\` not found`,
    place: { source, start: 0, end: argument.length },
    ...(label === undefined ? {} : { label }),
    help: names.length > 0 ? `in \`playbooks/\` there is ${listNames(names)}` : `looked for ${listNames(tried)}`,
  };
}

async function playbookNames(cwd: string): Promise<readonly string[]> {
  return (await namesIn(join(cwd, "playbooks"))).filter((name) => /\.ya?ml$/.test(name)).sort();
}
