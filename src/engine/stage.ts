/** Staging: a playbook and an inventory become hosts, each with its tasks in their places; nothing is reached yet. */
import type { AnyTaskType } from "../closed.ts";
import type { Problem } from "../failure.ts";
import { throwErrors } from "../gather.ts";
import type { Host } from "../inventory/types.ts";
import type { Scope } from "../playbook/template.ts";
import { isFlush } from "../playbook/types.ts";
import type { Play, Playbook, VarEntry } from "../playbook/types.ts";
import type { BecomeWords } from "../target.ts";
import type { Cost } from "../session.ts";
import type { Controller } from "../task.ts";
import { fellowsOf } from "./fellows.ts";
import { handlersOf } from "./handlers.ts";
import type { PlayHandler } from "./handlers.ts";
import type { HostRun } from "./host-run.ts";
import type { Item } from "./item.ts";
import type { Surroundings } from "./magic.ts";
import { partsOf } from "./parts.ts";
import type { Staged } from "./run.ts";
import { isChosen, tagsOf } from "./select.ts";
import type { TagChoice } from "./select.ts";
import { serialBatches } from "./serial.ts";
import type { Link } from "./settle.ts";
import { Staff } from "./staff.ts";
import type { Layer } from "./variables.ts";
import type { World } from "./world.ts";

/** How a host is talked to. */
export interface Reach {
  /** The shell of whom tasks run as; the same one for the same user. */
  readonly link: (become: BecomeWords) => Link;
  readonly cost: () => Cost;
}

export interface Staging extends Surroundings {
  readonly playbook: Playbook;
  readonly hostsOf: (play: Play) => readonly Host[];
  /** Those of the play that `--limit` leaves out. */
  readonly leftOutOf: (play: Play) => readonly Host[];
  readonly choice: TagChoice;
  /** `-e`: above all others. */
  readonly extra: Layer;
  readonly world: World;
  readonly service: AnyTaskType;
  readonly reach: (host: Host) => Reach;
  readonly read: Controller["read"];
  readonly render: (file: Parameters<Controller["render"]>[0], scope: Scope) => ReturnType<Controller["render"]>;
  readonly advise: (problem: Problem) => void;
}

/** A play with everything that is the same for all of its hosts. */
export interface Setting {
  readonly index: number;
  readonly play: Play;
  readonly vars: readonly Layer[];
  /** Those that the tags choose; a task's index here is its place. */
  readonly tasks: Play["tasks"];
  readonly handlers: readonly PlayHandler[];
  readonly hosts: readonly Host[];
  /** The same hosts as `serial` takes them. */
  readonly batches: readonly (readonly Host[])[];
}

/** @throws InputError when a task uses an encrypted value that no vault password opened */
export function stage(staging: Staging): { readonly staged: readonly Staged[]; readonly hosts: readonly HostRun[] } {
  const settings = staging.playbook.plays.map((play, index) => settingOf(staging, play, index));
  const crew = new Map<string, HostRun>();
  const staffs = new Map<string, Staff>();
  const fellows = fellowsOf(staging, staffs);
  const closed: Problem[] = [];
  for (const { hosts } of settings) {
    for (const host of hosts) {
      if (crew.has(host.name)) continue;
      const staff = new Staff(staging, settings, host, fellows);
      staffs.set(host.name, staff);
      closed.push(...staff.closed());
      crew.set(host.name, staff.run());
    }
  }
  throwErrors(closed);
  const staged = settings.map((setting) => ({
    play: setting.play,
    hosts: setting.hosts.flatMap(({ name }) => crew.get(name) ?? []),
    leftOut: staging.leftOutOf(setting.play).map(({ name }) => name),
    parts: partsOf(
      setting.tasks,
      (task, place) => ({ id: `${setting.index}.${place}`, task, handler: undefined }),
      (pass) => handlerItems(setting, pass),
    ),
  }));
  // `localhost` may take part without being in the inventory.
  const names = new Set([...staging.inventory.hosts.keys(), ...crew.keys()]);
  return { staged, hosts: [...names].flatMap((name) => crew.get(name) ?? []) };
}

function settingOf(staging: Staging, play: Play, index: number): Setting {
  const vars = [layerOf(play.vars), ...play.varsFiles.map((file) => layerOf(file.vars))];
  const tasks = play.tasks.filter((task) => isFlush(task) || isChosen(tagsOf(play, task), staging.choice));
  const hosts = staging.hostsOf(play);
  const batches = serialBatches(hosts, play.serial);
  return { index, play, vars, tasks, handlers: handlersOf(play, staging.service), hosts, batches };
}

function layerOf(entries: readonly VarEntry[]): Layer {
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** The handlers of a play as they stand where they run for the so-and-so-manieth time. */
export function handlerItems({ index, handlers }: Setting, pass: number): readonly Item[] {
  return handlers.map(({ due, task }, at) => ({ id: `${index}.h${at}-${pass}`, task, handler: due }));
}
