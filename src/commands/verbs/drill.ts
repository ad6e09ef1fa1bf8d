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
  summary: "cause a failure and measure the failover",
  page: "docs/drills.md",
  positionals: {
    drill: {
      ...{ name: "NAME", describe: "the drill", missing: "missing argument: NAME", unknown: "no such drill:" },
      choices: Object.fromEntries(Object.entries(DRILLS).map(([name, { summary }]) => [name, summary])),
    },
  },
  options: {
    "Hosts and variables": { ...INVENTORY_OPTIONS, ...TEMPLATE_OPTIONS },
    "Vault passwords": VAULT_PASSWORDS,
    "The drill": {
      rate: {
        ...{ type: "number", value: "N", default: 10, range: [0.1, 100] },
        describe: "probes per second, from each client address in turn",
      },
      timeout: {
        ...{ type: "number", value: "S", default: 0.5, range: [0.05, 60] },
        describe: "timeout of a probe in seconds",
      },
      settle: {
        ...{ type: "number", value: "S", default: 10, range: [1, 3600] },
        describe: "seconds of probes before the strike",
      },
      hold: {
        ...{ type: "number", value: "S", default: 5, range: [1, 3600] },
        describe: "seconds of probes after the takeover",
      },
      patience: {
        ...{ type: "number", value: "S", default: 30, range: [1, 3600] },
        describe: "timeout in seconds until the service is restored",
      },
      vip: {
        type: "string",
        value: "VIP",
        describe: "name or address of the VIP (default: the inventory's first VIP)",
      },
      url: {
        type: "string",
        value: "URL",
        describe: "URL that the client requests (default: that of the VIP's service)",
      },
      ...REACH_OPTIONS,
    },
    Output: { verbose: { ...VERBOSE, describe: `-vvv: also ${TRACE}` }, ...OUTPUT_OPTIONS },
  },
  examples: [["dsrctl drill failover -i prod --settle 30", "probe for 30 s before the strike"]],
  reachesHosts: true,
  run: async (args, terminal) => (await import("../run/drill.ts")).runDrill(args, terminal),
});
