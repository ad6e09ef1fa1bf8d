/** The keywords of plays and tasks: dsrctl's, and those that only Ansible has. */
import type { Problem } from "../core/problem.ts";
import { didYouMean, listNames } from "../text/suggest.ts";
import type { Entry } from "../yaml/index.ts";

export const PLAY_KEYWORDS = [
  ...(["name", "hosts", "serial", "become", "become_user", "become_method", "vars", "vars_files", "tags"] as const),
  ...([
    "gather_facts",
    "max_fail_percentage",
    "any_errors_fatal",
    "pre_tasks",
    "tasks",
    "post_tasks",
    "handlers",
    "ignore_errors",
    "no_log",
    "timeout",
  ] as const),
] as const;
export type PlayKeyword = (typeof PLAY_KEYWORDS)[number];

export const TASK_KEYWORDS = [
  ...(["name", "when", "loop", "register", "notify", "tags", "become", "become_user", "become_method"] as const),
  ...([
    "ignore_errors",
    "no_log",
    "retries",
    "delay",
    "until",
    "changed_when",
    "failed_when",
    "vars",
    "timeout",
  ] as const),
  "args",
] as const;
export type TaskKeyword = (typeof TASK_KEYWORDS)[number];

const PLAY_SET: ReadonlySet<string> = new Set(PLAY_KEYWORDS);
const TASK_SET: ReadonlySet<string> = new Set([...TASK_KEYWORDS, "listen"]);

export function isPlayKeyword(key: string): key is PlayKeyword {
  return PLAY_SET.has(key);
}

export function isTaskKeyword(key: string): key is TaskKeyword | "listen" {
  return TASK_SET.has(key);
}

const INCLUDE = "put the tasks themselves here, under one `tags:` if they belong together";
const ROLE = "put the role's tasks into the play, its defaults into `vars` and its files next to the playbook";
const CONNECTION = "set it in the inventory";

/** Keywords of Ansible that are not supported yet, and what to do instead. */
const NOT_YET: Readonly<Record<string, string | undefined>> = {
  block: "write its tasks one after another, each with the block's `when`",
  rescue: undefined,
  always: undefined,
  roles: ROLE,
  include_role: ROLE,
  import_role: ROLE,
  include_tasks: INCLUDE,
  import_tasks: INCLUDE,
  include: INCLUDE,
  import_playbook: "put its plays into this file; a playbook may hold several",
  delegate_to: "write a play of its own for that host",
  delegate_facts: undefined,
  local_action: "write a play of its own with `hosts: localhost`",
  run_once: "write a play of its own for one of the hosts: `hosts: web[0]`",
  async: "give the task a `timeout`",
  poll: undefined,
  action: "write the task type as the key, its arguments under it",
  loop_control: "the loop's variable is `item`",
  environment: "set it in the command: `env NAME=value …`",
  check_mode: "leave it out: every task can be checked",
  diff: undefined,
  throttle: "limit the hosts with `serial`",
  debugger: undefined,
  module_defaults: undefined,
  collections: "leave it out",
  ignore_unreachable: undefined,
  remote_user: `${CONNECTION}: \`ansible_user\``,
  port: `${CONNECTION}: \`ansible_port\``,
  connection: `${CONNECTION}: \`ansible_connection\``,
  become_exe: undefined,
  become_flags: undefined,
  vars_prompt: "give the values with `-e`",
  strategy: "leave it out: hosts wait for each other only where necessary",
  order: "hosts come in the order of the inventory",
  force_handlers: "leave it out: a notified handler is never lost",
  gather_subset: "leave it out: facts are asked for only when they are used",
  gather_timeout: undefined,
  fact_path: undefined,
};

/** Ansible's modules whose work a dsrctl type does under another name. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...{ copy: "file", lineinfile: "file", blockinfile: "file", stat: "assert", fail: "assert", pause: "command" },
  ...{ apt: "package", yum: "package", dnf: "package", systemd: "service", systemd_service: "service" },
  ...{ uri: "http", get_url: "http", wait_for: "reachable", ping: "command", raw: "shell", script: "shell" },
  ...{ iptables: "firewalld_direct", nftables: "firewalld" },
};

const VARIABLES = "put a variable that depends on others into `vars`; it is evaluated where it is used";

/** Advice for an unknown task type that Ansible knows. */
export function elsewhere(kind: string, known: ReadonlySet<string>): string | undefined {
  if (kind === "set_fact" || kind === "include_vars") return VARIABLES;
  const other = ELSEWHERE[kind];
  return other !== undefined && known.has(other) ? `see the task type \`${other}\`` : undefined;
}

/** The problem with a keyword that Ansible has and dsrctl does not; `undefined` if it is not one. */
export function notYet({ key, keyPlace }: Entry): Problem | undefined {
  if (key.startsWith("with_")) return withLoop(key, keyPlace);
  if (!Object.hasOwn(NOT_YET, key)) return undefined;
  const help = NOT_YET[key];
  return {
    severity: "error",
    code: "not-supported",
    message: `\`${key}\` is not supported yet`,
    place: keyPlace,
    ...(help === undefined ? {} : { help }),
  };
}

const WITH: Readonly<Record<string, string>> = {
  with_items: "write `loop:` (lists in the list: `| flatten(1)`)",
  with_list: "write `loop:`",
  with_dict: 'write `loop: "{{ … | dict2items }}"`, then `item.key` and `item.value`',
  with_sequence: 'write `loop: "{{ range(1, 5) | list }}"`',
};

function withLoop(key: string, place: Entry["keyPlace"]): Problem {
  return {
    severity: "error",
    code: "not-supported",
    message: `\`${key}\` is not supported`,
    place,
    help: WITH[key] ?? "write `loop:` with a list",
  };
}

/** A key that is no keyword of a play. */
export function unknownPlayKeyword({ key, keyPlace }: Entry, kinds: ReadonlySet<string>): Problem {
  const task = kinds.has(key) ? "a task type" : isTaskKeyword(key) ? "a keyword of tasks" : undefined;
  if (task !== undefined) {
    return {
      severity: "error",
      code: "unknown-key",
      message: `\`${key}\` is ${task}, but is in the play itself`,
      place: keyPlace,
      help: "tasks are items of a list under `tasks:`",
    };
  }
  return unknown("play keyword", { key, place: keyPlace }, PLAY_KEYWORDS);
}

/** A key that is neither a keyword of tasks nor a task type. */
export function unknownTaskKeyword({ key, keyPlace }: Entry): Problem {
  if (isPlayKeyword(key)) {
    return {
      severity: "error",
      code: "unknown-key",
      message: `\`${key}\` is a keyword of plays, not of tasks`,
      place: keyPlace,
    };
  }
  return unknown("task keyword", { key, place: keyPlace }, TASK_KEYWORDS);
}

export function unknown(
  what: string,
  { key, place }: { readonly key: string; readonly place: Entry["keyPlace"] },
  known: readonly string[],
): Problem {
  const label = didYouMean(key, known);
  return {
    severity: "error",
    code: "unknown-key",
    message: `unknown ${what} \`${key}\``,
    place,
    ...(label === undefined ? { help: `known are ${listNames(known, 40)}` } : { label }),
  };
}
