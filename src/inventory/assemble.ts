/** Builds the inventory from the draft: which host is in which group, and which variable wins. */
import type { Problem } from "../core/problem.ts";
import { throwIfErrors } from "../core/collect-problems.ts";
import { suspectNames } from "./connection.ts";
import type { Draft, GroupDraft, HostDraft } from "./draft.ts";
import { byCodePoint } from "./find.ts";
import { depthsOf, parentsOf } from "./tree.ts";
import type { Group, Host, Inventory, Variable, VariableLayer, Variables } from "./types.ts";

/** The variables of one `group_vars` or `host_vars`. */
export interface VarsDirectoryRead {
  readonly shown: string;
  readonly beside: "inventory" | "playbook";
  readonly byName: ReadonlyMap<string, Variables>;
}

/** The weakest directory first. */
export interface VarsFiles {
  readonly groups: readonly VarsDirectoryRead[];
  readonly hosts: readonly VarsDirectoryRead[];
}

/** @throws InputError */
export function assemble(
  draft: Draft,
  files: VarsFiles,
  names: { readonly name: string; readonly file: string },
): Inventory {
  const problems: Problem[] = [...draft.problems];
  const groups = groupsOf(draft, files, (problem) => problems.push(problem));
  throwIfErrors(problems);
  const rank = new Ranking(groups, draft, files);
  const memberships = membershipsOf(groups);
  const hosts = [...draft.hosts.values()].map(
    (host) => new AssembledHost(host, rank.base(memberships.get(host.name) ?? []), ownLayers(host, files)),
  );
  problems.push(...suspectNames(everyVariable(draft, files)));
  const implicit = (name: string): Host => {
    const place = { source: { file: "localhost", text: name }, start: 0, end: name.length };
    return new AssembledHost({ name, place, variables: local(name) }, rank.base([]), undefined);
  };
  return { ...names, hosts: new Map(hosts.map((host) => [host.name, host])), groups, implicit, warnings: problems };
}

function* everyVariable({ groups, hosts }: Draft, files: VarsFiles): Generator<Variable> {
  for (const group of groups.values()) yield* group.variables.values();
  for (const host of hosts.values()) yield* host.variables.values();
  for (const directory of [...files.groups, ...files.hosts]) {
    for (const variables of directory.byName.values()) yield* variables.values();
  }
}

/** Ansible's implicit localhost. */
function local(name: string): Map<string, Variable> {
  const place = { source: { file: "localhost", text: name }, start: 0, end: name.length };
  const node = { kind: "scalar", value: "local", text: "local", place, unsafe: false } as const;
  return new Map([
    ["ansible_connection", { name: "ansible_connection", value: "local", node, place, keyPlace: place }],
  ]);
}

const PRIORITY = "ansible_group_priority";

function groupsOf(draft: Draft, files: VarsFiles, tell: (problem: Problem) => void): ReadonlyMap<string, Group> {
  const parents = parentsOf(draft);
  const depths = depthsOf(draft);
  const groups = [...draft.groups.values()].map((group): Group => {
    const priority = priorityOf(group, tell);
    group.variables.delete(PRIORITY);
    return {
      name: group.name,
      place: group.place,
      hosts: [...group.hosts],
      children: [...group.children.keys()],
      parents: parents.get(group.name) ?? [],
      depth: depths.get(group.name) ?? 0,
      priority,
      variables: merge([group.variables, ...files.groups.map(({ byName }) => byName.get(group.name))]),
    };
  });
  return new Map(groups.map((group) => [group.name, group]));
}

function priorityOf(group: GroupDraft, tell: (problem: Problem) => void): number {
  const variable = group.variables.get(PRIORITY);
  if (variable === undefined) return 1;
  const value = typeof variable.value === "string" && variable.value.trim() === "" ? NaN : Number(variable.value);
  if (Number.isInteger(value)) return value;
  tell({
    severity: "error",
    code: "invalid-value",
    message: `\`${PRIORITY}\` is a whole number`,
    place: variable.place,
  });
  return 1;
}

/** Later ones win. */
function merge(layers: readonly (Variables | undefined)[]): Map<string, Variable> {
  const merged = new Map<string, Variable>();
  for (const layer of layers) if (layer !== undefined) for (const [name, each] of layer) merged.set(name, each);
  return merged;
}

/** The groups of every host, through the children too. */
function membershipsOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, readonly Group[]> {
  const memberships = new Map<string, Group[]>();
  for (const group of groups.values()) {
    for (const host of hostsUnder(groups, group)) {
      const own = memberships.get(host);
      if (own === undefined) memberships.set(host, [group]);
      else own.push(group);
    }
  }
  return memberships;
}

/** The hosts of a group and of all groups in it, each once; its own first, then level by level. */
export function hostsUnder(groups: ReadonlyMap<string, Group>, group: Group): ReadonlySet<string> {
  const queue = [group];
  const seen = new Set(queue);
  const hosts = new Set<string>();
  for (const each of queue) {
    for (const host of each.hosts) hosts.add(host);
    for (const name of each.children) {
      const child = groups.get(name);
      if (child === undefined || seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
    }
  }
  return hosts;
}

/** What hosts in the same groups share. */
interface Base {
  readonly groups: readonly string[];
  readonly layers: readonly VariableLayer[];
  readonly merged: Variables;
}

/**
 * Variables by groups. From weak to strong: `all` in the inventory, the other groups there (by depth, priority,
 * name), `group_vars/all`, the other `group_vars`, each directory in its turn. Then come the host's own.
 */
class Ranking {
  readonly #all: readonly VariableLayer[];
  readonly #draft: Draft;
  readonly #files: VarsFiles;
  readonly #bases = new Map<string, Base>();
  readonly #ranks: ReadonlyMap<Group, number>;

  constructor(groups: ReadonlyMap<string, Group>, draft: Draft, files: VarsFiles) {
    this.#draft = draft;
    this.#files = files;
    this.#all = this.#written("all");
    this.#ranks = new Map([...groups.values()].sort(byRank).map((group, rank) => [group, rank]));
  }

  base(memberships: readonly Group[]): Base {
    const ranks = memberships.filter(({ name }) => name !== "all").map((group) => this.#ranks.get(group) ?? 0);
    const key = ranks.sort((a, b) => a - b).join(" ");
    const known = this.#bases.get(key);
    if (known !== undefined) return known;
    const made = this.#made(memberships.filter(({ name }) => name !== "all").sort(byRank));
    this.#bases.set(key, made);
    return made;
  }

  #made(ordered: readonly Group[]): Base {
    const names = ordered.map(({ name }) => name);
    const layers = [
      ...this.#all,
      ...names.flatMap((name) => this.#written(name)),
      ...inFiles(this.#files.groups, ["all"], "group"),
      ...inFiles(this.#files.groups, names, "group"),
    ];
    return { groups: [...names].sort(byCodePoint), layers, merged: merge(layers.map(({ variables }) => variables)) };
  }

  #written(name: string): readonly VariableLayer[] {
    const variables = this.#draft.groups.get(name)?.variables;
    return variables === undefined || variables.size === 0
      ? []
      : [{ from: `group \`${name}\` in the inventory`, variables }];
  }
}

/** Directory by directory, in each by rank: so does Ansible. */
function inFiles(
  directories: readonly VarsDirectoryRead[],
  names: readonly string[],
  what: "group" | "host",
): readonly VariableLayer[] {
  return directories.flatMap(({ byName, beside }) =>
    names.flatMap((name) => {
      const variables = byName.get(name);
      const from = `${what} \`${name}\`, ${what}_vars next to the ${beside}`;
      return variables === undefined ? [] : [{ from, variables }];
    }),
  );
}

function ownLayers(host: HostDraft, files: VarsFiles): readonly VariableLayer[] | undefined {
  const inVars = inFiles(files.hosts, [host.name], "host");
  if (inVars.length === 0) return undefined;
  return [inInventory(host), ...inVars];
}

function inInventory({ name, variables }: HostDraft): VariableLayer {
  return { from: `host \`${name}\` in the inventory`, variables };
}

/**
 * There may be ten thousands of hosts, and a run reads few of them. Common values are shared, the rest is computed when
 * it is read.
 */
class AssembledHost implements Host {
  readonly name: string;
  readonly place: HostDraft["place"];
  readonly groups: readonly string[];
  readonly #draft: HostDraft;
  readonly #base: Base;
  readonly #own: readonly VariableLayer[] | undefined;
  #variables: Variables | undefined;

  constructor(draft: HostDraft, base: Base, own: readonly VariableLayer[] | undefined) {
    this.name = draft.name;
    this.place = draft.place;
    this.groups = base.groups;
    this.#draft = draft;
    this.#base = base;
    this.#own = own;
  }

  get layers(): readonly VariableLayer[] {
    return [...this.#base.layers, ...(this.#own ?? [inInventory(this.#draft)])];
  }

  get variables(): Variables {
    this.#variables ??= this.#merged();
    return this.#variables;
  }

  #merged(): Variables {
    if (this.#own === undefined && this.#draft.variables.size === 0) return this.#base.merged;
    const own = this.#own?.map(({ variables }) => variables) ?? [this.#draft.variables];
    return merge([this.#base.merged, ...own]);
  }
}

function byRank(a: Group, b: Group): number {
  return a.depth - b.depth || a.priority - b.priority || byCodePoint(a.name, b.name);
}
