/**
 * Collects the results that the hosts of a play report, so that equal results of one task become one line.
 *
 * - A result is held until every host that is still in the play has come to that task or past it, at most `HOLD_MS`.
 * - Results are printed in the order of the tasks; those of one host are never reordered.
 * - An urgent result (a failure) is printed at once, after all held results of its host. The same result on another
 *   host is held, and refers to the first.
 */

/** The longest time that a result is held, in milliseconds: a log is never later than this. */
export const HOLD_MS = 5000;

/** What a host reports of a task. */
export interface Reported<T> {
  /** Equal keys are one line. */
  readonly key: string;
  /** Of one task, more than two keys that are alike are one line, too. */
  readonly alike: string;
  readonly value: T;
  readonly urgent: boolean;
}

/** Equal results of one task. */
export interface Folded<T> {
  readonly value: T;
  /** How many different values it represents; 1: all are equal. */
  readonly values: number;
  /** In the order of the play. */
  readonly hosts: readonly string[];
  /** The host for which it was printed already, at once. */
  readonly asOn: string | undefined;
}

/** Names a task as each host reports it: no identity is shared between hosts. */
export interface TaskKey {
  /** The task with its label, which may differ by host. */
  readonly key: string;
  /** The task without it. */
  readonly task: string;
  /** The same for tasks whose names differ in the name of their host only. */
  readonly ofHost: string;
  /** Tasks whose names differ by host are of one kind. */
  readonly kind: string;
}

interface Group<T> {
  readonly alike: string;
  readonly value: T;
  readonly asOn: string | undefined;
  readonly hosts: string[];
}

/** A task's place in the order that the hosts report. */
interface Slot<T> extends Pick<TaskKey, "kind"> {
  readonly keys: Set<string>;
  at: number;
  /** How many reports are before it, on the host that came to it first. */
  readonly depth: number;
  /** Hosts in the play whose last report this is. */
  here: number;
  readonly groups: Map<string, Group<T>>;
  /** The host for which an urgent result was printed, by its `alike` key. */
  readonly told: Map<string, string>;
  /** When the first result was held. */
  since: number;
}

export class Fold<T> {
  readonly #order: ReadonlyMap<string, number>;
  readonly #now: () => number;
  readonly #slots: Slot<T>[];
  readonly #byTask = new Map<string, Slot<T>[]>();
  readonly #pointers = new Map<string, Slot<T>>();
  /** Hosts that may still report. */
  readonly #open: Set<string>;
  /** Those of them that run tasks: with `serial`, others wait for their turn. */
  readonly #started = new Set<string>();
  readonly #held = new Set<Slot<T>>();
  /** Every open host has come to this slot. */
  #reached = 0;

  constructor(hosts: readonly string[], now: () => number = () => performance.now()) {
    this.#order = new Map(hosts.map((host, index) => [host, index]));
    this.#now = now;
    this.#open = new Set(hosts);
    this.#slots = [{ ...empty("", -1), at: 0, here: this.#open.size }];
  }

  /** Some result is held. */
  get holds(): boolean {
    return this.#held.size > 0;
  }

  /** A host runs tasks of the play. */
  begin(host: string): void {
    if (this.#open.has(host)) this.#started.add(host);
  }

  /** A host has come to a task; without `reported` there is nothing to show. */
  report(host: string, task: TaskKey, reported?: Reported<T>): readonly Folded<T>[] {
    const slot = this.#move(host, task);
    const now = reported === undefined ? [] : this.#take(host, slot, reported);
    return [...now, ...this.#settled()];
  }

  /** A host reports nothing more in this play. */
  leave(host: string): readonly Folded<T>[] {
    if (this.#open.delete(host)) this.#pointer(host).here -= 1;
    this.#started.delete(host);
    return this.#started.size === 0 ? this.all() : this.#settled();
  }

  /** Results that were held as long as possible. */
  overdue(): readonly Folded<T>[] {
    const limit = this.#now() - HOLD_MS;
    const late = [...this.#held].filter(({ since }) => since <= limit).map(({ at }) => at);
    return late.length === 0 ? [] : this.#release(Math.max(...late));
  }

  /** All held results. */
  all(): readonly Folded<T>[] {
    return this.#release(Infinity);
  }

  #pointer(host: string): Slot<T> {
    const [root] = this.#slots;
    if (root === undefined) throw new Error("no slot");
    return this.#pointers.get(host) ?? root;
  }

  #move(host: string, task: TaskKey): Slot<T> {
    const from = this.#pointer(host);
    const slot = this.#ahead(task, from) ?? this.#insert(task, from);
    slot.keys.add(task.key);
    this.#pointers.set(host, slot);
    this.begin(host);
    if (this.#open.has(host)) {
      from.here -= 1;
      slot.here += 1;
    }
    return slot;
  }

  /** Where other hosts reported the task with this label, else where they reported it first. */
  #ahead({ task, ofHost, key }: TaskKey, from: Slot<T>): Slot<T> | undefined {
    const ahead = (name: string): readonly Slot<T>[] =>
      (this.#byTask.get(name) ?? []).filter(({ at }) => at > from.at).sort((a, b) => a.at - b.at);
    const slots = ahead(task);
    return slots.find(({ keys }) => keys.has(key)) ?? slots[0] ?? ahead(ofHost)[0];
  }

  /** After the host's last report, and after what other hosts have in the same place. */
  #insert(task: TaskKey, from: Slot<T>): Slot<T> {
    const slot = empty<T>(task.kind, from.depth);
    const rest = this.#slots.slice(from.at + 1);
    const beside = rest.findIndex(({ kind, depth }) => kind !== task.kind || depth > slot.depth);
    slot.at = from.at + 1 + (beside < 0 ? rest.length : beside);
    this.#slots.splice(slot.at, 0, slot);
    if (slot.at <= this.#reached) this.#reached += 1;
    for (let at = slot.at + 1; at < this.#slots.length; at++) Object.assign(this.#slots[at] ?? {}, { at });
    for (const name of new Set([task.task, task.ofHost]))
      this.#byTask.set(name, [...(this.#byTask.get(name) ?? []), slot]);
    return slot;
  }

  #take(host: string, slot: Slot<T>, { key, alike, value, urgent }: Reported<T>): readonly Folded<T>[] {
    const asOn = slot.told.get(alike);
    if (urgent && asOn === undefined) {
      slot.told.set(alike, host);
      return [...this.#pull(host), { value, values: 1, hosts: [host], asOn }];
    }
    if (slot.groups.size === 0) slot.since = this.#now();
    const group = slot.groups.get(key) ?? { alike, value, asOn, hosts: [] };
    group.hosts.push(host);
    slot.groups.set(key, group);
    this.#held.add(slot);
    return [];
  }

  /** The held results of one host, for that host alone. */
  #pull(host: string): readonly Folded<T>[] {
    return inOrder(this.#held).flatMap((slot) => {
      const mine = [...slot.groups].filter(([, { hosts }]) => hosts.includes(host));
      for (const [key, { hosts }] of mine) {
        hosts.splice(hosts.indexOf(host), 1);
        if (hosts.length === 0) slot.groups.delete(key);
      }
      if (slot.groups.size === 0) this.#held.delete(slot);
      return mine.map(([, { value, asOn }]) => ({ value, values: 1, asOn, hosts: [host] }));
    });
  }

  #settled(): readonly Folded<T>[] {
    while (this.#reached < this.#slots.length - 1 && this.#slots[this.#reached]?.here === 0) this.#reached += 1;
    return this.#open.size === 0 ? this.all() : this.#release(this.#reached);
  }

  #release(upTo: number): readonly Folded<T>[] {
    const slots = inOrder(this.#held).filter(({ at }) => at <= upTo);
    return slots.flatMap((slot) => {
      const folded = merged([...slot.groups.values()]).map((each) => ({ ...each, hosts: this.#sorted(each.hosts) }));
      slot.groups.clear();
      this.#held.delete(slot);
      return folded.sort((a, b) => this.#place(a.hosts[0]) - this.#place(b.hosts[0]));
    });
  }

  #sorted(hosts: readonly string[]): readonly string[] {
    return hosts.toSorted((a, b) => this.#place(a) - this.#place(b));
  }

  #place(host = ""): number {
    return this.#order.get(host) ?? this.#order.size;
  }
}

function empty<T>(kind: string, before: number): Slot<T> {
  return {
    ...{ kind, keys: new Set(), at: 0, depth: before + 1, here: 0 },
    ...{ groups: new Map(), told: new Map(), since: 0 },
  };
}

function inOrder<T>(slots: Iterable<Slot<T>>): readonly Slot<T>[] {
  return [...slots].sort((a, b) => a.at - b.at);
}

/** Up to this many similar results are separate lines. */
const APART = 2;

function merged<T>(groups: readonly Group<T>[]): readonly Folded<T>[] {
  const alike = new Map<string, Group<T>[]>();
  for (const group of groups) alike.set(group.alike, [...(alike.get(group.alike) ?? []), group]);
  return [...alike.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined || some.length <= APART) return some.map((group) => ({ ...group, values: 1 }));
    return { ...first, values: some.length, hosts: some.flatMap(({ hosts }) => hosts) };
  });
}
