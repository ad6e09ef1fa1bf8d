/** `dsrctl init`. */
import { verb } from "../args/verb.ts";

export const init = verb({
  name: "init",
  order: 0,
  usage: "DIR --vip 192.0.2.5 …",
  summary: "write an inventory and a playbook for a new site",
  positionals: {
    directory: { name: "DIR", describe: "where to write (default: the current directory)" },
  },
  options: {
    "The site": {
      vip: { type: "string", value: "[NAME=]ADDRESS", many: true, describe: "a VIP; may be repeated" },
      port: { type: "string", value: "N", many: "commas", describe: "ports of the service (default: 80)" },
      director: {
        type: "string",
        value: "NAME=ADDRESS",
        many: true,
        describe: "a director, with one address or several; may be repeated",
      },
      "web-node": { type: "string", value: "NAME=ADDRESS", many: true, describe: "a web node; may be repeated" },
      client: {
        ...{ type: "string", value: "NAME=ADDRESS", many: true },
        describe: "a host that asks at the VIPs, to prove that they serve; may be repeated",
      },
      subnet: {
        ...{ type: "string", value: "SUBNET", many: true },
        describe: "subnet of the VIPs and the hosts (default: /24 or /64 around the first VIP)",
      },
      interface: { type: "string", value: "NAME", describe: "interface of the hosts in it (default: eth0)" },
      user: { type: "string", value: "NAME", describe: "user to log in as (default: root)" },
    },
  },
  examples: [
    ["dsrctl init site", "ask for everything"],
    [
      "dsrctl init site --vip 192.0.2.5 --director lb1=192.0.2.1 --director lb2=192.0.2.2 --web-node web1=192.0.2.3",
      "ask for nothing",
    ],
  ],
  reachesHosts: false,
  run: async (args, terminal) => (await import("../run/init.ts")).runInit(args, terminal),
});
