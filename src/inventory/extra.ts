/** Hosts with `-e` above all that the inventory gives them. */
import type { Host, Inventory, Variables } from "./types.ts";

/** What the host has as one of its own, `ansible_user` included; where the rest comes from stays as it is. */
export function withExtra(host: Host, extra: Variables): Host {
  if (extra.size === 0) return host;
  const { name, place, groups, layers, variables } = host;
  return { name, place, groups, layers, variables: new Map([...variables, ...extra]) };
}

/** The same of every host. Groups keep their own variables. */
export function inventoryWithExtra(inventory: Inventory, extra: Variables): Inventory {
  if (extra.size === 0) return inventory;
  const hosts = [...inventory.hosts].map(([name, host]) => [name, withExtra(host, extra)] as const);
  return { ...inventory, hosts: new Map(hosts), implicit: (name) => withExtra(inventory.implicit(name), extra) };
}
