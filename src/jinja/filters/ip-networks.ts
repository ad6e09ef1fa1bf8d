/** Filters of `ansible.utils` that reckon with networks. */
import {
  bitsOf,
  full,
  last,
  network,
  parseAddress,
  parseInterface,
  show,
  showAddress,
  showNetwork,
  size,
  usable,
  within,
} from "../../text/ip-network.ts";
import type { Interface } from "../../text/ip-network.ts";
import { fail } from "../errors/fault.ts";
import { boundedLoop } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { str } from "../values/print.ts";
import { Dict, integer } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { parseGiven, step } from "./ip.ts";

export const ipNetworks = filterFamily(
  {
    ipsubnet: native("value, query='', index=none", subnet),
    ipmath: native("value, amount", (args) => {
      const { it } = interfaceOf(args, "value");
      const moved = it.address + BigInt(args.int("amount"));
      return moved < 0n || moved > full(it.version) ? fail("the address is out of range") : show(it, moved);
    }),
    nthhost: native("value, query=''", (args) => {
      const given = parseGiven(args.value("value"));
      const wanted = /^-?\d+$/.test(args.string("query")) ? BigInt(args.string("query")) : undefined;
      if (given === undefined || wanted === undefined || wanted >= size(given.it)) return false;
      if (wanted < -size(given.it)) return fail(`the network has ${size(given.it)} addresses`);
      return show(given.it, wanted < 0n ? last(given.it) + 1n + wanted : network(given.it) + wanted);
    }),
    next_nth_usable: native("value, offset", (args) => moved(args, 1n)),
    previous_nth_usable: native("value, offset", (args) => moved(args, -1n)),
    network_in_usable: native("value, test", (args) => {
      const [outer, inner] = [parseGiven(args.value("value"))?.it, parseGiven(args.value("test"))?.it];
      if (outer === undefined || inner?.version !== outer.version) return false;
      const [first, final] = usable(outer);
      return network(inner) >= first && last(inner) <= final;
    }),
    network_in_network: native("value, test", (args) => {
      const [outer, inner] = [parseGiven(args.value("value"))?.it, parseGiven(args.value("test"))?.it];
      return outer !== undefined && inner !== undefined && within(inner, outer);
    }),
    reduce_on_network: native("value, network", (args) => {
      const outer = whole(args, "network");
      return args.items("value").filter((each) => {
        const given = parseGiven(each);
        return given !== undefined && within(given.it, outer);
      });
    }),
    cidr_merge: native("value, action='merge'", (args) => merged(args)),
    ip4_hex: native("value, delimiter=''", (args) => {
      const found = parseAddress(args.text("value"));
      if (found?.version !== 4) return fail("it is not an IPv4 address");
      return (found.address.toString(16).padStart(8, "0").match(/../g) ?? []).join(args.string("delimiter"));
    }),
    usable_range: native("value", (args) => {
      const it = whole(args, "value");
      boundedLoop(size(it), "the network");
      const all = Array.from({ length: Number(size(it)) }, (_, i) => show(it, network(it) + BigInt(i)));
      return new Dict([
        ["usable_ips", all],
        ["number_of_ips", all.length],
      ]);
    }),
    slaac: native("value, query=''", (args) => {
      const given = parseGiven(args.value("value"));
      const hex = args.string("query").replace(/[^\da-fA-F]/g, "");
      if (given?.it.version !== 6 || hex.length !== 12) return false;
      const mac = BigInt(`0x${hex}`);
      const id = ((mac >> 24n) << 40n) | 0xfffe000000n | (mac & 0xffffffn);
      return show(given.it, network(given.it) + (id ^ 0x0200000000000000n));
    }),
    hwaddr: native("value, query=''", hardware),
    macaddr: native("value, query=''", hardware),
  },
  ["ansible.utils.", "ansible.netcommon."],
);

function interfaceOf(args: Args, name: string): { readonly it: Interface } {
  return parseGiven(args.value(name)) ?? fail(`\`${name}\` is not an address or network`);
}

/** The network that an address is given with. */
function whole(args: Args, name: string): Interface {
  return interfaceOf(args, name).it;
}

function moved(args: Args, sign: bigint): Value {
  const given = parseGiven(args.value("value"));
  return given === undefined ? false : step(given, sign * BigInt(args.int("offset")));
}

function subnet(args: Args): Value {
  const given = parseGiven(args.value("value"));
  if (given === undefined) return false;
  const { it: raw } = given;
  const single = size(raw) === 1n || raw.address !== network(raw);
  const it: Interface = { ...raw, address: network(raw) };
  const query = str(args.value("query"));
  if (query === "") return showNetwork(it);
  const prefix = /^\d+$/.test(query) ? Number(query) : undefined;
  if (prefix === undefined) return rank(it, query);
  if (prefix > bitsOf(it.version)) return false;
  const index = args.optionalInt("index");
  return single && size(it) === 1n ? supernet(it, prefix, index ?? 0) : part(it, prefix, index);
}

/** The `index`th of the networks that hold an address, from the one with that prefix down. */
function supernet(it: Interface, prefix: number, index: number): Value {
  const bits = bitsOf(it.version);
  const all = bits - prefix;
  const at = index < 0 ? all + index : index;
  if (at < 0 || at >= all) return false;
  const outer = { ...it, prefix: prefix + at };
  return showNetwork(outer, network(outer));
}

/** The `index`th network of a size within a network; how many there are without an index. */
function part(it: Interface, prefix: number, index: number | undefined): Value {
  if (prefix < it.prefix) return fail(`a /${prefix} does not fit into a /${it.prefix}`);
  const count = 1n << BigInt(prefix - it.prefix);
  if (index === undefined) return count.toString();
  const at = index < 0 ? BigInt(index) + count : BigInt(index);
  if (at < 0n || at >= count) return false;
  return `${showAddress(it.version, it.address + (at << BigInt(bitsOf(it.version) - prefix)))}/${prefix}`;
}

/** The place of a network among its like within another, from 1. */
function rank(it: Interface, query: string): Value {
  const outer =
    parseInterface(query) ?? fail("it is not an address or network", { note: "the argument of `ipsubnet`" });
  if (!within(it, outer)) return fail(`${showNetwork(it)} is not in ${showNetwork(outer, network(outer))}`);
  return (((it.address - network(outer)) >> BigInt(bitsOf(it.version) - it.prefix)) + 1n).toString();
}

function merged(args: Args): Value {
  const all = args.items("value").map((each) => {
    const given = parseInterface(str(each)) ?? fail("an item is not an address or network");
    return { ...given, address: network(given) };
  });
  const action = args.text("action");
  if (action === "span") return span(all);
  return action === "merge" ? merge(all).map((it) => showNetwork(it)) : fail("`action` must be 'merge' or 'span'");
}

/** As few networks as hold the same addresses. */
function merge(all: readonly Interface[]): Interface[] {
  const order = (a: Interface, b: Interface): number =>
    a.version - b.version || (a.address < b.address ? -1 : a.address > b.address ? 1 : a.prefix - b.prefix);
  const made: Interface[] = [];
  for (const next of [...all].sort(order)) {
    const before = made.at(-1);
    if (before !== undefined && within(next, before)) continue;
    made.push(next);
    while (joinLast(made));
  }
  return made;
}

/** Joins the last two networks if they are the halves of one. */
function joinLast(made: Interface[]): boolean {
  const [first, second] = made.slice(-2);
  if (first === undefined || second?.prefix !== first.prefix || first.prefix === 0) return false;
  const both = { ...first, prefix: first.prefix - 1 };
  if (first.address !== network(both) || !within(second, both)) return false;
  made.splice(-2, 2, both);
  return true;
}

/** The smallest network that holds all. */
function span(all: readonly Interface[]): Value {
  const [first, ...rest] = all;
  if (first === undefined) return null;
  let outer = first;
  while (!rest.every((it) => within(it, outer))) {
    if (outer.prefix === 0) return fail("the networks are of different versions");
    outer = { ...outer, prefix: outer.prefix - 1 };
  }
  return showNetwork(outer, network(outer));
}

const STYLES: ReadonlyMap<string, (hex: string) => string> = new Map([
  ["bare", (hex: string) => hex.toUpperCase()],
  ["cisco", (hex: string) => hex.replace(/(....)(?=.)/g, "$1.")],
  ["eui48", (hex: string) => hex.toUpperCase().replace(/(..)(?=.)/g, "$1-")],
  ["win", (hex: string) => hex.toUpperCase().replace(/(..)(?=.)/g, "$1-")],
  ["linux", (hex: string) => hex.replace(/(..)(?=.)/g, "$1:")],
  ["unix", (hex: string) => hex.replace(/(..)(?=.)/g, "$1:").replace(/(^|:)0(?=[\da-f])/g, "$1")],
  ["pgsql", (hex: string) => hex.replace(/^(.{6})/, "$1:")],
  ["postgresql", (hex: string) => hex.replace(/^(.{6})/, "$1:")],
  ["psql", (hex: string) => hex.replace(/^(.{6})/, "$1:")],
]);

function hardware(args: Args): Value {
  const [text, query] = [args.string("value"), args.string("query")];
  const groups = text.split(/[:.-]/).map((part, _, all) => (all.length === 6 ? part.padStart(2, "0") : part));
  const hex = groups.join("").toLowerCase();
  const valid = /^[\da-f]{12}$/.test(hex) && /^[\da-fA-F]+(?:([:.-])[\da-fA-F]+(?:\1[\da-fA-F]+)*)?$/.test(text);
  if (!valid) return query === "" || query === "bool" ? null : fail("it is not a hardware address");
  if (query === "") return args.value("value");
  if (query === "bool") return true;
  if (query === "int") return integer(BigInt(`0x${hex}`));
  const style =
    STYLES.get(query) ?? fail(`\`hwaddr\` does not know \`${query}\``, { help: [...STYLES.keys()].join(", ") });
  return style(hex);
}
