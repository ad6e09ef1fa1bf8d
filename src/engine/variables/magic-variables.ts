/** Provides Ansible's magic variables. No other layer overrides them (docs/templates.md). */
import { dirname, resolve } from "node:path";
import { hostsUnder } from "../../inventory/assemble.ts";
import type { Host, Inventory } from "../../inventory/types.ts";
import type { Layer, Variable } from "./variables.ts";

/** What is the same for all hosts and plays. */
export interface MagicContext {
  readonly inventory: Inventory;
  readonly cwd: string;
  /** What the command line and the playbook's place say: `ansible_check_mode`, `playbook_dir` … */
  readonly words: Readonly<Record<string, unknown>>;
  /** What is derived for a host from the inventory (`dsr`). */
  readonly derived?: (host: Host) => Readonly<Record<string, unknown>>;
}

/** A play as its hosts' variables describe it. */
export interface PlayInfo {
  readonly name: string;
  readonly hosts: readonly Host[];
  /** Those of the same `serial` batch. */
  readonly batch: readonly Host[];
}

/** @param play none: the variables of a host outside of a play, as `hostvars` shows them */
export function magicVariables(host: Host, context: MagicContext, play?: PlayInfo): Layer {
  const { inventory, cwd, words, derived } = context;
  return layer({
    ...fileOf(host, inventory, cwd),
    inventory_hostname: host.name,
    inventory_hostname_short: host.name.split(".")[0],
    group_names: host.groups,
    groups: groupHosts(inventory),
    ansible_version: LANGUAGE,
    ...words,
    ...derived?.(host),
    ...(play === undefined ? {} : ofPlay(play)),
  });
}

function ofPlay({ name, hosts, batch }: PlayInfo): Readonly<Record<string, unknown>> {
  const [all, now] = [namesOf(hosts), namesOf(batch)];
  return {
    ansible_play_name: name,
    ansible_play_hosts_all: all,
    ansible_play_hosts: all,
    ansible_play_batch: now,
    play_hosts: now,
  };
}

const NAMES = new WeakMap<readonly Host[], readonly string[]>();

/** The same list for all hosts of a play. */
function namesOf(hosts: readonly Host[]): readonly string[] {
  const known = NAMES.get(hosts) ?? hosts.map(({ name }) => name);
  NAMES.set(hosts, known);
  return known;
}

/** Names and values that nothing renders. */
export function layer(values: Readonly<Record<string, unknown>>): Layer {
  return new Map<string, Variable>(
    Object.entries(values).map(([name, value]) => [name, { value, place: undefined, untrusted: true }]),
  );
}

/** The Ansible version that these playbooks are written for. */
const LANGUAGE = { full: "2.14.18", string: "2.14.18", major: 2, minor: 14, revision: 18 } as const;

/** Where the host is first named: a file, or the list after `-i`; the implicit localhost is named nowhere. */
function fileOf(host: Host, inventory: Inventory, cwd: string) {
  const { file, text } = host.place.source;
  if (!inventory.hosts.has(host.name)) return { inventory_file: null, inventory_dir: null };
  if (file === "-i") return { inventory_file: text, inventory_dir: null };
  const path = resolve(cwd, file);
  return { inventory_file: path, inventory_dir: dirname(path) };
}

const GROUPS = new WeakMap<Inventory, Readonly<Record<string, readonly string[]>>>();

/** Group name → its hosts, then those of its children, as a pattern that names the group has them. */
function groupHosts(inventory: Inventory): Readonly<Record<string, readonly string[]>> {
  const known = GROUPS.get(inventory);
  if (known !== undefined) return known;
  const { groups } = inventory;
  const made = Object.fromEntries([...groups.values()].map((group) => [group.name, [...hostsUnder(groups, group)]]));
  GROUPS.set(inventory, made);
  return made;
}
