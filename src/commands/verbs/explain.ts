/** `dsrctl explain`. */
import { ANSWER_OPTIONS, INVENTORY_OPTIONS, TEMPLATE_OPTIONS, VAULT_PASSWORDS } from "../args/options.ts";
import { verb } from "../args/verb.ts";

const USAGE = "var NAME --host H";

export const explain = verb({
  name: "explain",
  order: 5,
  usage: USAGE,
  summary: "where a variable has its value from",
  page: "docs/inventory.md",
  positionals: {
    what: {
      ...{ name: "WHAT", describe: "what to explain", missing: "explain what?" },
      ...{ choices: { var: "a variable" }, unknown: "nothing is explained about" },
    },
    variable: { name: "VARIABLE", describe: "its name", missing: "which variable?" },
  },
  options: {
    "Of which host": {
      host: {
        ...{ type: "string", value: "HOST", complete: "host", describe: "for which host" },
        required: { message: "which host?", help: `\`--host HOST\`, as in \`dsrctl explain ${USAGE}\`` },
      },
      playbook: {
        ...{ type: "string", value: "PLAYBOOK", complete: "playbook" },
        describe: "also the variables of this playbook, and those beside it",
      },
    },
    "Hosts and variables": { ...INVENTORY_OPTIONS, ...TEMPLATE_OPTIONS },
    "Vault passwords": VAULT_PASSWORDS,
    "What is shown": { ...ANSWER_OPTIONS, json: { type: "boolean", describe: "as JSON, what is wrong too" } },
  },
  examples: [["dsrctl explain var vip --host lb1 -i prod", "which file wins, and which lose"]],
  reachesHosts: false,
  run: async (args, terminal) => (await import("../run/explain.ts")).runExplain(args, terminal),
});
