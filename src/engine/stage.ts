/** Staging: a playbook and an inventory become hosts, each with its tasks in their places; nothing is reached yet. */
import type { AnyTaskType } from "../closed.ts";
import type { Problem } from "../failure.ts";
import type { Host, Inventory } from "../inventory/types.ts";
import type { Scope } from "../playbook/template.ts";
import { isFlush } from "../playbook/types.ts";
import type { BecomeWords, Play, Playbook, VarEntry } from "../playbook/types.ts";
import type { Cost } from "../session.ts";
import type { Controller } from "../task.ts";
import { bindTask } from "./bind.ts";
import { FACT_NAMES } from "./facts.ts";
import { handlersOf } from "./handlers.ts";
import type { PlayHandler } from "./handlers.ts";
import { HostRun } from "./host-run.ts";
import type { Wait } from "./host-run.ts";
import type { Item } from "./item.ts";
import { magic } from "./magic.ts";
import { Mentions } from "./mentions.ts";
import { resultValue } from "./result.ts";
import { partsOf } from "./run.ts";
import type { Staged } from "./run.ts";
import { isChosen, tagsOf } from "./select.ts";
import type { TagChoice } from "./select.ts";
import type { Link } from "./settle.ts";
import { Variables } from "./variables.ts";
import type { Layer, Variable } from "./variables.ts";
import type { World } from "./world.ts";

/** How a host is talked to. */
export interface Reach {
  readonly link: (become: BecomeWords) => Link;
  readonly cost: () => Cost;
}

export interface Staging {
  readonly playbook: Playbook;
  readonly inventory: Inventory;
  readonly hostsOf: (play: Play) => readonly Host[];
  readonly choice: TagChoice;
  /** `-e`: above all others. */
  readonly extra: Layer;
  readonly world: World;
  readonly service: AnyTaskType;
  readonly reach: (host: Host) => Reach;
  readonly read: Controller["read"];
  readonly render: (file: Parameters<Controller["render"]>[0], scope: Scope) => string;
  readonly advise: (problem: Problem) => void;
}

/** A play with everything that is the same for all of its hosts. */
interface Setting {
  readonly index: number;
  readonly play: Play;
  readonly vars: readonly Layer[];
  readonly handlers: readonly PlayHandler[];
  readonly hosts: readonly Host[];
}

export function stage(staging: Staging): { readonly staged: readonly Staged[]; readonly hosts: readonly HostRun[] } {
  const settings = staging.playbook.plays.map((play, index) => settingOf(staging, play, index));
  const crew = new Map<string, HostRun>();
  for (const { hosts } of settings) {
    for (const host of hosts) if (!crew.has(host.name)) crew.set(host.name, new Staff(staging, settings, host).run());
  }
  const staged = settings.map((setting) => ({
    play: setting.play,
    hosts: setting.hosts.flatMap(({ name }) => crew.get(name) ?? []),
    parts: partsOf(chosen(staging, setting), (task, place) => itemOf(setting, task, place), handlerItems(setting)),
  }));
  return { staged, hosts: [...staging.inventory.hosts.keys()].flatMap((name) => crew.get(name) ?? []) };
}

function settingOf(staging: Staging, play: Play, index: number): Setting {
  const vars = [layerOf(play.vars), ...play.varsFiles.map((file) => layerOf(file.vars))];
  return { index, play, vars, handlers: handlersOf(play, staging.service), hosts: staging.hostsOf(play) };
}

function layerOf(entries: readonly VarEntry[]): Layer {
  return new Map(entries.map(({ name, value, place }) => [name, { value, place }]));
}

function chosen(staging: Staging, { play }: Setting): Play["tasks"] {
  return play.tasks.filter((task) => isFlush(task) || isChosen(tagsOf(play, task), staging.choice));
}

function itemOf(setting: Setting, task: Item["task"], place: number): Item {
  return { id: `${setting.index}.${place}`, task, handler: undefined };
}

function handlerItems(setting: Setting): readonly Item[] {
  return setting.handlers.map(({ due, task }, index) => ({ id: `${setting.index}.h${index}`, task, handler: due }));
}

/** What one host brings to the run: its variables, what is learned of it, its shells. */
class Staff {
  readonly #staging: Staging;
  readonly #settings: readonly Setting[];
  readonly #host: Host;
  readonly #reach: Reach;
  /** Facts and results, by name. */
  readonly #learned = new Map<string, Variable>();
  readonly #mentions: Mentions;
  readonly #registers: ReadonlySet<string>;

  constructor(staging: Staging, settings: readonly Setting[], host: Host) {
    this.#staging = staging;
    this.#settings = settings;
    this.#host = host;
    this.#reach = staging.reach(host);
    this.#mentions = new Mentions(staging.world.templates);
    const tasks = settings.flatMap(({ play }) => play.tasks).flatMap((task) => (isFlush(task) ? [] : [task]));
    this.#registers = new Set(tasks.flatMap(({ register }) => register ?? []));
  }

  run(): HostRun {
    return new HostRun(this.#host.name, this.#staging.world, {
      link: (item) => this.#reach.link(this.#become(item)),
      cost: this.#reach.cost,
      bind: (item) => this.#bind(item),
      waits: (item) => this.#waits(item),
      learnFacts: (facts) => {
        for (const name of FACT_NAMES) this.#learned.set(name, { value: facts, place: undefined, untrusted: true });
      },
      learnResult: (item, outcome) => {
        const changed = outcome.status === "changed";
        const failed = outcome.status === "failed" || outcome.status === "ignored";
        const value = resultValue({ changed, failed, skipped: false, output: outcome.output });
        if (item.task.register !== undefined)
          this.#learned.set(item.task.register, { value, place: undefined, untrusted: true });
      },
      handlers: this.#settings.flatMap(({ handlers }) => handlers.map(({ due }) => due)),
      runsAs: (item) => JSON.stringify(this.#become(item)),
    });
  }

  #become({ id, task }: Item): BecomeWords {
    const { play } = this.#setting(id);
    const become = task.become.become ?? play.become.become;
    return { become, user: task.become.user ?? play.become.user };
  }

  #setting(id: string): Setting {
    const setting = this.#settings[Number(id.split(".")[0])];
    if (setting === undefined) throw new Error(`no play for the task ${id}`);
    return setting;
  }

  #waits(item: Item): Wait {
    const names = this.#mentions.of(item.task, this.#variables(this.#setting(item.id)));
    if ([...FACT_NAMES].some((name) => names.has(name)) && !this.#learned.has("facts")) return "facts";
    const missing = [...this.#registers].some((name) => names.has(name) && !this.#learned.has(name));
    return missing ? "result" : undefined;
  }

  #variables(setting: Setting): Variables {
    const { extra, world, inventory } = this.#staging;
    const own = magic(this.#host, inventory, setting.hosts, world);
    return new Variables([this.#host.variables, ...setting.vars, this.#learned, extra, own]);
  }

  async #bind(item: Item): ReturnType<typeof bindTask> {
    const setting = this.#setting(item.id);
    const { world, advise, read, render } = this.#staging;
    const variables = this.#variables(setting);
    const bound = await bindTask(item.task, item.id, {
      templates: world.templates,
      variables,
      omit: world.omit,
      advise,
      controller: (scope) => ({ read, render: (file) => render(file, scope) }),
      handlers: (name) => setting.handlers.filter(({ names }) => names.includes(name)).map(({ due }) => due),
    });
    return item.handler === undefined ? bound : bound.map((each) => ({ ...each, handler: item.handler }));
  }
}
