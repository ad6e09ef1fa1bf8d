/** Everything that a command reads before a host is reached: inventory, playbook, variables, connections. */
import { readFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import type { HostRun } from "../engine/host-run.ts";
import type { Staged } from "../engine/run.ts";
import { scopeOf } from "../engine/scope.ts";
import { stage } from "../engine/stage.ts";
import type { Reach } from "../engine/stage.ts";
import { Variables } from "../engine/variables.ts";
import type { Layer } from "../engine/variables.ts";
import type { World } from "../engine/world.ts";
import { magic } from "../engine/magic.ts";
import { InputError } from "../failure.ts";
import type { Problem } from "../failure.ts";
import { kindOfPath } from "../files.ts";
import { loadInventory } from "../inventory/load.ts";
import type { Host, Inventory } from "../inventory/types.ts";
import { limitHosts, selectHosts } from "../inventory/select.ts";
import { listNames } from "../nearest.ts";
import { loadPlaybook } from "../playbook/load.ts";
import type { LoadedPlaybook } from "../playbook/load.ts";
import { tagProblems } from "../playbook/tags.ts";
import { templates as makeTemplates } from "../playbook/template.ts";
import type { Scope, Templates } from "../playbook/template.ts";
import type { Play } from "../playbook/types.ts";
import type { Controller } from "../task.ts";
import { taskTypes } from "../tasks/index.ts";
import { extraVars } from "./extra-vars.ts";
import type { InventoryOptions, PlayLine } from "./line.ts";
import type { Terminal } from "./terminal.ts";

export interface LoadedInventory {
  readonly inventory: Inventory;
  readonly templates: Templates;
  readonly extra: Layer;
  /** The hosts that `--limit` leaves; `undefined`: all. */
  readonly limit: readonly Host[] | undefined;
  /** A host's variables outside of any play. */
  readonly scope: (host: Host) => Scope;
}

export interface Loaded extends LoadedInventory {
  readonly playbook: LoadedPlaybook;
  readonly warnings: readonly Problem[];
  readonly hostsOf: (play: Play) => readonly Host[];
  readonly stage: (
    world: World,
    reach: (host: Host) => Reach,
  ) => { staged: readonly Staged[]; hosts: readonly HostRun[] };
}

export async function loadInventoryFor(line: InventoryOptions, terminal: Terminal): Promise<LoadedInventory> {
  const inventory = await loadInventory(line.inventory, terminal.cwd);
  const templates = makeTemplates();
  const extra = await extraVars(line.extraVars, terminal.cwd);
  const { limit } = line;
  const limited =
    limit === undefined
      ? undefined
      : selectHosts(inventory, limit, { source: { file: "--limit", text: limit }, start: 0, end: limit.length });
  const scope = (host: Host): Scope =>
    scopeOf(new Variables([host.variables, extra, magic(host, inventory, [], { check: false, omit: "" })]), templates);
  return { inventory, templates, extra, limit: limited, scope };
}

/** @throws InputError with what is wrong; no host was reached. */
export async function load(line: PlayLine, terminal: Terminal): Promise<Loaded> {
  const base = await loadInventoryFor(line, terminal);
  const { inventory, templates, extra, limit } = base;
  const playbook = await loadPlaybook(line.playbook, taskTypes, { cwd: terminal.cwd, templates });
  const wrong = [...tagProblems(playbook, line.tags, "--tags"), ...tagProblems(playbook, line.skipTags, "--skip-tags")];
  if (wrong.length > 0) throw new InputError(wrong);
  const hosts = new Map(playbook.plays.map((play) => [play, hostsOfPlay(play, inventory, limit)]));
  const hostsOf = (play: Play): readonly Host[] => hosts.get(play) ?? [];
  if (playbook.plays.every((play) => hostsOf(play).length === 0)) throw new InputError([nobody(line)]);
  const service = taskTypes.get("service");
  if (service === undefined) throw new Error("there is no task type `service`");
  const advice: Problem[] = [];
  return {
    ...base,
    playbook,
    hostsOf,
    warnings: [...inventory.warnings, ...playbook.warnings],
    stage: (world, reach) =>
      stage({
        ...{ playbook, inventory, hostsOf, extra, world, service, reach },
        choice: { tags: line.tags, skip: line.skipTags },
        read: (path, folder) => readFor(playbook, path, folder, terminal.cwd),
        render: (file, scope) =>
          templates.file({ file: file.path, text: Buffer.from(file.bytes).toString("utf8") }, scope),
        advise: (problem) => {
          if (advice.some((each) => sameAdvice(each, problem))) return;
          advice.push(problem);
          world.tell({ type: "warning", problem });
        },
      }),
  };
}

function hostsOfPlay(play: Play, inventory: Inventory, limit: readonly Host[] | undefined): readonly Host[] {
  const hosts = selectHosts(inventory, play.hosts.text, play.hosts.place);
  return limit === undefined ? hosts : limitHosts(hosts, limit);
}

function nobody(line: PlayLine): Problem {
  const text = line.limit ?? "";
  const place = { source: { file: "--limit", text }, start: 0, end: text.length };
  return { severity: "error", message: "`--limit` leaves no host in any play", place };
}

/** The same advice, once for all hosts. */
function sameAdvice(a: Problem, b: Problem): boolean {
  return a.message === b.message && a.place?.source.file === b.place?.source.file && a.place?.start === b.place?.start;
}

async function readFor(
  playbook: LoadedPlaybook,
  path: string,
  folder: "files" | "templates",
  cwd: string,
): ReturnType<Controller["read"]> {
  const tried = isAbsolute(path) ? [path] : [join(playbook.folder, folder, path), join(playbook.folder, path)];
  for (const each of tried) {
    if ((await kindOfPath(each)) === "file") return { path: shown(each, cwd), bytes: await readFile(each) };
  }
  const help = `looked for ${listNames(tried.map((each) => shown(each, cwd)))}`;
  throw new InputError([{ severity: "error", message: `\`${path}\` not found`, help }]);
}

function shown(path: string, cwd: string): string {
  const folder = `${resolve(cwd)}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}
