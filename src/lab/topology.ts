import { createHash } from "node:crypto";
import { isIPv6 } from "../text/ip.ts";

/*
 * What a lab consists of, as data: networks, and hosts with their interfaces. It is kept as JSON while the lab exists.
 * No other file of the lab assumes a number of hosts, a number of networks, a prefix length or an address family.
 */

/** A `router` forwards packets between its networks. */
export type Role = "director" | "web" | "client" | "router";
/** `uml`: user-mode Linux, a kernel of its own. `nspawn`: a systemd-nspawn container on the machine's kernel. */
export type How = "uml" | "nspawn";

/** An Ethernet of the lab: a bridge in the lab's namespace. */
export interface Network {
  readonly name: string;
  /** Name of the bridge, at most 15 characters. */
  readonly bridge: string;
  /** The networks' prefixes, IPv4 and IPv6, such as `10.0.0.0/24`. */
  readonly prefixes: readonly string[];
  /** The machine's own addresses in it with prefix length, from which it reaches the hosts: one per prefix. */
  readonly machine: readonly string[];
}

export interface Interface {
  /** Its name inside the host, such as `eth0`. */
  readonly name: string;
  /** Name of the network that it is connected to. */
  readonly network: string;
  /** IPv4 and IPv6 addresses with prefix length. */
  readonly addresses: readonly string[];
  /** Begins with `02:00`; the other four bytes occur once in the topology. */
  readonly mac: string;
}

export interface Route {
  /** A network with prefix length; `0.0.0.0/0` and `::/0` are the default routes. */
  readonly destination: string;
  readonly gateway: string;
}

/** One host of the lab as it is meant to be, whether it runs or not. */
export interface Seat {
  readonly name: string;
  readonly role: Role;
  /** Debian's name of its release, such as `bookworm`. */
  readonly release: string;
  /** The first address of the first interface is the one that ssh connects to. */
  readonly interfaces: readonly [Interface, ...Interface[]];
  readonly routes?: readonly Route[];
}

export interface Topology {
  /** The inventory that it is the twin of; none: it is no twin. */
  readonly twinOf?: string;
  readonly networks: readonly Network[];
  readonly seats: readonly Seat[];
}

/** An interface as the machine sees it: its port, and the bridge that the port belongs to. */
export interface Port {
  readonly port: string;
  readonly bridge: string;
  readonly nic: Interface;
}

/** An address without its prefix length. */
export function bare(address: string): string {
  return address.split("/", 1)[0] ?? address;
}

/** All addresses of a host, without prefix length. */
export function addressesOf({ interfaces }: Seat): readonly string[] {
  return interfaces.flatMap(({ addresses }) => addresses.map(bare));
}

/** The address that ssh connects to. */
export function addressOf(seat: Seat): string {
  return addressesOf(seat)[0] ?? seat.name;
}

/** The first address of each family: the addresses that /etc/hosts has for its name. */
export function namedAddressesOf(seat: Seat): readonly string[] {
  const all = addressesOf(seat);
  const found = [all.find((address) => !isIPv6(address)), all.find(isIPv6)];
  return found.filter((address) => address !== undefined);
}

/** The name if it is short enough, else a shorter one that is as unique. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, most - 9)}-${hash}`;
}

// linux/if.h: the name of an interface has at most 15 characters.
function portName(seat: Seat, nic: Interface, how: How): string {
  const prefix = how === "uml" ? "tap" : "vb";
  const first = nic === seat.interfaces[0];
  return shortened(first ? `${prefix}-${seat.name}` : `${prefix}-${seat.name}-${nic.name}`, 15);
}

/** The bridge ports of a host: taps of a user-mode Linux, the outer ends of a container's veth pairs. */
export function portsOf(topology: Topology, seat: Seat, how: How): readonly Port[] {
  const bridges = new Map(topology.networks.map(({ name, bridge }) => [name, bridge]));
  return seat.interfaces.map((nic) => ({
    port: portName(seat, nic, how),
    bridge: bridges.get(nic.network) ?? "",
    nic,
  }));
}

/** The name that the host has for itself: a host's name may contain `_`, a hostname may not. */
export function hostnameOf({ name }: Seat): string {
  return shortened(name.replaceAll("_", "-"), 63);
}
