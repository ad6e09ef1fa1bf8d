/** What a command line of `play` shows before any host is touched: every problem with what the user gave. */
import type { TaskTypes } from "../../src/core/task-instance.ts";
import { InputError } from "../../src/core/problem.ts";
import type { HostProblem, Problem } from "../../src/core/problem.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { limitHosts, selectHosts, selectLimit } from "../../src/inventory/select.ts";
import { connectionOf } from "../../src/inventory/target.ts";
import type { Host, Inventory } from "../../src/inventory/types.ts";
import { loadPlaybook } from "../../src/playbook/load.ts";
import type { LoadedPlaybook } from "../../src/playbook/load.ts";
import { tagProblems } from "../../src/playbook/tags.ts";
import type { Templates } from "../../src/jinja/templates.ts";
import { renderProblems } from "../../src/report/problem.ts";

interface Line {
  readonly playbook: string;
  readonly inventories: readonly string[];
  readonly deadline: number;
  readonly limit: string | undefined;
  readonly tags: readonly string[];
}

function lineOf(command: string): Line {
  const words = command.trim().split(/\s+/);
  const option = (name: string): string | undefined => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const [, playbook = ""] = words;
  const inventories = words.flatMap((word, index) => (words[index - 1] === "-i" ? [word] : []));
  const deadline = Number(option("--inventory-timeout") ?? 10);
  return { playbook, inventories, deadline, limit: option("--limit"), tags: option("--tags")?.split(",") ?? [] };
}

export interface Means {
  readonly cwd: string;
  readonly types: TaskTypes;
  readonly templates: Templates;
}

/** The screen: the command, all problems, the exit code. */
export async function screen(command: string, means: Means): Promise<string> {
  const problems = await problemsOf(command, means);
  const shown = problems.length === 0 ? "(nothing to say)\n" : renderProblems(problems);
  return `$ dsrctl ${command.trim()}\n${shown}exit ${problems.some((each) => each.severity === "error") ? 1 : 0}\n`;
}

/** All problems, in the order in which they were found. */
export async function problemsOf(command: string, means: Means): Promise<readonly HostProblem[]> {
  const line = lineOf(command);
  const problems: HostProblem[] = [];
  const playbook = await attempt(problems, () => loadPlaybook(line.playbook, means.types, means));
  const { inventories, deadline } = line;
  const given = inventories.length > 0;
  const read = () => loadInventory(inventories, means.cwd, { scriptDeadline: deadline });
  const inventory = given ? await attempt(problems, read) : undefined;
  problems.push(...(playbook?.warnings ?? []), ...(inventory?.warnings ?? []));
  if (playbook !== undefined) problems.push(...tagProblems(playbook, line.tags, "--tags"));
  if (playbook !== undefined && inventory !== undefined) await hosts(playbook, inventory, line, means, problems);
  return problems;
}

async function hosts(
  playbook: LoadedPlaybook,
  inventory: Inventory,
  { limit }: Line,
  means: Means,
  problems: HostProblem[],
): Promise<void> {
  const chosen = new Set<Host>();
  const left =
    limit === undefined ? undefined : await attempt(problems, () => selectLimit(inventory, limit, means.cwd));
  for (const { hosts } of playbook.plays) {
    const found = (await attempt(problems, () => selectHosts(inventory, hosts.text, hosts.place))) ?? [];
    for (const host of left === undefined ? found : limitHosts(found, left)) chosen.add(host);
  }
  // Not what the ssh configuration of this machine says.
  const options = { inventory, cwd: means.cwd, render: () => (text: string) => text, sshConfig: { files: [] } };
  for (const host of chosen)
    problems.push(...((await attempt(problems, () => connectionOf(host, options)))?.warnings ?? []));
}

async function attempt<T>(problems: Problem[], work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
