/** Addresses and the networks of a site. */
import {
  broadcast,
  bitsOf,
  network,
  parseAddress,
  parseInterface,
  show,
  showAddress,
  showNetwork,
  within,
} from "../../text/ip-network.ts";
import type { SiteHost, SiteNetwork } from "./site.ts";
import type { SiteData } from "./schema.ts";

/** The address in its one canonical form; text that is no address stays as it is. */
export function canonical(address: string): string {
  const found = parseAddress(address);
  return found === undefined ? address : showAddress(found.version, found.address);
}

export function versionOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

export function networksOf({ networks }: SiteData): readonly SiteNetwork[] {
  return Object.entries(networks).map(([name, { interface: device, subnets }]) => ({
    name,
    interface: device,
    subnets: subnets.map(networkPart),
  }));
}

/** `192.0.2.9/24` → `192.0.2.0/24`. */
export function networkPart(subnet: string): string {
  const it = parseInterface(subnet);
  return it === undefined ? subnet : showNetwork(it, network(it));
}

export function isIn(address: string, subnet: string): boolean {
  const [inner, outer] = [parseInterface(address), parseInterface(subnet)];
  return inner !== undefined && outer !== undefined && within(inner, outer);
}

export function subnetOf(address: string, { subnets }: SiteNetwork): string | undefined {
  return subnets.find((subnet) => isIn(address, subnet));
}

export function networkOf(address: string, networks: readonly SiteNetwork[]): SiteNetwork | undefined {
  return networks.find((each) => subnetOf(address, each) !== undefined);
}

/** Whether an address names a subnet as a whole, or all hosts in it. */
export function isNetworkOrBroadcast(address: string, subnet: string): boolean {
  const it = parseInterface(subnet);
  if (it?.version !== 4 || it.prefix >= 31) return false;
  const all = broadcast(it);
  return address === show(it, network(it)) || (all !== undefined && address === show(it, all));
}

/** A host's own address in a network. */
export function addressIn(host: SiteHost, where: SiteNetwork, version: 4 | 6): string | undefined {
  return host.addresses.find((each) => versionOf(each) === version && subnetOf(each, where) !== undefined);
}

export function interfaceIn({ data }: SiteHost, { name, interface: usual }: SiteNetwork): string | undefined {
  return data.interfaces[name] ?? usual;
}

/** With the prefix length of one address: `192.0.2.5/32`. */
export function single(address: string): string {
  return `${address}/${bitsOf(versionOf(address))}`;
}
