/** Finds errors in a `virtual_server` that are errors in every release. */
import { familyOf } from "./address.ts";
import type { Family } from "./address.ts";
import { atOf, blocksOf, isBlock, keywordOf, last, plain, valueOf, valuesOf } from "./tree.ts";
import type { Block, Entry } from "./tree.ts";
import type { DataProblem } from "./problem.ts";

export function lintLvs(body: readonly Entry[]): readonly DataProblem[] {
  const groups = new Map(blocksOf(body, "virtual_server_group").map((each) => [valuesOf(each)[0] ?? "", each]));
  return blocksOf(body, "virtual_server").flatMap((server) => {
    const service = serviceOf(server, groups);
    return [...noPort(service), ...otherPorts(service), ...families(service), ...bindings(server.body)];
  });
}

/** A virtual server and its addresses. */
interface Service {
  readonly server: Block;
  readonly kind: "address" | "fwmark" | "group";
  /** Each entry of a group. */
  readonly addresses: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: string;
  /** 0: every port. */
  readonly port: number;
  readonly entry: Entry;
}

function serviceOf(server: Block, groups: ReadonlyMap<string, Block>): Service {
  const [first = "", second] = valuesOf(server);
  if (first === "fwmark") return { server, kind: "fwmark", addresses: [] };
  if (first !== "group") return { server, kind: "address", addresses: [endpointOf(server, first, second)] };
  const entries = groups.get(second ?? "")?.body ?? [];
  const addresses = entries.filter((entry) => keywordOf(entry) !== "fwmark").map(entryOf);
  return { server, kind: "group", addresses };
}

/** `ADDRESS[-LAST|/LENGTH] [PORT]` of a group. */
function entryOf(entry: Entry): Endpoint {
  const [range = "", port] = entry.words.map(plain);
  return endpointOf(entry, range.split(/[-/]/)[0] ?? "", port);
}

export function endpointOf(entry: Entry, address: string, port: string | undefined): Endpoint {
  return { address, port: Number(port ?? 0), entry };
}

/** A real or sorry server, and how packets reach it. */
interface Destination extends Endpoint {
  readonly what: string;
  readonly method: string;
}

function destinationsOf({ body }: Block): readonly Destination[] {
  const usual = method(body) ?? "NAT";
  const sorry = last(body, "sorry_server");
  const destination = (what: string, entry: Entry, how: string | undefined): Destination => {
    const [address = "", port] = valuesOf(entry);
    return { what, method: how ?? usual, ...endpointOf(entry, address, port) };
  };
  return [
    ...(sorry === undefined ? [] : [destination("sorry server", sorry, valueOf(body, "sorry_server_lvs_method"))]),
    ...blocksOf(body, "real_server").map((real) => destination("real server", real, method(real.body))),
  ];
}

export function method(body: readonly Entry[]): string | undefined {
  return valueOf(body, "lb_kind") ?? valueOf(body, "lvs_method");
}

/** Without a port IPVS takes all of them, and keepalived makes the service persistent by itself (for 360 s). */
function noPort({ server, addresses }: Service): readonly DataProblem[] {
  if (last(server.body, "persistence_timeout") !== undefined) return [];
  return addresses
    .filter(({ port }) => port === 0)
    .map(({ address, entry }) => ({
      at: entry.at,
      message: `\`${address}\` has no port: that means all ports, and wants \`persistence_timeout\``,
      help: `write the port, as in \`${address} 80\``,
    }));
}

/** With DR and TUN a packet reaches the real server unchanged: keepalived and ipvsadm overwrite another port. */
function otherPorts({ server, kind, addresses }: Service): readonly DataProblem[] {
  const ports = [...new Set(addresses.map(({ port }) => port))];
  if (kind === "fwmark" || ports.length === 0) return [];
  return destinationsOf(server)
    .filter(({ method: how, port }) => how !== "NAT" && port !== 0 && ports.some((each) => each !== port))
    .map(({ address, method: how, entry }) => ({ at: entry.at, message: onePort(how, address, ports) }));
}

function onePort(how: string, address: string, [port = 0, ...others]: readonly number[]): string {
  if (others.length > 0) return `with ${how} the port is the client's, and the group has several: \`${address}\``;
  return `with ${how} the port must be the virtual server's: \`${address}${port === 0 ? "" : ` ${port}`}\``;
}

/** IPVS forwards packets unchanged: only a tunnel carries one family through the other. */
function families({ server, kind, addresses }: Service): readonly DataProblem[] {
  const said = valueOf(server.body, "ip_family");
  const all = destinationsOf(server).filter(({ method: how }) => how !== "TUN");
  const own = kind === "fwmark" ? [] : addresses.flatMap(({ address }) => familyOf(address) ?? []);
  const [first] = [...own, ...inWords(said), ...all.flatMap(({ address }) => familyOf(address) ?? [])];
  if (first === undefined) return [];
  if (kind === "group" && new Set(own).size > 1 && all.length > 0) return [mixed(server)];
  return [...contradiction(server, said, own), ...all.flatMap((each) => unlike(each, first))];
}

function inWords(family: string | undefined): readonly Family[] {
  return family === undefined ? [] : [family === "inet6" ? 6 : 4];
}

function mixed(server: Block): DataProblem {
  return {
    at: server.at,
    message: "its group has addresses of IPv4 and of IPv6: without a tunnel a real server serves one of them only",
    help: "make two groups and two virtual servers of it, one for each family",
  };
}

function contradiction(server: Block, said: string | undefined, [own]: readonly Family[]): readonly DataProblem[] {
  const [family] = inWords(said);
  if (family === undefined || own === undefined || family === own) return [];
  const message = `\`ip_family ${said ?? ""}\` contradicts the address, which is IPv${own}`;
  return [{ at: atOf(server.body, "ip_family", server.at), message, help: "leave `ip_family` out" }];
}

function unlike({ what, address, method: how, entry }: Destination, family: Family): readonly DataProblem[] {
  const other = familyOf(address);
  if (other === undefined || other === family) return [];
  const message = `the virtual server is IPv${family}, and the ${what} \`${address}\` is IPv${other}: with ${how} they must be of one family`;
  return [
    {
      at: entry.at,
      message,
      help: `write an IPv${family} address, or make a virtual_server of its own for IPv${other}; only TUN crosses families`,
    },
  ];
}

/** In checks and their hosts: the address of the connection and its source address. */
function bindings(body: readonly Entry[]): readonly DataProblem[] {
  const [to, from] = ["connect_ip", "bindto"].map((keyword) => familyOf(valueOf(body, keyword) ?? ""));
  const here =
    to === undefined || from === undefined || to === from
      ? []
      : [{ at: atOf(body, "bindto", []), message: `\`connect_ip\` is IPv${to}, and \`bindto\` is IPv${from}` }];
  return [...here, ...body.filter(isBlock).flatMap((block) => (block.entries ? [] : bindings(block.body)))];
}
