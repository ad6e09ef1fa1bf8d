/** IP arithmetic: IPv4 and IPv6 addresses with their networks, as numbers. */
import { isIPv4, isIPv6 } from "./ip.ts";

/** `192.0.2.5/24`: the address, and how many leading bits name its network. */
export interface Interface {
  readonly version: 4 | 6;
  readonly address: bigint;
  readonly prefix: number;
}

export function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

/** The number that an address is. */
export function parseAddress(text: string): { readonly version: 4 | 6; readonly address: bigint } | undefined {
  if (isIPv4(text)) return { version: 4, address: ofV4(text) };
  return isIPv6(text) && !text.includes("%") ? { version: 6, address: ofV6(text) } : undefined;
}

function ofV4(text: string): bigint {
  return text.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function ofV6(text: string): bigint {
  const dotted = /[^:]*\.[^:]*$/.exec(text)?.[0];
  const tail = dotted === undefined ? undefined : ofV4(dotted);
  const hex =
    tail === undefined
      ? text
      : text.replace(/[^:]*$/, `${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`);
  const [head = "", rest] = hex.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = rest === undefined || rest === "" ? [] : rest.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** Dotted quads; RFC 5952 for IPv6, with dotted quads at the end of mapped and compatible addresses (inet_ntop(3)). */
export function showAddress(version: 4 | 6, address: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
  const high = address >> 32n;
  if (high === 0xffffn) return `::ffff:${showAddress(4, address & 0xffffffffn)}`;
  if (high === 0n && address > 0xffffn) return `::${showAddress(4, address)}`;
  return compressed(groups);
}

/** The longest run of two or more zero groups, the first of equals, becomes `::`. */
function compressed(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(":");
  const runs = [...text.matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)];
  const longest = runs.reduce((best, [run]) => Math.max(best, run.length), 0);
  const found = runs.find(([run]) => run.length === longest);
  if (found === undefined) return text;
  const end = found.index + found[0].length;
  return `${text.slice(0, found.index).replace(/:$/, "")}::${text.slice(end).replace(/^:/, "")}`;
}

/** An address, `address/prefix`, or an IPv4 address with a netmask or hostmask. */
export function parseInterface(text: string): Interface | undefined {
  const [address = "", mask, ...more] = text.split("/");
  const found = parseAddress(address);
  if (found === undefined || more.length > 0) return undefined;
  const prefix = mask === undefined ? bitsOf(found.version) : parsePrefix(mask, found.version);
  return prefix === undefined ? undefined : { ...found, prefix };
}

function parsePrefix(mask: string, version: 4 | 6): number | undefined {
  const bits = bitsOf(version);
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= bits ? Number(mask) : undefined;
  const found = parseAddress(mask);
  if (found?.version !== version) return undefined;
  const prefixes = Array.from({ length: bits + 1 }, (_, prefix) => prefix);
  const having = (mask: (it: Interface) => bigint): number | undefined =>
    prefixes.find((prefix) => mask({ version, address: 0n, prefix }) === found.address);
  // All ones and all zeros are masks of both kinds: 255.255.255.255 is that of one address.
  return having(netmask) ?? having(hostmask);
}

export function full(version: 4 | 6): bigint {
  return (1n << BigInt(bitsOf(version))) - 1n;
}

/** The bits that name hosts within the network. */
export function hostmask({ version, prefix }: Interface): bigint {
  return (1n << BigInt(bitsOf(version) - prefix)) - 1n;
}

export function netmask(it: Interface): bigint {
  return full(it.version) - hostmask(it);
}

export function network(it: Interface): bigint {
  return it.address & netmask(it);
}

export function last(it: Interface): bigint {
  return it.address | hostmask(it);
}

/** How many addresses the network has. */
export function size(it: Interface): bigint {
  return hostmask(it) + 1n;
}

/** The last address, if it is one for broadcasts: not in IPv4 networks of one or two addresses. */
export function broadcast(it: Interface): bigint | undefined {
  return it.version === 4 && it.prefix >= 31 ? undefined : last(it);
}

export function show(it: Interface, address = it.address): string {
  return showAddress(it.version, address);
}

export function showNetwork(it: Interface, address = it.address): string {
  return `${show(it, address)}/${it.prefix}`;
}

/** Whether `outer` contains all of `inner`. */
export function within(inner: Interface, outer: Interface): boolean {
  return inner.version === outer.version && network(inner) >= network(outer) && last(inner) <= last(outer);
}

/** The first and the last address that hosts may have. */
export function usable(it: Interface): readonly [bigint, bigint] {
  const [from, to] = [network(it), last(it)];
  return size(it) > 2n ? [from + 1n, to - 1n] : [from, to];
}

const NETWORKS = {
  private: [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "239.0.0.0/8",
    "fc00::/7",
    "fec0::/10",
    "169.254.0.0/16",
    "fe80::/10",
  ],
  loopback: ["127.0.0.0/8", "::1/128"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  "link-local": ["169.254.0.0/16", "fe80::/10"],
} as const;

const parsed = new Map<string, readonly Interface[]>();

/** Whether it belongs to one of the networks that are reserved for a purpose (RFC 1918, 4193, 6598 …). */
export function isSetAside(it: Interface, what: keyof typeof NETWORKS): boolean {
  const known = parsed.get(what) ?? NETWORKS[what].flatMap((text) => parseInterface(text) ?? []);
  parsed.set(what, known);
  return known.some((outer) => within(it, outer));
}
