/**
 * Prepares a run: makes the hosts and the segments of every play from a playbook and an inventory. No host is reached.
 */
import { taskRef } from "./converge/task-ref.ts";
import type { Problem } from "../core/problem.ts";
import { throwIfErrors } from "../core/collect-problems.ts";
import { isFlush } from "../playbook/types.ts";
import type { Play, VarEntry } from "../playbook/types.ts";
import { hostViews } from "./hostvars-hosts.ts";
import { handlersOf } from "./handlers.ts";
import type { HostRun } from "./host-run.ts";
import { segmentsOf } from "./segments.ts";
import type { PlayRun } from "./run.ts";
import { matchesTags, tagsOf } from "./tag-filter.ts";
import { serialBatches } from "./serial.ts";
import { HostContext } from "./host-context.ts";
import type { Layer } from "./variables/variables.ts";
import type { RunInput, PreparedPlay } from "./run-input.ts";
import { handlerRefs } from "./run-input.ts";

/** @throws InputError when a task uses an encrypted value that no vault password opened */
export function prepareRun(input: RunInput): {
  readonly staged: readonly PlayRun[];
  readonly hosts: readonly HostRun[];
} {
  const settings = input.playbook.plays.map((play, index) => preparePlay(input, play, index));
  const crew = new Map<string, HostRun>();
  const staffs = new Map<string, HostContext>();
  const fellows = hostViews(input, staffs);
  const locked: Problem[] = [];
  for (const { hosts } of settings) {
    for (const host of hosts) {
      if (crew.has(host.name)) continue;
      const staff = new HostContext(input, settings, host, fellows);
      staffs.set(host.name, staff);
      locked.push(...staff.closed());
      crew.set(host.name, staff.run());
    }
  }
  throwIfErrors(locked);
  const staged = settings.map((setting) => ({
    play: setting.play,
    hosts: setting.hosts.flatMap(({ name }) => crew.get(name) ?? []),
    leftOut: input.leftOutOf(setting.play).map(({ name }) => name),
    segments: segmentsOf(
      setting.tasks,
      (task, index) => taskRef({ play: setting.index, index }, task),
      (pass) => handlerRefs(setting, pass),
    ),
  }));
  // `localhost` may take part without being in the inventory.
  const names = new Set([...input.inventory.hosts.keys(), ...crew.keys()]);
  return { staged, hosts: [...names].flatMap((name) => crew.get(name) ?? []) };
}

function preparePlay(input: RunInput, play: Play, index: number): PreparedPlay {
  const vars = [layerOf(play.vars), ...play.varsFiles.map((file) => layerOf(file.vars))];
  const tasks = play.tasks.filter((task) => isFlush(task) || matchesTags(tagsOf(play, task), input.choice));
  const hosts = input.hostsOf(play);
  const batches = serialBatches(hosts, play.serial);
  return { index, play, vars, tasks, handlers: handlersOf(play, input.service), hosts, batches };
}

function layerOf(entries: readonly VarEntry[]): Layer {
  return new Map(entries.map((entry) => [entry.name, entry]));
}
