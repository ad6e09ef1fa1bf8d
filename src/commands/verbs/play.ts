/** `dsrctl play`. */
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

export const play = verb({
  name: "play",
  order: 1,
  usage: "PLAYBOOK -i INVENTORY",
  summary: "run a playbook: bring the hosts to the state it describes",
  page: "docs/ansible.md",
  positionals: {
    playbook: {
      ...{ name: "PLAYBOOK", describe: "a path, or a name in playbooks/", missing: "missing argument: PLAYBOOK" },
      complete: "playbook",
    },
  },
  options: {
    "Hosts and variables": { ...INVENTORY_OPTIONS, ...TEMPLATE_OPTIONS },
    "Vault passwords": VAULT_PASSWORDS,
    How: {
      check: { short: "C", type: "boolean", describe: "dry run: look and plan, change nothing" },
      diff: { short: "D", type: "boolean", describe: "show changes line by line" },
      forks: {
        ...{ short: "f", type: "number", value: "N", default: 100, range: [1, 10_000], whole: true },
        describe: "number of hosts that work at the same time",
      },
      "ask-become-pass": { short: "K", type: "boolean", describe: "ask for sudo's password" },
      ...REACH_OPTIONS,
    },
    "Tasks (tags are separated by commas)": {
      tags: {
        ...{ short: "t", type: "string", many: "commas", value: "TAGS", complete: "tag" },
        describe: "run only plays and tasks with one of these tags",
      },
      "skip-tags": {
        ...{ type: "string", many: "commas", value: "TAGS", complete: "tag" },
        describe: "skip plays and tasks with one of these tags",
      },
    },
    Output: {
      verbose: {
        ...VERBOSE,
        describe: `-v: show each host, also tasks that are ok or skipped, and the cost; -vv: also show output of commands; -vvv: also ${TRACE}`,
      },
      ...OUTPUT_OPTIONS,
    },
    "Inspect without connecting": {
      "list-hosts": { type: "boolean", describe: "list the hosts of each play and exit" },
      "list-tasks": { type: "boolean", describe: "list the tasks of each play and exit" },
      "syntax-check": { type: "boolean", describe: "check the syntax and exit" },
    },
  },
  examples: [
    ["dsrctl play site.yml -i prod --check --diff", "show what would change"],
    ["dsrctl play site.yml -i prod", "apply the changes"],
    ["dsrctl play site.yml -i prod -l web1 -t firewall", "run some tasks on one host"],
  ],
  reachesHosts: true,
  run: async ({ listHosts, listTasks, syntaxCheck, ...args }, terminal) => {
    const { runPlay } = await import("../run/play.ts");
    const list = listHosts ? "hosts" : listTasks ? "tasks" : syntaxCheck ? "nothing" : undefined;
    return runPlay({ ...args, list }, terminal);
  },
});
