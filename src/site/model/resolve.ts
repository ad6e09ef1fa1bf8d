/** Resolves the references of a description. A reference that leads nowhere is a problem, and its owner is left out. */
import type {
  Instance,
  Service,
  Site,
  SiteDirector,
  SiteHost,
  SiteInventory,
  SiteNetwork,
  SiteProblem,
  Vip,
} from "./site.ts";
import { canonical, networkOf, networksOf, versionOf } from "./networks.ts";
import type { InstanceData, ServiceData, SiteData } from "./schema.ts";
import { didYouMean, listNames } from "../../text/suggest.ts";

interface Resolving {
  readonly inventory: SiteInventory;
  readonly networks: readonly SiteNetwork[];
  readonly problems: SiteProblem[];
}

type Path = SiteProblem["path"];

export interface Resolved {
  readonly site: Site;
  readonly problems: readonly SiteProblem[];
}

export function resolveSite(data: SiteData, inventory: SiteInventory): Resolved {
  const here: Resolving = { inventory, networks: networksOf(data), problems: [] };
  const instances = Object.entries(data.vrrp_instances).flatMap(([name, each]) => instanceOf(name, each, here) ?? []);
  const vips = new Map(instances.flatMap((each) => each.vips.map((vip) => [vip.name, vip] as const)));
  const named = new Set(Object.values(data.vrrp_instances).flatMap((each) => Object.keys(each.vips)));
  const services = Object.entries(data.services).map(([name, each]) => serviceOf(name, each, { vips, named }, here));
  const clients = clientsOf(data, here);
  const { hosts } = inventory;
  return {
    site: { data, networks: here.networks, instances, services, clients, hosts, isTwin: inventory.isTwin === true },
    problems: here.problems,
  };
}

function clientsOf({ clients }: SiteData, here: Resolving): readonly SiteHost[] {
  if (clients === undefined && !here.inventory.hasGroup("clients")) return [];
  return hostsOf(clients ?? "clients", ["clients"], here);
}

function hostsOf(pattern: string, path: Path, { inventory, problems }: Resolving): readonly SiteHost[] {
  const found = inventory.select(pattern);
  if ("wrong" in found) {
    problems.push({ path, message: found.wrong, ...(found.help === undefined ? {} : { help: found.help }) });
    return [];
  }
  return found.flatMap((name) => inventory.hosts.find((host) => host.name === name) ?? []);
}

function oneHost(pattern: string, path: Path, here: Resolving): SiteHost | undefined {
  const [host, ...others] = hostsOf(pattern, path, here);
  if (others.length === 0) return host;
  const names = [host, ...others].flatMap((each) => each?.name ?? []);
  here.problems.push({ path, message: `expected one host, got ${listNames(names)}`, help: "name one of them" });
  return undefined;
}

/** A name in the description that must be one of those defined elsewhere in it. */
export function unknownName(what: string, name: string, known: readonly string[], path: Path): SiteProblem {
  const help = didYouMean(name, known) ?? (known.length === 0 ? noneDefined(what) : `the site has ${listNames(known)}`);
  return { path, message: `unknown ${what} \`${name}\``, help };
}

/** The maps of scripts have the names of their kinds: `check_scripts`. */
function noneDefined(what: string): string {
  return what.endsWith(" script") ? `define it in \`${what.replace(" ", "_")}s\`` : `the site has no ${what}`;
}

function instanceOf(name: string, data: InstanceData, here: Resolving): Instance | undefined {
  const at = ["vrrp_instances", name];
  const vips = Object.entries(data.vips).flatMap(([vip, address]) => vipOf(vip, address, name, here) ?? []);
  const directors = directorsOf(data, at, here);
  const network = advertNetwork(data, vips, at, here);
  if (network === undefined) return undefined;
  const version = vips.length > 0 && vips.every((vip) => vip.version === 6) ? 6 : 4;
  return { name, data, vips, directors, network, version };
}

function vipOf(name: string, address: string, instance: string, { networks, problems }: Resolving): Vip | undefined {
  const network = networkOf(canonical(address), networks);
  if (network !== undefined) {
    return { name, address: canonical(address), version: versionOf(address), network, instance };
  }
  problems.push({
    path: ["vrrp_instances", instance, "vips", name],
    message: `the VIP ${address} is in no subnet of the site's networks`,
    help: `the subnets are ${listNames(networks.flatMap(({ subnets }) => subnets))}`,
  });
  return undefined;
}

function directorsOf({ directors, priorities }: InstanceData, at: Path, here: Resolving): readonly SiteDirector[] {
  const hosts = hostsOf(directors, [...at, "directors"], here);
  const given = hosts.map((host, index) => ({
    host,
    priority: priorities?.[host.name] ?? 100 + hosts.length - 1 - index,
  }));
  return given.toSorted((a, b) => b.priority - a.priority);
}

function advertNetwork(data: InstanceData, vips: readonly Vip[], at: Path, here: Resolving): SiteNetwork | undefined {
  const [first] = vips;
  if (data.network === undefined) return first?.network ?? here.networks[0];
  const named = here.networks.find(({ name }) => name === data.network);
  if (named !== undefined) return named;
  const known = here.networks.map(({ name }) => name);
  here.problems.push(unknownName("network", data.network, known, [...at, "network"]));
  return undefined;
}

interface Vips {
  readonly vips: ReadonlyMap<string, Vip>;
  /** The names of all, with those whose own problem is reported. */
  readonly named: ReadonlySet<string>;
}

function serviceOf(name: string, data: ServiceData, { vips, named }: Vips, here: Resolving): Service {
  const at = ["services", name];
  const own = data.vips.flatMap((each, index) => {
    const vip = vips.get(each);
    if (!named.has(each)) here.problems.push(unknownName("VIP", each, [...named], [...at, "vips", index]));
    return vip ?? [];
  });
  const servers = hostsOf(data.real_servers, [...at, "real_servers"], here);
  const sorry = data.sorry_server === undefined ? undefined : oneHost(data.sorry_server, [...at, "sorry_server"], here);
  const ports = data.ports ?? (data.port === undefined ? [] : [data.port]);
  return { name, data, ports, vips: own, servers, sorry };
}
