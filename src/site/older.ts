/**
 * The variables that described a site of one VIP before there was `site`: `vip`, `pair`, `real_servers` and others.
 * They become a description.
 */
import { REQUIRED } from "./older-variables.ts";
import type { OlderVariables } from "./older-variables.ts";
import type { Path } from "../yaml/index.ts";

type Data = Readonly<Record<string, unknown>>;

type Member = Data & { readonly address: string };

/** A description and the hosts' part of it. */
export interface Converted {
  readonly site: Data;
  /** `site_host`, by host. */
  readonly hosts: ReadonlyMap<string, Data>;
  /** Where a host is in the older variables. */
  readonly places: ReadonlyMap<string, Path>;
  /** `sources` of every client. */
  readonly sources: unknown;
}

/**
 * @returns `undefined`: the variables do not describe a site; `missing`: those that a description lacks which is begun
 */
export function fromOlder(value: OlderVariables): Converted | { readonly missing: readonly string[] } | undefined {
  const missing = REQUIRED.filter((name) => value(name) === undefined);
  // Each of the names alone can mean something else.
  if (missing.length > 1) return undefined;
  if (missing.length === 1) return { missing };
  const pair = pairOf(value("pair"));
  const servers = serversOf(value("real_servers"));
  const site = { ...placesOf(value, pair), ...servicesOf(value, servers), ...notificationsOf(value, pair) };
  return {
    site: clean(site),
    hosts: hostsOf(pair, servers),
    places: placesOfHosts(pair, servers),
    sources: value("probe_sources"),
  };
}

function placesOf(value: OlderVariables, pair: ReadonlyMap<string, Member>): Data {
  const vip = String(value("vip"));
  const instance = {
    virtual_router_id: value("virtual_router_id"),
    vips: { vip },
    priorities: Object.fromEntries([...pair].map(([name, each]) => [name, each["priority"]])),
  };
  return {
    profile: value("profile"),
    article: clean({ password: value("vrrp_password"), sorry_server: value("sorry_server") }),
    zone: value("zone"),
    networks: { service: clean({ interface: value("interface"), subnets: [subnetAround(vip)] }) },
    vrrp_instances: { VI_1: clean(instance) },
  };
}

/** The older variables knew one network, and no prefix length of it. */
function subnetAround(vip: string): string {
  return vip.includes(":") ? `${vip}/64` : vip.replace(/\d+$/, "0/24");
}

function servicesOf(value: OlderVariables, servers: ReadonlyMap<string, Member>): Data {
  const service = {
    vips: ["vip"],
    port: value("service_port") ?? 80,
    real_servers: [...servers.keys()].join(","),
    scheduler: value("scheduler"),
    persistence: value("persistence_timeout"),
    check: { http: value("health") ?? {} },
  };
  return { services: { service: clean(service) } };
}

function notificationsOf(value: OlderVariables, pair: ReadonlyMap<string, Member>): Data {
  const first = [...pair.values()].find((each) => each["mail_to"] !== undefined);
  if (first === undefined) return {};
  const mail = { to: [first["mail_to"]], from: first["mail_from"], smtp_server: value("smtp_server") };
  return { notifications: clean(mail) };
}

function hostsOf(pair: ReadonlyMap<string, Member>, servers: ReadonlyMap<string, Member>): ReadonlyMap<string, Data> {
  const directors = [...pair].map(
    ([name, each]) => [name, clean({ addresses: [each.address], router_id: each["router_id"] })] as const,
  );
  const nodes = [...servers].map(
    ([name, each]) => [name, clean({ addresses: [each.address], weight: each["weight"] })] as const,
  );
  return new Map([...directors, ...nodes]);
}

function placesOfHosts(
  pair: ReadonlyMap<string, Member>,
  servers: ReadonlyMap<string, Member>,
): ReadonlyMap<string, Path> {
  const nodes = [...servers.keys()].map((name, index) => [name, ["real_servers", index]] as const);
  return new Map<string, Path>([...nodes, ...[...pair.keys()].map((name) => [name, ["pair", name]] as const)]);
}

function pairOf(value: unknown): ReadonlyMap<string, Member> {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).flatMap(([name, each]) => (isMember(each) ? [[name, each]] : [])));
}

function serversOf(value: unknown): ReadonlyMap<string, Member> {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const members = items.filter(isMember);
  return new Map(members.flatMap((each) => (typeof each["name"] === "string" ? [[each["name"], each]] : [])));
}

function isMember(value: unknown): value is Member {
  return typeof value === "object" && value !== null && "address" in value && typeof value.address === "string";
}

/** Without the entries that have no value. */
function clean(data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
