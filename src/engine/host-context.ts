/** Holds what one host brings to a run: its variables, the facts and results that it learned, its shells. */
import type { Problem } from "../core/problem.ts";
import type { Host } from "../inventory/types.ts";
import { isFlush } from "../playbook/types.ts";
import { whenReady } from "../jinja/templates.ts";
import type { Task } from "../playbook/types.ts";
import { bindTask } from "./bind/bind.ts";
import { isSkipped } from "./bind/bound.ts";
import type { Binding } from "./bind/bind.ts";
import type { Bound } from "./bind/bound.ts";
import { FACT_NAMES } from "./variables/facts.ts";
import { HostRun } from "./host-run.ts";
import type { TaskRef } from "./converge/task-ref.ts";
import { hostvars } from "./variables/hostvars.ts";
import type { HostView, HostViews } from "./variables/hostvars.ts";
import { layer, magicVariables } from "./variables/magic-variables.ts";
import type { PlayInfo } from "./variables/magic-variables.ts";
import { VariableReferences } from "./bind/references.ts";
import { lockedFor } from "./bind/locked-values.ts";
import type { ShellConnection } from "../core/batch.ts";
import { handlerRefs } from "./run-input.ts";
import type { Reach, PreparedPlay, RunInput } from "./run-input.ts";
import { Variables } from "./variables/variables.ts";
import type { Layer, Variable } from "./variables/variables.ts";
import { NotKnownYet } from "./variables/not-known-yet.ts";
import type { Unknown } from "./variables/not-known-yet.ts";

/** What a task uses that is not known at the start. */
interface Uses {
  readonly facts: boolean;
  /** Names that earlier tasks register. */
  readonly results: readonly string[];
}

export class HostContext {
  readonly #input: RunInput;
  /** By index; those without this host are left out. */
  readonly #settings: ReadonlyMap<number, PreparedPlay>;
  readonly #host: Host;
  readonly #reach: Reach;
  readonly #links = new Map<string, ShellConnection>();
  /** Facts and results, by name. */
  readonly #learned = new Map<string, Variable>();
  readonly #common: Common;
  readonly #uses = new Map<string, Uses>();
  readonly #magic = new Map<PreparedPlay, Layer>();
  readonly #fellows: HostViews;
  #factsWanted = false;

  constructor(input: RunInput, settings: readonly PreparedPlay[], host: Host, fellows: HostViews) {
    this.#input = input;
    this.#fellows = fellows;
    this.#settings = new Map(settings.filter(({ hosts }) => hosts.includes(host)).map((each) => [each.index, each]));
    this.#host = host;
    this.#reach = input.reach(host);
    this.#common = commonOf(input);
  }

  run(): HostRun {
    const learn = (name: string, value: unknown): void =>
      void this.#learned.set(name, { value, place: undefined, untrusted: true });
    return new HostRun(this.#host.name, this.#input.world, {
      link: (item) => this.#link(item),
      cost: this.#reach.cost,
      bind: (item, ahead) => this.#bind(item, ahead),
      waits: (item) => this.#waits(this.#usesOf(item)),
      wantsFacts: () => this.#factsWanted && !this.#learned.has("facts"),
      learnFacts: (facts) => FACT_NAMES.forEach((name) => learn(name, facts)),
      learnResult: learn,
      handlers: [...this.#settings.values()].flatMap((setting) => handlerRefs(setting, 0)),
      notified: (ref) => ref.task.notify.flatMap(({ text }) => duesOf(this.#setting(ref), text)),
    });
  }

  /** The host as others see it through `hostvars`. */
  get fellow(): HostView {
    const { extra } = this.#input;
    return {
      variables: () =>
        new Variables([this.#host.variables, this.#learned, extra, magicVariables(this.#host, this.#input)]),
      learned: (name) => this.#learned.has(name),
      learns: (name) => (FACT_NAMES.has(name) ? [...this.#settings.keys()] : this.#registering(name)),
    };
  }

  /** Its facts are read as soon as it is reached. */
  wantFacts(): void {
    this.#factsWanted = true;
  }

  /** The plays in which it registers a name. */
  #registering(name: string): readonly number[] {
    const settings = [...this.#settings.values()];
    return settings.filter((each) => registersOf(each).some((one) => one.name === name)).map(({ index }) => index);
  }

  /** Encrypted values that its tasks lead to and that no vault password opened. */
  closed(): readonly Problem[] {
    return [...this.#settings.values()].flatMap((setting) => {
      return tasksOf(setting).flatMap((task) =>
        lockedFor(task, this.#variables(setting, layerOfTask(task)), this.#common.mentions),
      );
    });
  }

  #link(ref: TaskRef): ShellConnection {
    const { task } = ref;
    const { play } = this.#setting(ref);
    const words = { become: task.become.become ?? play.become.become, user: task.become.user ?? play.become.user };
    const key = JSON.stringify(words);
    const link = this.#links.get(key) ?? this.#reach.link(words);
    this.#links.set(key, link);
    return link;
  }

  #setting({ id, play }: TaskRef): PreparedPlay {
    const setting = this.#settings.get(play);
    if (setting === undefined) throw new Error(`no play for the task ${id}`);
    return setting;
  }

  #waits({ facts, results }: Uses): Unknown | undefined {
    if (facts && !this.#learned.has("facts")) return "facts";
    return results.some((name) => !this.#learned.has(name)) ? "result" : undefined;
  }

  #usesOf(item: TaskRef): Uses {
    const known = this.#uses.get(item.id);
    if (known !== undefined) return known;
    const setting = this.#setting(item);
    const uses = this.#usesIn(this.#common.mentions.of(item.task, this.#variables(setting, ownLayer(item))), item);
    this.#uses.set(item.id, uses);
    return uses;
  }

  #usesIn(names: ReadonlySet<string>, item: TaskRef): Uses {
    return {
      facts: [...FACT_NAMES].some((name) => names.has(name)),
      results: this.#registeredBefore(item).filter((name) => names.has(name)),
    };
  }

  /** What this host's earlier tasks register. Handlers may run before it, whichever it is in their play. */
  #registeredBefore(ref: TaskRef): readonly string[] {
    const { handler } = ref;
    const own = this.#setting(ref);
    const place = handler === undefined ? ref.index : Infinity;
    return [...this.#settings.values()]
      .filter(({ index }) => index <= own.index)
      .flatMap((setting) => {
        const all = registersOf(setting);
        if (setting !== own) return all.map(({ name }) => name);
        return all.flatMap((each) =>
          (each.place === undefined ? handler === undefined : each.place < place) ? [each.name] : [],
        );
      });
  }

  /**
   * Weakest first, as in Ansible: a task's own variables are above its play's, and below learned values and `-e`.
   *
   * @param unknown values that are not learned yet, at their place
   */
  #variables(setting: PreparedPlay, own: Layer, unknown: Layer = NONE): Variables {
    const known = this.#magic.get(setting) ?? magicVariables(this.#host, this.#input, wordsOf(setting, this.#host));
    this.#magic.set(setting, known);
    const { extra } = this.#input;
    return new Variables([this.#host.variables, ...setting.vars, own, unknown, this.#learned, extra, known]);
  }

  /** Values that are not known yet: a binding that uses one must wait. */
  #unknown(item: TaskRef): Map<string, Variable> {
    const names = [...FACT_NAMES, ...this.#registeredBefore(item)].filter((name) => !this.#learned.has(name));
    return new Map(names.map((name) => [name, FACT_NAMES.has(name) ? UNKNOWN.facts : UNKNOWN.result]));
  }

  #hostvars(item: TaskRef, ahead: () => boolean): Layer {
    const waits = (name: string): Unknown | undefined => this.#waits(this.#usesIn(new Set([name]), item));
    const onlooker = { host: this.#host.name, play: this.#setting(item).index, ahead, waits };
    return layer({ hostvars: hostvars(this.#fellows, onlooker) });
  }

  /** @throws Waiting when it is bound ahead and uses what is not known yet */
  async #bind(item: TaskRef, ahead: boolean): Promise<Bound> {
    const setting = this.#setting(item);
    const { world, advise, read, render } = this.#input;
    const unknown = ahead ? this.#unknown(item) : new Map<string, Variable>();
    const turn = { ahead };
    const others = this.#hostvars(item, () => turn.ahead);
    const binding: Binding = {
      ...{ templates: world.templates, omit: world.omit, advise, shared: this.#common.shared },
      variables: (own) => this.#variables(setting, own, unknown).with(others),
      controller: (scope) => ({ read, render: (file) => render(file, scope) }),
      handlers: (name) => duesOf(setting, name),
    };
    const bound = await whenReady(() => bindTask(item.task, item.id, binding));
    // An expression that evaluates the result later does not wait any more.
    turn.ahead = false;
    unknown.clear();
    return item.handler === undefined ? bound : asHandler(bound, item.handler);
  }
}

const NONE: Layer = new Map();

const UNKNOWN: Readonly<Record<Unknown, Variable>> = { facts: unknownUntil("facts"), result: unknownUntil("result") };

function unknownUntil(wait: Unknown): Variable {
  const later = (): never => {
    throw new NotKnownYet(wait);
  };
  return { value: undefined, place: undefined, untrusted: true, later };
}

function wordsOf({ play, hosts, batches }: PreparedPlay, host: Host): PlayInfo {
  return { name: play.name, hosts, batch: batches.find((batch) => batch.includes(host)) ?? hosts };
}

function tasksOf({ tasks, handlers }: PreparedPlay): readonly Task[] {
  return [...tasks.flatMap((task) => (isFlush(task) ? [] : [task])), ...handlers.map(({ task }) => task)];
}

/** A name that a task registers. `place`: of the task in its play; a handler has none. */
interface Register {
  readonly name: string;
  readonly place: number | undefined;
}

const REGISTERS = new WeakMap<PreparedPlay, readonly Register[]>();

function registersOf(setting: PreparedPlay): readonly Register[] {
  const known = REGISTERS.get(setting) ?? readRegisters(setting);
  REGISTERS.set(setting, known);
  return known;
}

function readRegisters({ tasks, handlers }: PreparedPlay): readonly Register[] {
  const register = (task: Task, place: number | undefined): readonly Register[] =>
    task.register === undefined ? [] : [{ name: task.register, place }];
  return [
    ...tasks.flatMap((task, place) => (isFlush(task) ? [] : register(task, place))),
    ...handlers.flatMap(({ task }) => register(task, undefined)),
  ];
}

/** What is the same for all hosts of a run: what texts mention, and arguments that do not depend on the host. */
interface Common {
  readonly mentions: VariableReferences;
  readonly shared: Binding["shared"];
}

const COMMON = new WeakMap<RunInput, Common>();

function commonOf(input: RunInput): Common {
  const common = COMMON.get(input) ?? {
    mentions: new VariableReferences(input.world.templates),
    shared: new Map(),
  };
  COMMON.set(input, common);
  return common;
}

function ownLayer({ task }: TaskRef): Layer {
  return layerOfTask(task);
}

function layerOfTask(task: Task): Layer {
  return new Map(task.vars.map((entry) => [entry.name, entry]));
}

function duesOf({ handlers }: PreparedPlay, name: string): readonly NonNullable<TaskRef["handler"]>[] {
  return handlers.filter(({ names }) => names.includes(name)).map(({ due }) => due);
}

/** Only the last task of the loop clears the notification of the handler. */
function asHandler(bound: Bound, handler: NonNullable<TaskRef["handler"]>): Bound {
  const last = bound.findLastIndex((each) => !isSkipped(each));
  return bound.map((each, index) => (isSkipped(each) ? each : { ...each, handler, hasMoreItems: index < last }));
}
