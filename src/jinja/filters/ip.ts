/** `ipaddr` of the collection `ansible.utils`, and its kin. */
import {
  broadcast,
  full,
  hostmask,
  isSetAside,
  last,
  netmask,
  network,
  parseInterface,
  show,
  showAddress,
  showNetwork,
  size,
  usable,
  within,
  bitsOf,
} from "../../text/ip-network.ts";
import type { Interface } from "../../text/ip-network.ts";
import { fail } from "../errors/fault.ts";
import { didYouMean } from "../errors/hints.ts";
import { filterFamily, native } from "../values/native.ts";
import { str } from "../values/print.ts";
import { truth } from "../values/python.ts";
import { integer, isInteger, revealed } from "../values/values.ts";
import type { Value } from "../values/values.ts";

/** What `ipaddr` was given: an address alone, or with a network. */
export interface Given {
  readonly it: Interface;
  readonly alone: boolean;
  /** It as it was written, or as it is written for a number. */
  readonly text: string;
}

type Query = (given: Given) => Value;

export const ip = filterFamily(
  {
    ipaddr: native("value, query='', version=none", (args) =>
      ipaddr(args.value("value"), args.value("query"), version(args.value("version"))),
    ),
    ipv4: native("value, query=''", (args) => ipaddr(args.value("value"), args.value("query"), 4)),
    ipv6: native("value, query=''", (args) => ipaddr(args.value("value"), args.value("query"), 6)),
    ipwrap: native("value, query=''", (args) => wrapped(args.value("value"), args.value("query"))),
  },
  ["ansible.utils.", "ansible.netcommon."],
);

function version(value: Value): 4 | 6 | undefined {
  return value === 4 || value === 6 ? value : undefined;
}

/** False for what is no address, none for what does not fit the query. */
export function ipaddr(value: Value, query: Value, wanted?: 4 | 6): Value {
  if (Array.isArray(value)) return value.map((each) => ipaddr(each, str(query), wanted)).filter((each) => truth(each));
  const given = parseGiven(value, wanted);
  if (given === undefined) return false;
  const name = str(revealed(query));
  const known = QUERIES.get(name);
  if (wanted !== undefined && given.it.version !== wanted) return false;
  if (known !== undefined) return known(given);
  if (/^-?\d+$/.test(name)) return nth(given, BigInt(name));
  const outer = parseInterface(name);
  if (outer !== undefined) return within(given.it, outer) ? given.text : null;
  return fail(`\`ipaddr\` does not know \`${name}\``, didYouMean(name, QUERIES.keys()));
}

export function parseGiven(value: Value, wanted?: 4 | 6): Given | undefined {
  const plain = revealed(value);
  if (plain === null || typeof plain === "boolean" || plain === "") return undefined;
  const text = str(plain);
  if (isInteger(plain) || /^\d+$/.test(text)) return ofNumber(BigInt(text), wanted);
  const it = parseInterface(text);
  return it === undefined ? undefined : { it, alone: !text.includes("/"), text };
}

function ofNumber(address: bigint, wanted: 4 | 6 | undefined): Given | undefined {
  const version = wanted ?? (address <= full(4) ? 4 : 6);
  if (address < 0n || address > full(version)) return undefined;
  const it: Interface = { version, address, prefix: bitsOf(version) };
  return { it, alone: true, text: showNetwork(it) };
}

function nth({ it, alone }: Given, index: bigint): Value {
  if (size(it) === 1n) return alone ? show(it) : showNetwork(it);
  const address = index < 0n ? last(it) + 1n + index : network(it) + index;
  return address < network(it) || address > last(it) ? false : showNetwork(it, address);
}

function wrapped(value: Value, query: Value): Value {
  if (Array.isArray(value)) return value.map((each) => wrapped(each, query));
  const found = typeof value === "string" ? ipaddr(value, query) : false;
  return truth(found) ? ipaddr(found, "wrap") : value;
}

function isHost({ it }: Given): boolean {
  return it.address !== network(it) || broadcast(it) === undefined;
}

function ifNetwork(query: (given: Given) => Value): Query {
  return (given) => (given.alone ? fail("it is an address, not a network") : query(given));
}

function address(given: Given): Value {
  const { it } = given;
  return size(it) === 1n || isHost(given) || it.version === 6 ? show(it) : null;
}

/** An address with its prefix, unless it names the network or its broadcast. */
function hostPrefix({ it }: Given): Value {
  const edge = it.address === network(it) || it.address === broadcast(it);
  return size(it) > 2n && edge ? false : showNetwork(it);
}

/** With the text that follows, for an address that is not the network's first. */
function inNetwork(text: (it: Interface) => string): Query {
  return ({ it }) => (size(it) === 2n || (size(it) > 1n && it.address !== network(it)) ? text(it) : null);
}

/** The address `by` further on, if a host may have it. */
export function step({ it }: Given, by: bigint): Value {
  const [first, final] = usable(it);
  const next = it.address + by;
  return size(it) > 1n && next >= first && next <= final ? show(it, next) : null;
}

function peer({ it }: Given): Value {
  if (size(it) === 2n) return show(it, it.address ^ 1n);
  if (size(it) !== 4n) return fail("it is not a network of two hosts");
  const place = it.address % 4n;
  return place === 0n || place === 3n
    ? fail("the address of a /30 network or its broadcast has no peer")
    : show(it, it.address ^ 3n);
}

function toV4({ it, text }: Given): Value {
  if (it.version === 4) return text;
  const mapped = it.address >> 32n;
  if (mapped !== 0n && mapped !== 0xffffn) return false;
  return it.prefix < 96 ? false : `${showAddress(4, it.address & 0xffffffffn)}/${it.prefix - 96}`;
}

function toV6({ it, text }: Given): Value {
  return it.version === 6 ? text : `${showAddress(6, it.address | 0xffff00000000n)}/${it.prefix + 96}`;
}

function sixToFour(given: Given): Value {
  const { it, alone, text } = given;
  if (it.version === 6) {
    const inside = it.address >> 112n === 0x2002n && (alone || it.address !== network(it));
    return inside ? text : false;
  }
  const host = { ...it, prefix: bitsOf(it.version) };
  const reachable = isPublic(given) || isSetAside(host, "private");
  if (!reachable || (size(it) > 1n && it.address === network(it))) return false;
  const hex = it.address.toString(16).padStart(8, "0");
  return `2002:${hex.slice(0, 4)}:${hex.slice(4)}::1/48`;
}

function reverse({ it }: Given): string {
  const four = it.version === 4;
  const parts = four ? show(it).split(".") : it.address.toString(16).padStart(32, "0").split("");
  return `${parts.reverse().join(".")}.${four ? "in-addr" : "ip6"}.arpa.`;
}

function isPublic({ it }: Given): boolean {
  const host = { ...it, prefix: bitsOf(it.version) };
  const inverted = full(it.version) - it.address;
  const mask = (inverted & (inverted + 1n)) === 0n || (it.address & (it.address + 1n)) === 0n;
  return !mask && (["private", "loopback", "multicast"] as const).every((what) => !isSetAside(host, what));
}

function setAside(what: Parameters<typeof isSetAside>[1], whole: boolean): Query {
  return ({ it, text }) => (isSetAside(whole ? it : { ...it, prefix: bitsOf(it.version) }, what) ? text : null);
}

function type(given: Given): string {
  return size(given.it) === 1n || given.it.address !== network(given.it) ? "address" : "network";
}

function host({ it }: Given): Value {
  if (size(it) === 1n) return showNetwork(it);
  return it.address !== network(it) || broadcast(it) === undefined ? showNetwork(it) : null;
}

const QUERIES: ReadonlyMap<string, Query> = new Map<string, Query>([
  ["", ({ it, alone }) => (alone ? show(it) : showNetwork(it))],
  ["6to4", sixToFour],
  ["address", address],
  ["ip", address],
  ["address/prefix", hostPrefix],
  ["gateway", hostPrefix],
  ["gw", hostPrefix],
  ["host/prefix", hostPrefix],
  ["hostnet", hostPrefix],
  ["router", hostPrefix],
  ["bool", () => true],
  ["broadcast", ({ it }) => (size(it) > 2n ? show(it, last(it)) : null)],
  ["cidr", ({ it }) => showNetwork(it)],
  ["first_usable", ifNetwork(({ it }) => (size(it) > 1n ? show(it, usable(it)[0]) : null))],
  ["last_usable", ifNetwork(({ it }) => (size(it) > 1n ? show(it, usable(it)[1]) : null))],
  [
    "range_usable",
    ifNetwork(({ it }) =>
      size(it) > 1n
        ? usable(it)
            .map((each) => show(it, each))
            .join("-")
        : null,
    ),
  ],
  ["next_usable", ifNetwork((given) => step(given, 1n))],
  ["previous_usable", ifNetwork((given) => step(given, -1n))],
  ["peer", ifNetwork(peer)],
  ["host", host],
  ["hostmask", ({ it }) => show(it, hostmask(it))],
  ["wildcard", ({ it }) => show(it, hostmask(it))],
  ["int", ({ it, alone }) => (alone ? integer(it.address) : `${it.address}/${it.prefix}`)],
  ["ip/prefix", inNetwork((it) => showNetwork(it))],
  ["ip_netmask", inNetwork((it) => `${show(it)} ${show(it, netmask(it))}`)],
  ["ipv4", toV4],
  ["v4", toV4],
  ["ipv6", toV6],
  ["v6", toV6],
  ["link-local", setAside("link-local", false)],
  ["lo", setAside("loopback", false)],
  ["loopback", setAside("loopback", false)],
  ["multicast", setAside("multicast", true)],
  ["unicast", ({ it, text }) => (isSetAside(it, "multicast") ? null : text)],
  ["private", setAside("private", true)],
  ["public", (given) => (isPublic(given) ? given.text : null)],
  ["net", ({ it }) => (size(it) > 1n && it.address === network(it) ? showNetwork(it) : null)],
  ["netmask", ({ it }) => show(it, netmask(it))],
  ["network", ({ it }) => show(it, network(it))],
  ["network_id", ({ it }) => show(it, network(it))],
  ["network/prefix", ({ it }) => showNetwork(it, network(it))],
  ["subnet", ({ it }) => showNetwork(it, network(it))],
  ["network_netmask", ({ it }) => `${show(it, network(it))} ${show(it, netmask(it))}`],
  ["network_wildcard", ({ it }) => `${show(it, network(it))} ${show(it, hostmask(it))}`],
  ["prefix", ({ it }) => it.prefix],
  ["revdns", reverse],
  ["size", ({ it }) => integer(size(it))],
  ["size_usable", ({ it }) => (size(it) === 1n ? 0 : size(it) === 2n ? 2 : integer(size(it) - 2n))],
  ["type", type],
  ["version", ({ it }) => it.version],
  ["wrap", ({ it, alone, text }) => (it.version === 4 ? text : `[${show(it)}]${alone ? "" : `/${it.prefix}`}`)],
]);
