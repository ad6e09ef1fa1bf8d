/** `dsrctl drill`. */
import {
  INVENTORY_OPTIONS,
  OUTPUT_OPTIONS,
  REACH_OPTIONS,
  TEMPLATE_OPTIONS,
  TRACE,
  VAULT_PASSWORDS,
  VERBOSE,
} from "../args/options.ts";
import { verb } from "../args/verb.ts";
import { DRILLS } from "../../drills/definitions/index.ts";

export const drill = verb({
  name: "drill",
  order: 2,
  usage: "failover -i INVENTORY",
  summary: "rehearse a failure",
  page: "docs/drills.md",
  positionals: {
    drill: {
      ...{ name: "NAME", describe: "the drill", missing: "which drill?", unknown: "no such drill:" },
      choices: Object.fromEntries(Object.entries(DRILLS).map(([name, { summary }]) => [name, summary])),
    },
  },
  options: {
    "Hosts and variables": { ...INVENTORY_OPTIONS, ...TEMPLATE_OPTIONS },
    "Vault passwords": VAULT_PASSWORDS,
    "The drill": {
      rate: {
        ...{ type: "number", value: "N", default: 10, range: [0.1, 100] },
        describe: "probes a second, from the client's addresses in turn",
      },
      timeout: {
        ...{ type: "number", value: "S", default: 0.5, range: [0.05, 60] },
        describe: "seconds until a probe counts as lost",
      },
      settle: {
        ...{ type: "number", value: "S", default: 10, range: [1, 3600] },
        describe: "seconds of asking before the strike",
      },
      hold: {
        ...{ type: "number", value: "S", default: 5, range: [1, 3600] },
        describe: "seconds of asking after the backup took over",
      },
      patience: {
        ...{ type: "number", value: "S", default: 30, range: [1, 3600] },
        describe: "seconds that the service may take to be as before",
      },
      url: { type: "string", value: "URL", describe: "what the client asks for (default: the inventory's VIP)" },
      ...REACH_OPTIONS,
    },
    "What is shown": { verbose: { ...VERBOSE, describe: `-vvv: also ${TRACE}` }, ...OUTPUT_OPTIONS },
  },
  examples: [["dsrctl drill failover -i prod --settle 30", "ask for half a minute first"]],
  reachesHosts: true,
  run: async (args, terminal) => (await import("../run/drill.ts")).runDrill(args, terminal),
});
