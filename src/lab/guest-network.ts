import type { Interface, Seat } from "./topology.ts";

/*
 * What a host's boot reads to set up its interfaces: one instruction a line, for the script in recipe.ts. A user-mode
 * Linux calls its interfaces vec0, vec1, … in the order of the topology.
 */

function linkLines({ name, addresses }: Interface, index: number): readonly string[] {
  return [`link ${name} vec${index}`, ...addresses.map((address) => `address ${name} ${address}`), `up ${name}`];
}

/** The file /etc/lab-network of a host. */
export function guestNetwork({ role, interfaces, routes = [] }: Seat): string {
  const lines = [
    ...(role === "router" ? ["forward"] : []),
    ...interfaces.flatMap(linkLines),
    ...routes.map(({ destination, gateway }) => `route ${destination} ${gateway}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
