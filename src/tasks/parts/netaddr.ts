/** One spelling for addresses and protocols, so that two spellings of the same thing compare as equal. */
import { SocketAddress } from "node:net";
import { isIPv4, isIPv6 } from "../../text/ip.ts";

/**
 * An address or network as `10.0.0.0/24`, `2001:db8::1`: host bits off, no prefix where it is the whole address, a
 * netmask as a prefix length. `undefined` where it is neither.
 */
export function network(text: string): string | undefined {
  const [address = "", mask, ...more] = text.split("/");
  if (more.length > 0) return undefined;
  if (isIPv4(address)) return network4(address, mask);
  return isIPv6(address) ? network6(address, mask) : undefined;
}

/** The same; what is neither comes back as it is. */
export function canonicalNetwork(text: string): string {
  return network(text) ?? text;
}

function network4(address: string, mask: string | undefined): string | undefined {
  const prefix = prefix4(mask);
  if (prefix === undefined) return undefined;
  const kept = (number4(address) & netmask(prefix)) >>> 0;
  const dotted = [24, 16, 8, 0].map((shift) => (kept >>> shift) & 255).join(".");
  return prefix === 32 ? dotted : `${dotted}/${prefix}`;
}

function number4(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function netmask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

function prefix4(mask: string | undefined): number | undefined {
  if (mask === undefined) return 32;
  if (/^\d{1,2}$/.test(mask)) return Number(mask) <= 32 ? Number(mask) : undefined;
  if (!isIPv4(mask)) return undefined;
  return Array.from({ length: 33 }, (_, prefix) => prefix).find((prefix) => netmask(prefix) === number4(mask));
}

function network6(address: string, mask = "128"): string | undefined {
  if (!/^\d{1,3}$/.test(mask) || Number(mask) > 128 || address.includes("%")) return undefined;
  const prefix = Number(mask);
  const masked = groups6(address).map((group, index) => {
    const bits = Math.min(16, Math.max(0, prefix - 16 * index));
    return (group & (0xffff << (16 - bits)) & 0xffff).toString(16);
  });
  const plain = plain6(masked.join(":"));
  return prefix === 128 ? plain : `${plain}/${prefix}`;
}

function plain6(address: string): string {
  return new SocketAddress({ address, family: "ipv6" }).address;
}

/** The eight groups of an address. */
function groups6(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const hex = dotted === null ? address : `${dotted[1] ?? ""}${tail6(dotted[2] ?? "")}`;
  const [head = "", tail] = hex.split("::");
  const numbers = (part: string): number[] => (part === "" ? [] : part.split(":").map((it) => Number.parseInt(it, 16)));
  if (tail === undefined) return numbers(head);
  const [left, right] = [numbers(head), numbers(tail)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function tail6(dotted: string): string {
  const number = number4(dotted);
  return `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
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
