/** `dsrctl inventory`. The names of its options are those of `ansible-inventory`. */
import { ANSWER_OPTIONS, INVENTORY_OPTIONS, VAULT_PASSWORDS } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const inventory = verb({
  name: "inventory",
  order: 4,
  usage: "--list -i INVENTORY",
  summary: "hosts, groups and variables, as ansible-inventory prints them",
  page: "docs/inventory.md",
  positionals: {
    group: { name: "GROUP", describe: "for --graph: where the tree begins (default: `all`)", complete: "group" },
  },
  options: {
    "What of it": {
      list: { type: "boolean", describe: "all groups and hosts with their variables, as JSON" },
      host: { type: "string", value: "HOST", complete: "host", describe: "the variables of a host, as JSON" },
      graph: { type: "boolean", describe: "the groups as a tree, from GROUP on" },
      vars: { type: "boolean", describe: "with the tree: variables too" },
      export: { type: "boolean", describe: "with --list: variables where they are given, to be read again" },
      yaml: { short: "y", type: "boolean", describe: "with --list, --host: YAML instead of JSON" },
      output: { type: "string", value: "FILE", complete: "file", describe: "into a file instead of standard output" },
      playbook: {
        ...{ type: "string", value: "PLAYBOOK", complete: "playbook" },
        describe: "also group_vars and host_vars beside this playbook",
      },
    },
    "Hosts and variables": INVENTORY_OPTIONS,
    "Vault passwords": VAULT_PASSWORDS,
    "What is shown": ANSWER_OPTIONS,
  },
  examples: [
    ["dsrctl inventory --graph web --vars -i prod", "a group as a tree, with variables"],
    ["dsrctl inventory --host web1 -i prod", "everything that web1 has"],
  ],
  reachesHosts: false,
  run: async (args, terminal) => {
    const { inventoryAction, runInventory } = await import("../run/inventory.ts");
    return runInventory({ ...args, action: inventoryAction(args) }, terminal);
  },
});
