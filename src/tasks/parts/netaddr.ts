/** One spelling for addresses and protocols, so that two spellings of the same thing compare as equal. */
import {
  bitsOf,
  netmask,
  network as networkAddress,
  parseAddress,
  parseInterface,
  show,
} from "../../text/ip-network.ts";

/**
 * An address or network as `10.0.0.0/24`, `2001:db8::1`: host bits off, no prefix where it is the whole address, a
 * netmask as a prefix length. `undefined` where it is neither.
 */
export function network(text: string): string | undefined {
  const found = parseInterface(text);
  const mask = text.split("/")[1];
  if (found === undefined || (mask !== undefined && !isPrefixOrNetmask(mask, netmask(found)))) return undefined;
  const address = show(found, networkAddress(found));
  return found.prefix === bitsOf(found.version) ? address : `${address}/${found.prefix}`;
}

/** The tools of a host take no hostmask, and a netmask for IPv4 only. */
function isPrefixOrNetmask(mask: string, expected: bigint): boolean {
  if (/^\d{1,3}$/.test(mask)) return true;
  const given = parseAddress(mask);
  return given?.version === 4 && given.address === expected;
}

/** The same; what is neither comes back as it is. */
export function canonicalNetwork(text: string): string {
  return network(text) ?? text;
}

/** Names of IP protocols that firewalls of LVS sites use (/etc/protocols, IANA). */
const PROTOCOLS: Readonly<Record<string, string>> = {
  icmp: "1",
  igmp: "2",
  ipencap: "4",
  tcp: "6",
  udp: "17",
  dccp: "33",
  gre: "47",
  esp: "50",
  "ipv6-esp": "50",
  ah: "51",
  "ipv6-auth": "51",
  "ipv6-icmp": "58",
  icmpv6: "58",
  ospf: "89",
  ospfigp: "89",
  ipip: "94",
  vrrp: "112",
  sctp: "132",
  udplite: "136",
};

/** A protocol as its number where the number is known, else in lower case. */
export function canonicalProtocol(text: string): string {
  const lower = text.toLowerCase();
  return Object.hasOwn(PROTOCOLS, lower) ? (PROTOCOLS[lower] ?? lower) : lower;
}
