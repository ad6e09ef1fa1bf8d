/** Reads inventories in YAML (or JSON of the same shape): nested groups. */
import type { Problem } from "../core/problem.ts";
import { didYouMean } from "../text/suggest.ts";
import { entryOf } from "../yaml/index.ts";
import type { Entry, MapNode, Node } from "../yaml/index.ts";
import { addHosts, groupOf, setVariable } from "./draft.ts";
import type { Draft, GroupDraft } from "./draft.ts";
import { groupNameProblem } from "./names.ts";
import { inventoryNameProblem, readVariables } from "./variables.ts";

const KEYS = ["hosts", "children", "vars"] as const;

const EXAMPLE = "all:\n  children:\n    web:\n      hosts:\n        web1:\n          ansible_host: 192.0.2.11";

/** Reads the top level of an inventory file: a map of groups. */
export function readGroups(draft: Draft, root: Node): void {
  if (root.kind !== "map" || root.entries.length === 0) {
    draft.problems.push(notGroups(root));
    return;
  }
  const plugin = entryOf(root, "plugin");
  if (plugin !== undefined) {
    draft.problems.push(pluginFile(plugin));
    return;
  }
  for (const entry of root.entries) {
    if (KEYS.some((key) => key === entry.key)) draft.problems.push(groupKeyAtTop(entry));
    else readGroup(draft, entry);
  }
}

function pluginFile(entry: Entry): Problem {
  return {
    severity: "error",
    code: "not-supported",
    message: "this configures an inventory plugin, and there are none here",
    place: entry.keyPlace,
    help: "give the hosts in a file, or an executable script that answers `--list` with JSON",
  };
}

function notGroups(root: Node): Problem {
  const empty = root.kind === "map" || (root.kind === "scalar" && root.value === null);
  return {
    severity: "error",
    code: "invalid-value",
    message: empty ? "the inventory is empty" : "an inventory is a map of groups",
    place: { ...root.place, end: Math.max(root.place.end, root.place.start) },
    help: `write for example\n${EXAMPLE}`,
  };
}

function groupKeyAtTop(entry: Entry): Problem {
  return {
    severity: "error",
    code: "unknown-key",
    message: `\`${entry.key}\` belongs to a group, but is at the top level`,
    place: entry.keyPlace,
    help: `put \`all:\` above it and indent it by two spaces`,
  };
}

function readGroup(draft: Draft, { key, keyPlace, value }: Entry): GroupDraft | undefined {
  const wrong = groupNameProblem(key, keyPlace);
  if (wrong !== undefined) draft.problems.push(wrong);
  if (wrong?.severity === "error") return undefined;
  const group = groupOf(draft, key, keyPlace);
  if (value.kind === "map") readBody(draft, group, value);
  else if (value.kind === "list" || value.value !== null) draft.problems.push(notABody(key, value));
  return group;
}

function notABody(name: string, value: Node): Problem {
  return {
    severity: "error",
    code: "invalid-value",
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
    code: "unknown-key",
    message: `unknown key \`${entry.key}\` in group \`${group.name}\``,
    place: entry.keyPlace,
    ...(label === undefined ? {} : { label }),
    help: "a group has `hosts`, `children` and `vars`; a variable goes under `vars`, a host under `hosts`",
  };
}

function readGroupVariables(draft: Draft, group: GroupDraft, node: Node): void {
  const tell = (problem: Problem) => void draft.problems.push(problem);
  const what = `\`vars\` of group \`${group.name}\``;
  const variables = readVariables(node, what, tell, inventoryNameProblem);
  for (const variable of variables.values()) setVariable(group.variables, variable);
}

function readChildren(draft: Draft, group: GroupDraft, node: Node): void {
  for (const entry of entriesOf(draft, "children", "group", node)) {
    const child = readGroup(draft, entry);
    if (child !== undefined && !group.children.has(child.name)) group.children.set(child.name, entry.keyPlace);
  }
}

/** The names under `hosts` or `children`; a single one may be written as text. */
function entriesOf(draft: Draft, key: string, what: string, node: Node): readonly Entry[] {
  if (node.kind === "map") return node.entries;
  if (node.kind === "scalar" && node.value === null) return [];
  if (node.kind === "scalar" && typeof node.value === "string") {
    const end = { ...node.place, start: node.place.end };
    const value = { kind: "scalar", value: null, text: "", place: end, unsafe: false } as const;
    return [{ key: node.value, keyPlace: node.place, value }];
  }
  draft.problems.push(notAMap(key, what, node));
  return [];
}

function notAMap(key: string, what: string, node: Node): Problem {
  return {
    severity: "error",
    code: "invalid-value",
    message: `\`${key}\` must be a map with a key for each ${what}, not ${node.kind === "list" ? "a list" : "a single value"}`,
    place: node.place,
    help:
      node.kind === "list"
        ? `write \`name:\` instead of \`- name\``
        : `write \`name:\` on a line of its own under \`${key}\``,
  };
}

function readHosts(draft: Draft, group: GroupDraft, node: Node): void {
  for (const entry of entriesOf(draft, "hosts", "host", node)) readHost(draft, group, entry);
}

function readHost(draft: Draft, group: GroupDraft, { key, keyPlace, value }: Entry): void {
  const tell = (problem: Problem) => void draft.problems.push(problem);
  const variables = readVariables(value, `the variables of host \`${key}\``, tell, inventoryNameProblem);
  addHosts(draft, group, key, keyPlace, variables.values());
}
