/** Inventories: hosts, groups and their variables, from YAML or from a list on the command line. */
import { join } from "node:path";
import { InputError } from "../failure.ts";
import type { Problem } from "../failure.ts";
import { readSource } from "../files.ts";
import { gather, throwErrors } from "../gather.ts";
import type { Source } from "../place.ts";
import { readYaml } from "../yaml.ts";
import { suspectNames } from "./connection.ts";
import { addHost, emptyDraft, groupOf, portVariable, readGroups } from "./draft.ts";
import type { Draft, GroupDraft, HostDraft } from "./draft.ts";
import { findInventory } from "./find.ts";
import type { Found } from "./find.ts";
import { hostNames } from "./names.ts";
import { completeGroups, depthsOf, parentsOf } from "./tree.ts";
import type { Group, Host, Inventory, Variable, Variables } from "./types.ts";
import { readVarsFolder } from "./vars-files.ts";

export type { Group, Host, Inventory, Variable, Variables } from "./types.ts";

/**
 * Loads what `-i` names: a path to a YAML file or a folder with `hosts.yml`, the name of one in
 * `inventories/`, or hosts with commas, `web1,web2,`. Precedence among variables is Ansible's
 * (docs.ansible.com, "Variable precedence").
 * @throws InputError with everything that is wrong with it.
 */
export async function loadInventory(argument: string, cwd: string): Promise<Inventory> {
  if (argument.includes(",")) return listed(argument);
  const found = await findInventory(argument, cwd);
  const source = await readSource(found.path, { shown: found.shown, what: "inventory" });
  const draft = emptyDraft();
  const tell = (problem: Problem) => void draft.problems.push(problem);
  if (isIni(source)) throw new InputError([iniProblem(source)]);
  const root = readYaml(source, tell);
  readGroups(draft, root);
  await gather(tell, () => completeGroups(draft, { source, start: 0, end: 0 }));
  const files = await readVars(draft, found);
  throwErrors(draft.problems);
  return assemble(draft, files, { name: argument, file: found.shown });
}

/** `web1,web2,`: hosts without variables. */
function listed(argument: string): Inventory {
  const source: Source = { file: "-i", text: argument };
  const draft = emptyDraft();
  const all = groupOf(draft, "all", { source, start: 0, end: argument.length });
  for (const match of argument.matchAll(/[^,\s]+/g)) {
    const place = { source, start: match.index, end: match.index + match[0].length };
    const { names, port } = hostNames(match[0], place, (problem) => draft.problems.push(problem));
    for (const name of names) {
      const host = addHost(draft, all, name, place);
      if (port !== undefined) host.variables.set("ansible_port", portVariable(port, place));
    }
  }
  completeGroups(draft, all.place);
  throwErrors(draft.problems);
  return assemble(draft, { groups: new Map(), hosts: new Map() }, { name: argument, file: "-i" });
}

/** A section header, or a first line with `name=value`: Ansible's INI format. */
function isIni(source: Source): boolean {
  return source.file.endsWith(".ini") || /^\[[^\]\n,]+\][ \t]*(?:[#;].*)?\r?$/m.test(source.text);
}

function iniProblem(source: Source): Problem {
  const header = /^\[[^\]\n]*\]/m.exec(source.text) ?? { index: 0, 0: source.text.slice(0, 1) };
  return {
    severity: "error",
    message: "this is an INI inventory, which is not supported yet",
    place: { source, start: header.index, end: header.index + header[0].length },
    help: `write it as YAML: \`ansible-inventory -i ${source.file} --list --yaml\` shows how`,
  };
}

type ByName = ReadonlyMap<string, ReadonlyMap<string, Variable>>;

interface VarsFiles {
  readonly groups: ByName;
  readonly hosts: ByName;
}

async function readVars(draft: Draft, found: Found): Promise<VarsFiles> {
  const tell = (problem: Problem) => void draft.problems.push(problem);
  const folder = (name: string, what: "group" | "host") => ({
    path: join(found.folder, name),
    shown: join(found.shownFolder, name),
    what,
  });
  const groups = await readVarsFolder(folder("group_vars", "group"), new Set(draft.groups.keys()), tell);
  const hosts = await readVarsFolder(folder("host_vars", "host"), new Set(draft.hosts.keys()), tell);
  return { groups, hosts };
}

interface Names {
  readonly name: string;
  readonly file: string;
}

function assemble(draft: Draft, files: VarsFiles, names: Names): Inventory {
  const problems: Problem[] = [...draft.problems];
  const groups = groupsOf(draft, files, (problem) => problems.push(problem));
  throwErrors(problems);
  const memberships = membershipsOf(groups);
  const hosts = [...draft.hosts.values()].map((host) => {
    const own = memberships.get(host.name) ?? new Set(["all"]);
    return hostOf(host, own, { draft, files, groups });
  });
  problems.push(...suspectNames(hosts));
  return { ...names, hosts: new Map(hosts.map((host) => [host.name, host])), groups, warnings: problems };
}

function groupsOf(draft: Draft, files: VarsFiles, tell: (problem: Problem) => void): ReadonlyMap<string, Group> {
  const parents = parentsOf(draft);
  const depths = depthsOf(draft);
  const groups = [...draft.groups.values()].map((group): Group => {
    const variables = merge(group.variables, files.groups.get(group.name));
    variables.delete(PRIORITY);
    return {
      name: group.name,
      place: group.place,
      hosts: [...group.hosts],
      children: [...group.children.keys()],
      parents: parents.get(group.name) ?? [],
      depth: depths.get(group.name) ?? 0,
      priority: priorityOf(group, tell),
      variables,
    };
  });
  return new Map(groups.map((group) => [group.name, group]));
}

const PRIORITY = "ansible_group_priority";

function priorityOf(group: GroupDraft, tell: (problem: Problem) => void): number {
  const variable = group.variables.get(PRIORITY);
  if (variable === undefined) return 1;
  const value = Number(variable.value);
  if (Number.isInteger(value)) return value;
  tell({ severity: "error", message: `\`${PRIORITY}\` is a whole number`, place: variable.place });
  return 1;
}

/** Later maps win. */
function merge(...layers: readonly (Variables | undefined)[]): Map<string, Variable> {
  return new Map(layers.flatMap((layer) => [...(layer ?? [])]));
}

/** The groups of every host, through the children too. */
function membershipsOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, ReadonlySet<string>> {
  const memberships = new Map<string, Set<string>>();
  for (const group of groups.values()) {
    for (const host of hostsUnder(groups, group)) {
      const own = memberships.get(host) ?? new Set<string>();
      memberships.set(host, own.add(group.name));
    }
  }
  return memberships;
}

/** The hosts of a group and of all groups in it, each once; its own first. */
export function hostsUnder(groups: ReadonlyMap<string, Group>, group: Group): ReadonlySet<string> {
  const queue = [group];
  const seen = new Set(queue);
  for (const each of queue) {
    for (const name of each.children) {
      const child = groups.get(name);
      if (child === undefined || seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
    }
  }
  return new Set(queue.flatMap((each) => each.hosts));
}

interface Parts {
  readonly draft: Draft;
  readonly files: VarsFiles;
  readonly groups: ReadonlyMap<string, Group>;
}

/**
 * A host with its variables. From weak to strong: `all` in the inventory file, the other groups there (by depth,
 * priority, name), `group_vars/all`, the other `group_vars`, the host in the file, `host_vars`.
 */
function hostOf(host: HostDraft, memberships: ReadonlySet<string>, { draft, files, groups }: Parts): Host {
  const ordered = [...groups.values()]
    .filter((group) => memberships.has(group.name) && group.name !== "all")
    .sort(byRank);
  const inline = ordered.map((group) => draft.groups.get(group.name)?.variables);
  const inFiles = ordered.map((group) => files.groups.get(group.name));
  const everywhere = [draft.groups.get("all")?.variables, ...inline, files.groups.get("all"), ...inFiles];
  const variables = merge(...everywhere, host.variables, files.hosts.get(host.name));
  variables.delete(PRIORITY);
  const names = ordered.map((group) => group.name).sort();
  return { name: host.name, place: host.place, groups: names, variables };
}

function byRank(a: Group, b: Group): number {
  return a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1);
}
