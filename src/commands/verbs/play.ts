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
  summary: "make the hosts what a playbook says",
  page: "docs/ansible.md",
  positionals: {
    playbook: {
      ...{ name: "PLAYBOOK", describe: "a path, or a name in playbooks/", missing: "which playbook?" },
      complete: "playbook",
    },
  },
  options: {
    "Hosts and variables": { ...INVENTORY_OPTIONS, ...TEMPLATE_OPTIONS },
    "Vault passwords": VAULT_PASSWORDS,
    How: {
      check: { short: "C", type: "boolean", describe: "dry run: look, judge, change nothing" },
      diff: { short: "D", type: "boolean", describe: "show what changes, line by line" },
      forks: {
        ...{ short: "f", type: "number", value: "N", default: 100, range: [1, 10_000], whole: true },
        describe: "how many hosts at once",
      },
      "ask-become-pass": { short: "K", type: "boolean", describe: "ask for sudo's password" },
      ...REACH_OPTIONS,
    },
    "Which tasks (with commas between them)": {
      tags: {
        ...{ short: "t", type: "string", many: "commas", value: "TAGS", complete: "tag" },
        describe: "only plays and tasks with one of these",
      },
      "skip-tags": {
        ...{ type: "string", many: "commas", value: "TAGS", complete: "tag" },
        describe: "leave out plays and tasks with one of these",
      },
    },
    "What is shown": {
      verbose: {
        ...VERBOSE,
        describe: `-v: each host by itself, also what is right, was skipped, and what it cost; -vv: also what commands print; -vvv: also ${TRACE}`,
      },
      ...OUTPUT_OPTIONS,
    },
    "Reach no host, only show": {
      "list-hosts": { type: "boolean", describe: "the hosts of each play" },
      "list-tasks": { type: "boolean", describe: "the tasks of each play" },
      "syntax-check": { type: "boolean", describe: "whether the input is right" },
    },
  },
  examples: [
    ["dsrctl play site.yml -i prod --check --diff", "what would change?"],
    ["dsrctl play site.yml -i prod", "make it so"],
    ["dsrctl play site.yml -i prod -l web1 -t firewall", "one host, some tasks"],
  ],
  reachesHosts: true,
  run: async ({ listHosts, listTasks, syntaxCheck, ...args }, terminal) => {
    const { runPlay } = await import("../run/play.ts");
    const list = listHosts ? "hosts" : listTasks ? "tasks" : syntaxCheck ? "nothing" : undefined;
    return runPlay({ ...args, list }, terminal);
  },
});
