import type { Role, Seat, Topology } from "./topology.ts";

/** Addresses are those of inventories/lab. Several for the client: persistence sends each to one web node. */
const HOSTS: readonly (readonly [name: string, role: Role, ...last: readonly number[]])[] = [
  ["lb1", "director", 1],
  ["lb2", "director", 2],
  ["web1", "web", 3],
  ["web2", "web", 4],
  ["client", "client", 100, 101, 102, 103],
];

function seat(name: string, role: Role, last: readonly number[], release: string): Seat {
  const addresses = last.map((byte) => `10.0.0.${byte}/24`);
  const mac = `02:00:00:00:00:${(last[0] ?? 0).toString(16).padStart(2, "0")}`;
  return { name, role, release, interfaces: [{ name: "eth0", network: "site", addresses, mac }] };
}

/** The article's site: two directors, two web nodes, a client. keepalived adds the VIP (10.0.0.5). */
export function builtInTopology(release: string): Topology {
  return {
    networks: [{ name: "site", bridge: "dsrctl-br0", prefixes: ["10.0.0.0/24"], machine: ["10.0.0.250/24"] }],
    seats: HOSTS.map(([name, role, ...last]) => seat(name, role, last, release)),
  };
}
