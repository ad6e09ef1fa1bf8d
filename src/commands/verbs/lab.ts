/** `dsrctl lab`. */
import { COLOR, VERBOSE } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const lab = verb({
  name: "lab",
  order: 3,
  usage: "ACTION [HOST..]",
  summary: "five real hosts on this machine",
  page: "docs/lab.md",
  positionals: {
    action: {
      ...{ name: "ACTION", describe: "what to do with the lab", missing: "do what with the lab?" },
      choices: {
        up: "bring the hosts up; those that are up stay as they are",
        down: "take everything away (what was built once stays in the cache)",
        status: "how each host is",
        reset: "fresh hosts",
        ssh: "a shell on a host, or a command there",
        cut: "pull a host's cable",
        heal: "plug it in again",
        freeze: "stop a host where it is",
        thaw: "let it go on",
        kill: "end a host without warning",
        delay: "make a host's packets late, or lose some",
      },
    },
    named: {
      name: "HOST",
      describe: "a host (default: all, where that makes sense)",
      many: true,
      complete: "lab-host",
    },
  },
  verbatim: ([action, host]) => action === "ssh" && host !== undefined,
  options: {
    "Which hosts": {
      hosts: {
        ...{ type: "string", many: "commas", value: "NAMES", complete: "lab-host" },
        describe: "hosts, with commas between them",
      },
    },
    delay: {
      ms: {
        ...{ type: "number", value: "MS", default: 20, range: [0, 60_000], only: ["delay"] },
        describe: "milliseconds",
      },
      jitter: {
        ...{ type: "number", value: "MS", default: 0, range: [0, 60_000], only: ["delay"] },
        describe: "give or take, milliseconds",
      },
      loss: {
        ...{ type: "number", value: "PERCENT", default: 0, range: [0, 100], only: ["delay"] },
        describe: "percent of packets lost",
      },
      off: { type: "boolean", only: ["delay"], describe: "no delay any more" },
    },
    "What is shown": {
      verbose: {
        ...VERBOSE,
        only: ["up", "down", "reset"],
        describe: "up, down, reset: also what was done already",
      },
      json: {
        ...{ type: "boolean", only: ["up", "down", "reset", "status"] },
        describe: "up, down, reset, status: one event a line, as JSON",
      },
      color: COLOR,
    },
  },
  examples: [
    ["dsrctl lab up", "then `-i lab` works everywhere"],
    ["dsrctl lab ssh client curl -s http://10.0.0.5/", "a command on a host"],
    ["dsrctl lab delay lb1 --ms 100 --loss 5", "a bad line to lb1"],
    ["DSRCTL_LAB=two dsrctl lab up", "a second lab; set DSRCTL_LAB for its plays, too"],
  ],
  reachesHosts: true,
  run: async ({ named, hosts, ...args }, terminal) =>
    (await import("../run/lab.ts")).runLab({ ...args, hosts: [...named, ...hosts] }, terminal),
});
