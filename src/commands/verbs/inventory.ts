/** `dsrctl inventory`. The names of its options are those of `ansible-inventory`. */
import { ANSWER_OPTIONS, INVENTORY_OPTIONS, VAULT_PASSWORDS } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const inventory = verb({
  name: "inventory",
  order: 4,
  usage: "--list -i INVENTORY",
  summary: "print hosts, groups and variables in ansible-inventory's format",
  page: "docs/inventory.md",
  positionals: {
    group: { name: "GROUP", describe: "with --graph: root of the tree (default: `all`)", complete: "group" },
  },
  options: {
    Actions: {
      list: { type: "boolean", describe: "print all groups and hosts with their variables as JSON" },
      host: { type: "string", value: "HOST", complete: "host", describe: "print the variables of a host as JSON" },
      graph: { type: "boolean", describe: "print the groups as a tree, from GROUP down" },
      vars: { type: "boolean", describe: "with --graph: print variables, too" },
      export: {
        type: "boolean",
        describe: "with --list: print each variable where it is defined, for use as an inventory",
      },
      yaml: { short: "y", type: "boolean", describe: "with --list or --host: print YAML instead of JSON" },
      output: {
        type: "string",
        value: "FILE",
        complete: "file",
        describe: "write to this file instead of standard output",
      },
      playbook: {
        ...{ type: "string", value: "PLAYBOOK", complete: "playbook" },
        describe: "also read the group_vars and host_vars next to this playbook",
      },
    },
    "Hosts and variables": INVENTORY_OPTIONS,
    "Vault passwords": VAULT_PASSWORDS,
    Output: ANSWER_OPTIONS,
  },
  examples: [
    ["dsrctl inventory --graph web --vars -i prod", "print a group as a tree, with variables"],
    ["dsrctl inventory --host web1 -i prod", "print all variables of web1"],
  ],
  reachesHosts: false,
  run: async (args, terminal) => {
    const { inventoryAction, runInventory } = await import("../run/inventory.ts");
    return runInventory({ ...args, action: inventoryAction(args) }, terminal);
  },
});
