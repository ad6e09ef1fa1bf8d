/** What the command line may hold, as data: yargs parses by it, `check.ts` judges by it, `help.ts` prints it. */
import { EXPLAIN, INVENTORY_SHOW, READ_OPTIONS } from "./inventory-options.ts";
import { VAULT_ACTIONS, VAULT_ACTIONS_HELP, VAULT_FILES, VAULT_PASSWORDS, VAULT_STRING } from "./vault-options.ts";
import type { Table } from "./option.ts";

/** May be given several times. */
const LIST = { type: "string", array: true, nargs: 1, default: [] as string[] } as const;

export const INVENTORY_OPTIONS = {
  inventory: {
    ...{ alias: "i", type: "string", array: true, nargs: 1, value: "NAME", demandOption: true },
    describe: "a path, a name in inventories/, or hosts such as `web1,web2,`",
  },
  limit: {
    ...{ alias: "l", type: "string", value: "PATTERN" },
    describe: "only these hosts, such as `web1:lb*:!lb2`, or those in a file: `@FILE`",
  },
  "extra-vars": {
    ...{ alias: "e", value: "VARS", ...LIST },
    describe: "variables above all others: KEY=VALUE, a YAML or JSON map, or @FILE",
  },
  ...READ_OPTIONS,
} satisfies Table;

export const OUTPUT_OPTIONS = {
  verbose: {
    ...{ alias: "v", type: "count" },
    describe:
      "-v: each host by itself, also what is right, was skipped, and what it cost; -vv: also what commands print",
  },
  json: { type: "boolean", default: false, describe: "one event a line, as JSON" },
  color: {
    ...{ type: "boolean", negatable: true },
    describe: "colours, or none (default: on a terminal, unless NO_COLOR is set)",
  },
} satisfies Table;

/** For commands that print one answer. */
export const PROMPT_OPTIONS = {
  json: { ...OUTPUT_OPTIONS.json, describe: "what is wrong as JSON, too" },
  color: OUTPUT_OPTIONS.color,
} satisfies Table;

/** How hosts are reached, for every command that reaches some. */
const REACHING = {
  "ssh-config-exec": {
    ...{ type: "boolean", default: false },
    describe: "let `Match exec` in the ssh configuration run its commands here",
  },
} satisfies Table;

export const RUN_OPTIONS = {
  check: { alias: "C", type: "boolean", default: false, describe: "dry run: look, judge, change nothing" },
  diff: { alias: "D", type: "boolean", default: false, describe: "show what changes, line by line" },
  forks: { alias: "f", type: "number", value: "N", default: 100, describe: "how many hosts at once" },
  "ask-become-pass": { alias: "K", type: "boolean", default: false, describe: "ask for sudo's password" },
  ...REACHING,
} satisfies Table;

export const TASK_FILTERS = {
  tags: { alias: "t", value: "TAGS", ...LIST, describe: "only plays and tasks with one of these" },
  "skip-tags": { value: "TAGS", ...LIST, describe: "leave out plays and tasks with one of these" },
} satisfies Table;

export const LIST_OPTIONS = {
  "list-hosts": { type: "boolean", default: false, describe: "the hosts of each play" },
  "list-tasks": { type: "boolean", default: false, describe: "the tasks of each play" },
  "syntax-check": { type: "boolean", default: false, describe: "whether the input is right" },
} satisfies Table;

export const DRILL_OPTIONS = {
  rate: { type: "number", value: "N", default: 10, describe: "probes a second, from the client's addresses in turn" },
  timeout: { type: "number", value: "S", default: 0.5, describe: "seconds until a probe counts as lost" },
  settle: { type: "number", value: "S", default: 10, describe: "seconds of asking before the strike" },
  hold: { type: "number", value: "S", default: 5, describe: "seconds of asking after the backup took over" },
  patience: { type: "number", value: "S", default: 30, describe: "seconds that the service may take to be as before" },
  url: { type: "string", value: "URL", describe: "what the client asks for (default: the inventory's VIP)" },
  ...REACHING,
} satisfies Table;

export const LAB_OPTIONS = {
  hosts: { type: "string", value: "NAMES", describe: "hosts, with commas between them" },
} satisfies Table;

export const DELAY_OPTIONS = {
  ms: { type: "number", value: "MS", default: 20, describe: "milliseconds" },
  jitter: { type: "number", value: "MS", default: 0, describe: "give or take, milliseconds" },
  loss: { type: "number", value: "PERCENT", default: 0, describe: "percent of packets lost" },
  off: { type: "boolean", default: false, describe: "no delay any more" },
} satisfies Table;

const LAB_HELP = {
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
} as const;

export type LabAction = keyof typeof LAB_HELP;
export const LAB_ACTIONS = Object.keys(LAB_HELP) as readonly LabAction[];

/** A positional argument: its word, what it is, and what it may be. */
export interface Positional {
  readonly name: string;
  readonly describe: string;
  /** Asked when it is missing. */
  readonly question: string;
  readonly choices?: readonly string[];
}

export type CommandName = "play" | "drill" | "lab" | "inventory" | "explain" | "vault";

export interface Command {
  readonly name: CommandName;
  readonly usage: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  /** More words may follow the positionals. */
  readonly more?: string;
  /** After how many positionals everything is taken as it is, given these. */
  readonly verbatim?: (positionals: readonly string[]) => boolean;
  readonly sections: readonly { readonly title: string; readonly options: Table }[];
  /** Further words with their meaning. */
  readonly words?: Readonly<Record<string, string>>;
  readonly examples: readonly (readonly [line: string, what: string])[];
}

const HOSTS_AND_VARIABLES = { title: "Hosts and variables", options: INVENTORY_OPTIONS };
const PASSWORDS = { title: "Vault passwords", options: VAULT_PASSWORDS };
const SHOWN = { title: "What is shown", options: OUTPUT_OPTIONS };
const ANSWERED = { title: "What is shown", options: PROMPT_OPTIONS };
const EXPLAINED = {
  title: "What is shown",
  options: { ...PROMPT_OPTIONS, json: { ...PROMPT_OPTIONS.json, describe: "as JSON, what is wrong too" } },
};

export const COMMANDS: readonly Command[] = [
  {
    name: "play",
    usage: "dsrctl play PLAYBOOK -i INVENTORY",
    summary: "make the hosts what a playbook says",
    positionals: [{ name: "PLAYBOOK", describe: "a path, or a name in playbooks/", question: "which playbook?" }],
    sections: [
      HOSTS_AND_VARIABLES,
      PASSWORDS,
      { title: "How", options: RUN_OPTIONS },
      { title: "Which tasks (with commas between them)", options: TASK_FILTERS },
      SHOWN,
      { title: "Reach no host, only show", options: LIST_OPTIONS },
    ],
    examples: [
      ["dsrctl play site.yml -i prod --check --diff", "what would change?"],
      ["dsrctl play site.yml -i prod", "make it so"],
      ["dsrctl play site.yml -i prod -l web1 -t firewall", "one host, some tasks"],
    ],
  },
  {
    name: "drill",
    usage: "dsrctl drill failover -i INVENTORY",
    summary: "rehearse a failure",
    positionals: [{ name: "NAME", describe: "the drill", question: "which drill?", choices: ["failover"] }],
    words: {
      failover:
        "stop keepalived on the director that holds the VIP, prove from the client that the backup serves, put the service back (docs/drills.md)",
    },
    sections: [HOSTS_AND_VARIABLES, PASSWORDS, { title: "The drill", options: DRILL_OPTIONS }, SHOWN],
    examples: [["dsrctl drill failover -i prod --settle 30", "ask for half a minute first"]],
  },
  {
    name: "lab",
    usage: "dsrctl lab ACTION [HOST..]",
    summary: "five real hosts on this machine",
    positionals: [
      { name: "ACTION", describe: "what to do with the lab", question: "do what with the lab?", choices: LAB_ACTIONS },
    ],
    more: "HOST",
    verbatim: ([action, host]) => action === "ssh" && host !== undefined,
    words: LAB_HELP,
    sections: [
      { title: "Which hosts (default: all, where that makes sense)", options: LAB_OPTIONS },
      { title: "delay", options: DELAY_OPTIONS },
      SHOWN,
    ],
    examples: [
      ["dsrctl lab up", "then `-i lab` works everywhere"],
      ["dsrctl lab ssh client curl -s http://10.0.0.5/", "a command on a host"],
      ["dsrctl lab delay lb1 --ms 100 --loss 5", "a bad line to lb1"],
      ["DSRCTL_LAB=two dsrctl lab up", "a second lab; set DSRCTL_LAB for its plays, too"],
    ],
  },
  {
    name: "inventory",
    usage: "dsrctl inventory --list -i INVENTORY",
    summary: "hosts, groups and variables, as ansible-inventory prints them",
    positionals: [],
    more: "GROUP",
    words: { GROUP: "for --graph: where the tree begins (default: `all`)" },
    sections: [{ title: "What of it", options: INVENTORY_SHOW }, HOSTS_AND_VARIABLES, PASSWORDS, ANSWERED],
    examples: [
      ["dsrctl inventory --graph web --vars -i prod", "a group as a tree, with variables"],
      ["dsrctl inventory --host web1 -i prod", "everything that web1 has"],
    ],
  },
  {
    name: "explain",
    usage: "dsrctl explain var NAME --host H",
    summary: "where a variable has its value from",
    positionals: [
      { name: "WHAT", describe: "a variable", question: "explain what?", choices: ["var"] },
      { name: "VARIABLE", describe: "its name", question: "which variable?" },
    ],
    sections: [{ title: "Of which host", options: EXPLAIN }, HOSTS_AND_VARIABLES, PASSWORDS, EXPLAINED],
    examples: [["dsrctl explain var vip --host lb1 -i prod", "which file wins, and which lose"]],
  },
  {
    name: "vault",
    usage: "dsrctl vault ACTION [FILE..]",
    summary: "encrypted files and values, as ansible-vault has them",
    positionals: [
      { name: "ACTION", describe: "what to do", question: "do what with the vault?", choices: VAULT_ACTIONS },
    ],
    more: "FILE",
    words: VAULT_ACTIONS_HELP,
    sections: [
      PASSWORDS,
      { title: "Files", options: VAULT_FILES },
      { title: "encrypt-string", options: VAULT_STRING },
      { title: "What is shown", options: { color: OUTPUT_OPTIONS.color } },
    ],
    examples: [
      ["dsrctl vault encrypt group_vars/all/secrets.yml", "asks for a new password"],
      ["dsrctl vault edit group_vars/all/secrets.yml --vault-id prod@~/.vault-prod", "in $EDITOR"],
      ["dsrctl vault encrypt-string --name auth_pass", "asks for the text; prints the value for YAML"],
    ],
  },
];

export function optionsOf(command: Command): Table {
  return Object.assign({}, ...command.sections.map(({ options }) => options)) as Table;
}
