import { parseInterface, within } from "../text/ip-network.ts";
import { LabError } from "./error.ts";
import type { Interface, Seat, Topology } from "./topology.ts";

/** Names become parts of paths, and of the names of cgroups and containers. */
const NAMES = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
// linux/if.h: the name of an interface has at most 15 characters.
const LINKS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;
const MACS = /^02:00(:[0-9a-f]{2}){4}$/;

function twice(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

function isInside(address: string, prefixes: readonly string[]): boolean {
  const inner = address.includes("/") ? parseInterface(address) : undefined;
  return inner !== undefined && prefixes.some((prefix) => isPartOf(inner, prefix));
}

function isPartOf(inner: NonNullable<ReturnType<typeof parseInterface>>, prefix: string): boolean {
  const outer = parseInterface(prefix);
  return outer !== undefined && within(inner, outer);
}

function interfaceFaults(seat: Seat, nic: Interface, { networks }: Topology): readonly string[] {
  const where = `${nic.name} of ${seat.name}`;
  const network = networks.find(({ name }) => name === nic.network);
  if (network === undefined) return [`${where}: no network "${nic.network}"`];
  const outside = nic.addresses.filter((address) => !isInside(address, network.prefixes));
  return [
    ...(LINKS.test(nic.name) ? [] : [`${where}: not a valid name of an interface`]),
    ...(MACS.test(nic.mac) ? [] : [`${where}: ${nic.mac} is not a MAC address that begins with 02:00`]),
    ...outside.map((address) => `${where}: ${address} is not in the network ${network.name}`),
  ];
}

function seatFaults(seat: Seat, topology: Topology): readonly string[] {
  const [first] = seat.interfaces;
  return [
    ...(NAMES.test(seat.name) ? [] : [`"${seat.name}" is not a valid name of a host`]),
    ...(first.addresses.length > 0 ? [] : [`${first.name} of ${seat.name} has no address`]),
    ...twice(seat.interfaces.map(({ name }) => name)).map((name) => `${seat.name} has two interfaces ${name}`),
    ...seat.interfaces.flatMap((nic) => interfaceFaults(seat, nic, topology)),
  ];
}

function networkFaults({ networks }: Topology): readonly string[] {
  return networks.flatMap(({ name, bridge, prefixes, machine }) => [
    ...(LINKS.test(bridge) ? [] : [`network ${name}: "${bridge}" is not a valid name of a bridge`]),
    ...machine
      .filter((address) => !isInside(address, prefixes))
      .map((address) => `network ${name}: the machine's address ${address} is not in it`),
  ]);
}

function faultsOf(topology: Topology): readonly string[] {
  const { networks, seats } = topology;
  const nics = seats.flatMap(({ interfaces }) => interfaces);
  const addresses = [...networks.flatMap(({ machine }) => machine), ...nics.flatMap((nic) => nic.addresses)];
  return [
    ...networkFaults(topology),
    ...seats.flatMap((seat) => seatFaults(seat, topology)),
    ...twice(networks.map(({ name }) => name)).map((name) => `two networks are named ${name}`),
    ...twice(networks.map(({ bridge }) => bridge)).map((bridge) => `two networks have the bridge ${bridge}`),
    ...twice(seats.map(({ name }) => name)).map((name) => `two hosts are named ${name}`),
    ...twice(nics.map(({ mac }) => mac)).map((mac) => `two interfaces have the MAC address ${mac}`),
    ...twice(addresses).map((address) => `two interfaces have the address ${address}`),
  ];
}

/** @throws LabError that names everything that is wrong with a topology. */
export function checkTopology(topology: Topology): void {
  const faults = faultsOf(topology);
  if (faults.length > 0) throw new LabError(`the lab's topology is wrong:\n  ${faults.join("\n  ")}`);
}
