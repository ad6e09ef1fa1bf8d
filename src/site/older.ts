/**
 * The variables that described a site of one VIP before there was `site`: `vip`, `pair`, `real_servers` and others.
 * They become a description.
 */
type Data = Readonly<Record<string, unknown>>;

const REQUIRED = ["vip", "pair", "real_servers", "virtual_router_id"] as const;

type Name =
  | (typeof REQUIRED)[number]
  | "profile"
  | "service_port"
  | "interface"
  | "zone"
  | "scheduler"
  | "persistence_timeout"
  | "health"
  | "smtp_server"
  | "sorry_server"
  | "vrrp_password"
  | "probe_sources";

/** Reads a variable; `undefined`: there is none of this name. */
export type OlderVariables = (name: Name) => unknown;

type Member = Data & { readonly address: string };

/** A description and the hosts' part of it. */
export interface Converted {
  readonly site: Data;
  /** `site_host`, by host. */
  readonly hosts: ReadonlyMap<string, Data>;
  /** `sources` of every client. */
  readonly sources: unknown;
}

/**
 * @returns `undefined`: the variables do not describe a site; names: those that are missing of a description that is
 *   begun
 */
export function fromOlder(value: OlderVariables): Converted | readonly string[] | undefined {
  const missing = REQUIRED.filter((name) => value(name) === undefined);
  // Each of the names alone can mean something else.
  if (missing.length > 1) return undefined;
  if (missing.length === 1) return missing;
  const pair = pairOf(value("pair"));
  const servers = serversOf(value("real_servers"));
  const site = { ...placesOf(value, pair), ...servicesOf(value), ...notificationsOf(value, pair) };
  return { site: clean(site), hosts: hostsOf(pair, servers), sources: value("probe_sources") };
}

/** What a path of the description was made from. */
const ORIGINS: readonly (readonly [RegExp, Name])[] = [
  [/^vrrp_instances\.VI_1\.virtual_router_id/, "virtual_router_id"],
  [/^vrrp_instances\.VI_1\.vips/, "vip"],
  [/^vrrp_instances|^addresses|^notifications\.(to|from)/, "pair"],
  [/^networks\.service\.interface/, "interface"],
  [/^networks/, "vip"],
  [/^services\.service\.port/, "service_port"],
  [/^services\.service\.scheduler/, "scheduler"],
  [/^services\.service\.persistence/, "persistence_timeout"],
  [/^services\.service\.check/, "health"],
  [/^services/, "real_servers"],
  [/^article\.password/, "vrrp_password"],
  [/^article\.sorry_server/, "sorry_server"],
  [/^notifications/, "smtp_server"],
  [/^sources/, "probe_sources"],
  [/^zone/, "zone"],
  [/^profile/, "profile"],
];

/** The older variable that a path of the description, or of `site_host`, was made from. */
export function originOf(path: readonly (string | number)[]): Name {
  return ORIGINS.find(([pattern]) => pattern.test(path.join(".")))?.[1] ?? "vip";
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

function servicesOf(value: OlderVariables): Data {
  const service = {
    vips: ["vip"],
    port: value("service_port") ?? 80,
    scheduler: value("scheduler"),
    persistence: value("persistence_timeout"),
    check: { http: value("health") ?? {} },
  };
  return { services: { service: clean(service) } };
}

function notificationsOf(value: OlderVariables, pair: ReadonlyMap<string, Member>): Data {
  const [first] = pair.values();
  if (first?.["mail_to"] === undefined || first["mail_from"] === undefined) return {};
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
