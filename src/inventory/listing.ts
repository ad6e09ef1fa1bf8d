/** An inventory as `ansible-inventory` shows it: `--list`, `--host`, `--graph`. */
import { str } from "../jinja/values/print.ts";
import { Dict, float } from "../jinja/values/values.ts";
import type { Value } from "../jinja/values/values.ts";
import { REDACTED } from "../core/secret.ts";
import type { Node } from "../yaml/index.ts";
import { hostsUnder } from "./assemble.ts";
import { byCodePoint } from "./find.ts";
import { isFloat } from "./python-json.ts";
import type { Dump } from "./python-json.ts";
import type { Group, Host, Inventory, Variables } from "./types.ts";

export interface ListingOptions {
  /** Variables of groups with the groups, hosts only with their own: to be read in again. */
  readonly export: boolean;
}

/** `--list`: groups with hosts and children, the hosts' variables under `_meta`. */
export function listing(inventory: Inventory, options: ListingOptions): Dump {
  const result = new Map<string, Dump>([["_meta", new Map([["hostvars", hostvars(inventory, options)]])]]);
  for (const group of inventory.groups.values()) {
    const entry = groupEntry(group, options);
    if (entry.size > 0) result.set(group.name, entry);
  }
  return result;
}

function groupEntry(group: Group, options: ListingOptions): ReadonlyMap<string, Dump> {
  const vars = options.export ? groupVariables(group) : new Map<string, Dump>();
  return new Map<string, Dump>([
    ...(group.hosts.length > 0 && group.name !== "all" ? [["hosts", group.hosts] as const] : []),
    ...(group.children.length > 0 ? [["children", group.children] as const] : []),
    ...(vars.size > 0 ? [["vars", vars] as const] : []),
  ]);
}

function hostvars(inventory: Inventory, options: ListingOptions): ReadonlyMap<string, Dump> {
  const all = inventory.groups.get("all");
  const names = all === undefined ? [] : [...hostsUnder(inventory.groups, all)];
  const entries = names.flatMap((name) => {
    const host = inventory.hosts.get(name);
    const variables = host === undefined ? new Map<string, Dump>() : hostVariables(host, options);
    return variables.size === 0 ? [] : [[name, variables] as const];
  });
  return new Map(entries);
}

/** Ansible leaves these out: they are its own. */
const INTERNAL: ReadonlySet<string> = new Set([
  ...["ansible_diff_mode", "ansible_config_file", "ansible_facts", "ansible_forks", "ansible_inventory_sources"],
  ...["ansible_limit", "ansible_playbook_python", "ansible_run_tags", "ansible_skip_tags", "ansible_verbosity"],
  ...["ansible_version", "inventory_dir", "inventory_file", "inventory_hostname", "inventory_hostname_short"],
  ...["groups", "group_names", "omit", "playbook_dir"],
]);

/** `--host`: every variable of a host, values as they are written. */
export function hostVariables(host: Host, options: ListingOptions): ReadonlyMap<string, Dump> {
  if (!options.export) return dumped(host.variables);
  const own = host.layers.filter(({ from }) => from.startsWith("host "));
  return dumped(new Map(own.flatMap(({ variables }) => [...variables])));
}

/** A group's own variables. */
export function groupVariables(group: Group): ReadonlyMap<string, Dump> {
  const priority = group.priority === 1 ? [] : [["ansible_group_priority", group.priority] as const];
  return new Map<string, Dump>([...dumped(group.variables), ...priority]);
}

function dumped(variables: Variables): ReadonlyMap<string, Dump> {
  const shown = [...variables.values()].filter(({ name }) => !INTERNAL.has(name));
  return new Map(shown.map(({ name, node }) => [name, node]));
}

export interface GraphOptions {
  readonly vars: boolean;
}

/** `--graph`: a group with what is in it, line by line. */
export function graph(inventory: Inventory, top: Group, options: GraphOptions): readonly string[] {
  const drawn = (group: Group, depth: number): readonly string[] => {
    const children = group.children.flatMap((name) => inventory.groups.get(name) ?? []);
    const hosts = group.name === "all" ? [] : group.hosts.flatMap((name) => inventory.hosts.get(name) ?? []);
    return [
      branch(`@${group.name}:`, depth),
      ...children.flatMap((child) => drawn(child, depth + 1)),
      ...hosts.flatMap((host) => [branch(host.name, depth + 1), ...ownLines(host, depth + 2, options)]),
      ...(options.vars ? lines(groupVariables(group), depth + 1) : []),
    ];
  };
  return drawn(top, 0);
}

function ownLines(host: Host, depth: number, { vars }: GraphOptions): readonly string[] {
  return vars ? lines(hostVariables(host, { export: false }), depth) : [];
}

function branch(text: string, depth: number): string {
  return depth === 0 ? text : `${"  |".repeat(depth)}--${text}`;
}

function lines(variables: ReadonlyMap<string, Dump>, depth: number): readonly string[] {
  const names = [...variables.keys()].sort(byCodePoint);
  return names.map((name) => branch(`{${name} = ${pythonText(variables.get(name) ?? "")}}`, depth));
}

/** A value as Python's `str` has it; what is secret as dots. */
export function pythonText(value: Dump): string {
  if (typeof value !== "object") return String(value);
  return "kind" in value ? str(pythonValue(value)) : "";
}

function pythonValue(node: Node): Value {
  switch (node.kind) {
    case "scalar":
      if (node.sealed !== undefined || (node.place.source.secret === true && typeof node.value === "string"))
        return REDACTED;
      return typeof node.value === "number" && isFloat(node) ? float(node.value) : node.value;
    case "list":
      return node.items.map(pythonValue);
    case "map":
      return new Dict(node.entries.map((entry) => [entry.key, pythonValue(entry.value)]));
  }
}
