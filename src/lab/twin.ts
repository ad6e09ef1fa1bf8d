/**
 * The twin of a site: a topology with the names and addresses of an inventory's hosts, in the networks of its
 * description. A router connects these networks with one of its own, so that clients come from outside. Pure.
 */
import { createHash } from "node:crypto";
import { parseInterface, show, usable } from "../text/ip-network.ts";
import { addressIn, canonical, interfaceIn, subnetOf, versionOf } from "../site/model/networks.ts";
import { directorsIn, receiversOf } from "../site/model/relations.ts";
import type { Site, SiteHost, SiteNetwork } from "../site/model/site.ts";
import type { Interface, Network, Role, Route, Seat, Topology } from "./topology.ts";

/** A host that only the twin has. */
export const TWIN_ROUTER = "twin-router";
export const TWIN_CLIENT = "twin-client";

export interface TwinInput {
  /** The name of the inventory. */
  readonly inventory: string;
  readonly site: Site;
  /** Debian's name of the release of a host. */
  readonly releaseOf: (host: string) => string;
}

export interface Twin {
  readonly topology: Topology;
  /** What the twin does not have, a line each. */
  readonly lacks: readonly string[];
}

/** RFC 5737 and RFC 3849: addresses for documentation. A site that uses them gets the next ones. */
const OUTSIDE = [
  ["198.51.100.0/24", "2001:db8:ffff::/64"],
  ["203.0.113.0/24", "2001:db8:fffe::/64"],
] as const;

export function twinOf(input: TwinInput): Twin {
  const { site } = input;
  const seated = site.hosts.filter((host) => placesOf(host, site).length > 0);
  const lone = site.hosts.filter((host) => !seated.includes(host));
  const outside = outsideOf(site);
  const taken = takenIn(site);
  const router = routerOf(site, outside, taken, input.releaseOf(TWIN_ROUTER));
  const networks = [
    ...site.networks.map((each, index) => networkOf(each, index, taken)),
    outsideNetwork(outside, site),
  ];
  const seats = [
    ...seated.map((host) => seatOf(host, input, router)),
    router,
    clientOf(outside, router, input.releaseOf(TWIN_CLIENT)),
  ];
  return {
    topology: { twinOf: input.inventory, networks, seats },
    lacks: lone.map(({ name }) => `${name}: it has no address in the networks of the site`),
  };
}

function placesOf(host: SiteHost, { networks }: Site): readonly SiteNetwork[] {
  return networks.filter((network) =>
    ([4, 6] as const).some((version) => addressIn(host, network, version) !== undefined),
  );
}

/** A subnet that the site does not use. */
function outsideOf({ networks }: Site): readonly string[] {
  const used = networks.flatMap(({ subnets }) => subnets);
  const [first] = OUTSIDE;
  return OUTSIDE.find((pair) => pair.every((prefix) => !used.includes(prefix))) ?? first;
}

/** Addresses that belong to a host or a VIP; those that the twin adds become taken, too. */
function takenIn(site: Site): Set<string> {
  const sources = site.hosts.flatMap(({ data }) => data.sources.map(canonical));
  const vips = site.instances.flatMap(({ vips: own }) => own.map(({ address }) => address));
  return new Set([...site.hosts.flatMap(({ addresses }) => addresses), ...sources, ...vips]);
}

/** From the end of the subnet, where hosts seldom are. */
function freeIn(subnet: string, taken: Set<string>): string {
  const it = parseInterface(subnet);
  if (it === undefined) throw new Error(`${subnet} is no subnet`);
  const [first, last] = usable(it);
  for (let address = last; address >= first; address -= 1n) {
    const text = show(it, address);
    if (taken.has(text)) continue;
    taken.add(text);
    return withLength(text, subnet);
  }
  throw new Error(`${subnet} has no free address`);
}

function withLength(address: string, subnet: string): string {
  return `${address}/${subnet.split("/")[1] ?? ""}`;
}

function networkOf({ name, subnets }: SiteNetwork, index: number, taken: Set<string>): Network {
  const machine = subnets.map((subnet) => freeIn(subnet, taken));
  return { name, bridge: `dsrctl-br${index}`, prefixes: subnets, machine };
}

const OUTSIDE_NAME = "twin-outside";

function outsideNetwork(prefixes: readonly string[], { networks }: Site): Network {
  const taken = new Set<string>();
  const machine = prefixes.map((prefix) => freeIn(prefix, taken));
  return { name: OUTSIDE_NAME, bridge: `dsrctl-br${networks.length}`, prefixes, machine };
}

/** RFC 7042 2.1: locally administered. The rest follows from the names, so that a later `up` finds the same host. */
function macOf(host: string, nic: string): string {
  const hash = createHash("sha256").update(`${host} ${nic}`).digest("hex");
  return ["02", "00", ...[0, 2, 4, 6].map((at) => hash.slice(at, at + 2))].join(":");
}

function nicOf(host: string, name: string, network: string, addresses: readonly string[]): Interface {
  return { name, network, addresses, mac: macOf(host, name) };
}

function routerOf(site: Site, outside: readonly string[], taken: Set<string>, release: string): Seat {
  const nics = site.networks.map((network, index) =>
    nicOf(
      TWIN_ROUTER,
      `eth${index + 1}`,
      network.name,
      network.subnets.map((subnet) => freeIn(subnet, taken)),
    ),
  );
  const own = new Set<string>();
  // The machine has the last address of the network.
  outside.forEach((prefix) => freeIn(prefix, own));
  const first = nicOf(
    TWIN_ROUTER,
    "eth0",
    OUTSIDE_NAME,
    outside.map((prefix) => freeIn(prefix, own)),
  );
  return { name: TWIN_ROUTER, role: "router", release, interfaces: [first, ...nics] };
}

function clientOf(outside: readonly string[], router: Seat, release: string): Seat {
  const addresses = outside.flatMap((prefix) =>
    [10, 11, 12, 13].map((last) =>
      withLength(
        prefix.replace(/(\.0|::)\/\d+$/, (end) => (end.startsWith(".") ? `.${last}` : `::${last}`)),
        prefix,
      ),
    ),
  );
  const gateways = router.interfaces.filter(({ network }) => network === OUTSIDE_NAME);
  const routes = defaultRoutes(gateways);
  return {
    name: TWIN_CLIENT,
    role: "client",
    release,
    interfaces: [nicOf(TWIN_CLIENT, "eth0", OUTSIDE_NAME, addresses)],
    routes,
  };
}

function defaultRoutes(gateways: readonly Interface[]): readonly Route[] {
  const all = gateways.flatMap(({ addresses }) => addresses).map((each) => each.split("/")[0] ?? "");
  const [four, six] = ([4, 6] as const).map((version) => all.find((each) => versionOf(each) === version));
  return [
    ...(four === undefined ? [] : [{ destination: "0.0.0.0/0", gateway: four }]),
    ...(six === undefined ? [] : [{ destination: "::/0", gateway: six }]),
  ];
}

/** The networks of its VIPs come first: the way back to clients is through them. */
function seatOf(host: SiteHost, { site, releaseOf }: TwinInput, router: Seat): Seat {
  const places = placesOf(host, site);
  const [first, ...others] = places.map((network, index) => hostNic(host, network, index));
  if (first === undefined) throw new Error(`${host.name} is in no network`);
  const reached = [first, ...others].toSorted((a, b) => Number(hasFirst(host, b)) - Number(hasFirst(host, a)));
  const [main = first, ...rest] = reached;
  const served = new Set(site.instances.flatMap(({ vips }) => vips.map(({ network }) => network.name)));
  const gateways = router.interfaces.filter(({ network }) => places.some(({ name }) => name === network));
  const preferred = gateways.toSorted((a, b) => Number(served.has(b.network)) - Number(served.has(a.network)));
  const seat = { name: host.name, role: roleOf(host, site), release: releaseOf(host.name) };
  return { ...seat, interfaces: [main, ...rest], routes: defaultRoutes(preferred) };
}

/** The interface with the address that ssh connects to. */
function hasFirst({ addresses }: SiteHost, nic: Interface): boolean {
  const [first = ""] = addresses;
  return nic.addresses.some((each) => each.split("/")[0] === first);
}

function hostNic(host: SiteHost, network: SiteNetwork, index: number): Interface {
  const all = [...new Set([...host.addresses, ...host.data.sources.map(canonical)])];
  const own = all.flatMap((address) => {
    const subnet = subnetOf(address, network);
    return subnet === undefined ? [] : [withLength(address, subnet)];
  });
  return nicOf(host.name, interfaceIn(host, network) ?? `eth${index}`, network.name, own);
}

function roleOf({ name }: SiteHost, { instances, services }: Site): Role {
  const isIn = (hosts: readonly SiteHost[]): boolean => hosts.some((host) => host.name === name);
  if (isIn(directorsIn(instances))) return "director";
  return isIn(services.flatMap(receiversOf)) ? "web" : "client";
}
