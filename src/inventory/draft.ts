/** The inventory file as it is written: groups in groups, before anything is worked out from it. */
import type { Problem } from "../failure.ts";
import type { Place } from "../place.ts";
import { didYouMean } from "../nearest.ts";
import type { Entry, MapNode, Node } from "../yaml.ts";
import { groupNameProblem, hostNames } from "./names.ts";
import type { Variable } from "./types.ts";
import { readVariables } from "./variables.ts";

export interface GroupDraft {
  readonly name: string;
  readonly place: Place;
  /** It has a body somewhere; a name alone may be a slip. */
  defined: boolean;
  readonly hosts: Set<string>;
  /** Names, and where each is said to be a child. */
  readonly children: Map<string, Place>;
  readonly variables: Map<string, Variable>;
}

export interface HostDraft {
  readonly name: string;
  readonly place: Place;
  readonly variables: Map<string, Variable>;
}

export interface Draft {
  readonly groups: Map<string, GroupDraft>;
  readonly hosts: Map<string, HostDraft>;
  readonly problems: Problem[];
}

export function emptyDraft(): Draft {
  return { groups: new Map(), hosts: new Map(), problems: [] };
}

const KEYS = ["hosts", "children", "vars"] as const;

const EXAMPLE = "all:\n  children:\n    web:\n      hosts:\n        web1:\n          ansible_host: 192.0.2.11";

/** Reads the top level of an inventory file: a map of groups. */
export function readGroups(draft: Draft, root: Node): void {
  if (root.kind !== "map" || root.entries.length === 0) {
    draft.problems.push(notGroups(root));
    return;
  }
  for (const entry of root.entries) {
    if (KEYS.some((key) => key === entry.key)) draft.problems.push(groupKeyAtTop(entry));
    else readGroup(draft, entry);
  }
}

function notGroups(root: Node): Problem {
  const empty = root.kind === "map" || (root.kind === "scalar" && root.value === null);
  return {
    severity: "error",
    message: empty ? "the inventory is empty" : "an inventory is a map of groups",
    place: { ...root.place, end: Math.max(root.place.end, root.place.start) },
    help: `write for example\n${EXAMPLE}`,
  };
}

function groupKeyAtTop(entry: Entry): Problem {
  return {
    severity: "error",
    message: `\`${entry.key}\` belongs to a group, and stands at the top level`,
    place: entry.keyPlace,
    help: `put \`all:\` above it and indent it by two spaces`,
  };
}

export function groupOf(draft: Draft, name: string, place: Place): GroupDraft {
  const known = draft.groups.get(name);
  if (known !== undefined) return known;
  const group = {
    name,
    place,
    defined: false,
    hosts: new Set<string>(),
    children: new Map<string, Place>(),
    variables: new Map<string, Variable>(),
  };
  draft.groups.set(name, group);
  return group;
}

function readGroup(draft: Draft, { key, keyPlace, value }: Entry): GroupDraft | undefined {
  const wrong = groupNameProblem(key, keyPlace);
  if (wrong !== undefined) {
    draft.problems.push(wrong);
    return undefined;
  }
  const group = groupOf(draft, key, keyPlace);
  if (value.kind === "map") readBody(draft, group, value);
  else if (value.kind === "list" || value.value !== null) draft.problems.push(notABody(key, value));
  return group;
}

function notABody(name: string, value: Node): Problem {
  return {
    severity: "error",
    message: `group \`${name}\` must be a map with \`hosts\`, \`children\` or \`vars\``,
    place: value.place,
    help:
      value.kind === "list"
        ? "put `hosts:` under the group, and each host as a key under that: `web1:`"
        : "put its hosts under `hosts:`",
  };
}

function readBody(draft: Draft, group: GroupDraft, body: MapNode): void {
  group.defined = true;
  for (const entry of body.entries) {
    switch (entry.key) {
      case "hosts":
        readHosts(draft, group, entry.value);
        break;
      case "children":
        readChildren(draft, group, entry.value);
        break;
      case "vars":
        readGroupVariables(draft, group, entry.value);
        break;
      default:
        draft.problems.push(unknownKey(group, entry));
    }
  }
}

function unknownKey(group: GroupDraft, entry: Entry): Problem {
  const label = didYouMean(entry.key, KEYS);
  return {
    severity: "error",
    message: `unknown key \`${entry.key}\` in group \`${group.name}\``,
    place: entry.keyPlace,
    ...(label === undefined ? {} : { label }),
    help: "a group has `hosts`, `children` and `vars`; a variable goes under `vars`, a host under `hosts`",
  };
}

function readGroupVariables(draft: Draft, group: GroupDraft, node: Node): void {
  const variables = readVariables(node, `\`vars\` of group \`${group.name}\``, (problem) =>
    draft.problems.push(problem),
  );
  for (const [name, variable] of variables) group.variables.set(name, variable);
}

function readChildren(draft: Draft, group: GroupDraft, node: Node): void {
  if (node.kind === "scalar" && node.value === null) return;
  if (node.kind !== "map") {
    draft.problems.push(notAMap("children", "group", node));
    return;
  }
  for (const entry of node.entries) {
    const child = readGroup(draft, entry);
    if (child !== undefined) group.children.set(child.name, entry.keyPlace);
  }
}

function notAMap(key: string, what: string, node: Node): Problem {
  return {
    severity: "error",
    message: `\`${key}\` must be a map with a key for each ${what}, not ${node.kind === "list" ? "a list" : "a single value"}`,
    place: node.place,
    help:
      node.kind === "list"
        ? `write \`name:\` instead of \`- name\``
        : `write \`name:\` on a line of its own under \`${key}\``,
  };
}

function readHosts(draft: Draft, group: GroupDraft, node: Node): void {
  if (node.kind === "scalar" && node.value === null) return;
  if (node.kind !== "map") {
    draft.problems.push(notAMap("hosts", "host", node));
    return;
  }
  for (const entry of node.entries) readHost(draft, group, entry);
}

function readHost(draft: Draft, group: GroupDraft, { key, keyPlace, value }: Entry): void {
  const tell = (problem: Problem) => void draft.problems.push(problem);
  const { names, port } = hostNames(key, keyPlace, tell);
  const variables = readVariables(value, `the variables of host \`${key}\``, tell);
  if (port !== undefined) variables.set("ansible_port", portVariable(port, keyPlace));
  for (const name of names) {
    const host = addHost(draft, group, name, keyPlace);
    for (const variable of variables.values()) setHostVariable(draft, host, variable);
  }
}

/** Adds a host to a group; it may be in others already. */
export function addHost(draft: Draft, group: GroupDraft, name: string, place: Place): HostDraft {
  const host = draft.hosts.get(name) ?? { name, place, variables: new Map<string, Variable>() };
  draft.hosts.set(name, host);
  group.hosts.add(name);
  return host;
}

export function portVariable(port: number, place: Place): Variable {
  const node = { kind: "scalar", value: port, text: String(port), place, unsafe: false } as const;
  return { name: "ansible_port", value: port, node, place, keyPlace: place };
}

function setHostVariable(draft: Draft, host: HostDraft, variable: Variable): void {
  const before = host.variables.get(variable.name);
  if (before !== undefined && JSON.stringify(before.value) !== JSON.stringify(variable.value)) {
    draft.problems.push({
      severity: "warning",
      message: `\`${variable.name}\` of host \`${host.name}\` is set twice; this one counts`,
      place: variable.keyPlace,
      related: [{ place: before.keyPlace, label: "set otherwise here" }],
    });
  }
  host.variables.set(variable.name, variable);
}
