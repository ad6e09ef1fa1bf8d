/** `dsrctl explain`. */
import { ANSWER_OPTIONS, INVENTORY_OPTIONS, TEMPLATE_OPTIONS, VAULT_PASSWORDS } from "../args/options.ts";
import { verb } from "../args/verb.ts";

const USAGE = "var NAME --host H";

export const explain = verb({
  name: "explain",
  order: 5,
  usage: USAGE,
  summary: "show where a variable gets its value",
  page: "docs/inventory.md",
  positionals: {
    what: {
      ...{ name: "WHAT", describe: "the subject: `var`", missing: "missing argument: WHAT" },
      ...{ choices: { var: "a variable" }, unknown: "unknown subject" },
    },
    variable: { name: "VARIABLE", describe: "the name of the variable", missing: "missing argument: VARIABLE" },
  },
  options: {
    Host: {
      host: {
        ...{ type: "string", value: "HOST", complete: "host", describe: "the host" },
        required: {
          message: "missing option: `--host HOST`",
          help: `add \`--host HOST\`: \`dsrctl explain ${USAGE}\``,
        },
      },
      playbook: {
        ...{ type: "string", value: "PLAYBOOK", complete: "playbook" },
        describe: "also read the playbook's variables, and the group_vars and host_vars next to it",
      },
    },
    "Hosts and variables": { ...INVENTORY_OPTIONS, ...TEMPLATE_OPTIONS },
    "Vault passwords": VAULT_PASSWORDS,
    Output: { ...ANSWER_OPTIONS, json: { type: "boolean", describe: "print JSON, problems too" } },
  },
  examples: [
    ["dsrctl explain var vip --host lb1 -i prod", "show which file sets the value, and which files it overrides"],
  ],
  reachesHosts: false,
  run: async (args, terminal) => (await import("../run/explain.ts")).runExplain(args, terminal),
});
