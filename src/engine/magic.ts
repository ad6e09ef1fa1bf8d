import type { Host, Inventory } from "../inventory/types.ts";
import type { Layer, Variable } from "./variables.ts";
import type { World } from "./world.ts";

/** Ansible's magic variables; nothing is stronger than they. */
export function magic(
  host: Host,
  inventory: Inventory,
  playHosts: readonly Host[],
  world: Pick<World, "check" | "omit">,
): Layer {
  const names = namesOf(playHosts);
  return new Map<string, Variable>(
    Object.entries({
      inventory_hostname: host.name,
      inventory_hostname_short: host.name.split(".")[0],
      group_names: host.groups,
      groups: groupHosts(inventory),
      ansible_play_hosts: names,
      play_hosts: names,
      ansible_check_mode: world.check,
      omit: world.omit,
    }).map(([name, value]) => [name, { value, place: undefined, untrusted: true }]),
  );
}

const NAMES = new WeakMap<readonly Host[], readonly string[]>();

/** One list for all hosts of a play: one for each would grow with the square of their number. */
function namesOf(hosts: readonly Host[]): readonly string[] {
  const names = NAMES.get(hosts) ?? hosts.map(({ name }) => name);
  NAMES.set(hosts, names);
  return names;
}

const GROUPS = new WeakMap<Inventory, Readonly<Record<string, readonly string[]>>>();

/** Group name → its hosts, those of its children included, in the order of the inventory. */
function groupHosts(inventory: Inventory): Readonly<Record<string, readonly string[]>> {
  const known = GROUPS.get(inventory);
  if (known !== undefined) return known;
  const all = [...inventory.hosts.values()];
  const members = [...inventory.groups.keys()].map((group) => {
    const hosts = group === "all" ? all : all.filter(({ groups }) => groups.includes(group));
    return [group, hosts.map(({ name }) => name)] as const;
  });
  const made = Object.fromEntries(members);
  GROUPS.set(inventory, made);
  return made;
}
