/** `dsrctl lab`. */
import { COLOR, VERBOSE } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const lab = verb({
  name: "lab",
  order: 3,
  usage: "ACTION [HOST..]",
  summary: "run real hosts on this machine: five of its own, or the twin of a site",
  page: "docs/lab.md",
  positionals: {
    action: {
      ...{ name: "ACTION", describe: "the action", missing: "missing argument: ACTION" },
      choices: {
        up: "start the hosts that are down",
        down: "stop and remove all hosts (the cache of built images is kept)",
        status: "show the state of each host",
        reset: "fresh hosts",
        ssh: "open a shell on a host, or run a command there",
        cut: "disconnect a host from the network",
        heal: "connect it again",
        freeze: "suspend all processes of a host",
        thaw: "resume them",
        kill: "kill a host, as a power failure does",
        delay: "delay or drop a host's packets",
      },
    },
    named: {
      name: "HOST",
      describe: "the host (default: all hosts, for actions that allow it)",
      many: true,
      complete: "lab-host",
    },
  },
  verbatim: ([action, host]) => action === "ssh" && host !== undefined,
  options: {
    "Which hosts": {
      inventory: {
        ...{ short: "i", type: "string", many: true, value: "NAME", complete: "inventory", only: ["up", "reset"] },
        describe: "with up, reset: the twin of this inventory (default: five hosts of the lab's own)",
      },
      hosts: {
        ...{ type: "string", many: "commas", value: "NAMES", complete: "lab-host" },
        describe: "hosts, separated by commas",
      },
      release: {
        ...{ type: "string", value: "NAME", only: ["up", "reset"], complete: "lab-release" },
        describe: "with up, reset: release of the hosts: bullseye, bookworm, bookworm-rpm, trixie, forky",
      },
    },
    delay: {
      ms: {
        ...{ type: "number", value: "MS", default: 20, range: [0, 60_000], only: ["delay"] },
        describe: "milliseconds",
      },
      jitter: {
        ...{ type: "number", value: "MS", default: 0, range: [0, 60_000], only: ["delay"] },
        describe: "jitter in milliseconds",
      },
      loss: {
        ...{ type: "number", value: "PERCENT", default: 0, range: [0, 100], only: ["delay"] },
        describe: "percent of packets lost",
      },
      off: { type: "boolean", only: ["delay"], describe: "remove the delay" },
    },
    Output: {
      verbose: {
        ...VERBOSE,
        only: ["up", "down", "reset"],
        describe: "with up, down, reset: also print steps that were already done",
      },
      json: {
        ...{ type: "boolean", only: ["up", "down", "reset", "status"] },
        describe: "with up, down, reset, status: print events as JSON, one per line",
      },
      color: COLOR,
    },
  },
  examples: [
    ["dsrctl lab up", "start the lab; then use `-i lab` with any command"],
    ["dsrctl lab up -i prod", "start the twin of a site; then `dsrctl play site.yml -i prod --lab`"],
    ["dsrctl lab up --release trixie", "start it with hosts of Debian 13"],
    ["dsrctl lab reset lb2 --release trixie", "replace one host by a fresh one of another release"],
    ["dsrctl lab ssh client curl -s http://10.0.0.5/", "run a command on a host"],
    ["dsrctl lab delay lb1 --ms 100 --loss 5", "make lb1's network slow and lossy"],
    ["DSRCTL_LAB=two dsrctl lab up", "start a second lab; set DSRCTL_LAB for its plays, too"],
  ],
  reachesHosts: true,
  run: async ({ named, hosts, ...args }, terminal) =>
    (await import("../run/lab.ts")).runLab({ ...args, hosts: [...named, ...hosts] }, terminal),
});
