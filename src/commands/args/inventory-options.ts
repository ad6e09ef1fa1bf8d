/** The options of `dsrctl inventory` and `dsrctl explain`, and what they say together. */
import type { Table } from "./option.ts";
import { UsageError } from "./usage-error.ts";

/** How inventories are read, for every command that reads them. */
export const READ_OPTIONS = {
  "allow-pipe": {
    ...{ type: "boolean", default: false },
    describe: "let `lookup('pipe', …)` in templates run programs on this machine",
  },
  "inventory-timeout": {
    type: "number",
    value: "S",
    default: 10,
    describe: "seconds for each call of an inventory script",
  },
  strict: { type: "boolean", default: false, describe: "warnings about the input are errors" },
} satisfies Table;

/** Their names are those of `ansible-inventory`. */
export const INVENTORY_SHOW = {
  list: { type: "boolean", default: false, describe: "all groups and hosts with their variables, as JSON" },
  host: { type: "string", value: "HOST", describe: "the variables of a host, as JSON" },
  graph: { type: "boolean", default: false, describe: "the groups as a tree, from GROUP on" },
  vars: { type: "boolean", default: false, describe: "with the tree: variables too" },
  export: {
    type: "boolean",
    default: false,
    describe: "with --list: variables where they are given, to be read again",
  },
  yaml: { alias: "y", type: "boolean", default: false, describe: "with --list, --host: YAML instead of JSON" },
  output: { type: "string", value: "FILE", describe: "into a file instead of standard output" },
  playbook: { type: "string", value: "PLAYBOOK", describe: "also group_vars and host_vars beside this playbook" },
} satisfies Table;

export const EXPLAIN = {
  host: { type: "string", value: "HOST", demandOption: true, describe: "for which host" },
  playbook: { type: "string", value: "PLAYBOOK", describe: "also the variables of this playbook, and those beside it" },
} satisfies Table;

export type InventoryAction =
  | { readonly show: "list"; readonly export: boolean; readonly yaml: boolean }
  | { readonly show: "host"; readonly host: string; readonly export: boolean; readonly yaml: boolean }
  | { readonly show: "graph"; readonly group: string; readonly vars: boolean };

/** @throws UsageError */
export function inventoryAction(
  args: {
    readonly list: boolean;
    readonly host: string | undefined;
    readonly graph: boolean;
    readonly vars: boolean;
    readonly export: boolean;
    readonly yaml: boolean;
  },
  group: string | undefined,
): InventoryAction {
  const graph = args.graph || (args.vars && !args.list && args.host === undefined);
  const asked = [args.list, args.host !== undefined, graph].filter(Boolean).length;
  const help = "one of `--list`, `--host HOST` and `--graph [GROUP]`";
  if (asked === 0) throw new UsageError("what of the inventory?", help);
  if (asked > 1) throw new UsageError("`--list`, `--host` and `--graph` exclude each other", help);
  if (group !== undefined && !graph) throw new UsageError("a group is for `--graph`", help);
  if (graph) return { show: "graph", group: group ?? "all", vars: args.vars };
  const { host, yaml } = args;
  return host === undefined
    ? { show: "list", export: args.export, yaml }
    : { show: "host", host, export: args.export, yaml };
}
