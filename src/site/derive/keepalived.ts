/** keepalived's configuration of a director, as data for the task type `keepalived`. */
import type { Instance, Site, SiteHost, Vip } from "../model/site.ts";
import { addressIn, interfaceIn, single } from "../model/networks.ts";
import { instancesOf, peersOf, syncNetwork } from "./director.ts";
import { scriptPath } from "./scripts.ts";
import { virtualServers } from "./virtual-servers.ts";

type Data = Readonly<Record<string, unknown>>;

/** keepalived 1.2.13 holds no more in an advertisement. */
const MOST_IN_ADVERT = 20;

export function keepalivedOf(host: SiteHost, site: Site): Data {
  const instances = instancesOf(host, site);
  if (instances.length === 0) return {};
  return {
    global_defs: globals(host, site, instances),
    ...trackScripts(instances, site),
    ...syncGroups(instances),
    vrrp_instance: Object.fromEntries(instances.map((each) => [each.name, instanceData(host, each, site)])),
    virtual_server: virtualServers(host, site),
  };
}

function globals(host: SiteHost, site: Site, instances: readonly Instance[]): Data {
  const { notifications } = site.data;
  return {
    router_id: host.data.router_id ?? host.name,
    ...(notifications === undefined
      ? {}
      : {
          notification_email: notifications.to,
          notification_email_from: notifications.from,
          smtp_server: notifications.smtp_server,
          smtp_connect_timeout: notifications.timeout,
        }),
    ...(hasScripts(site) ? { script_user: "root", enable_script_security: true } : {}),
    vrrp_higher_prio_send_advert: true,
    vrrp_garp_master_refresh: 60,
    ...syncDaemon(host, site, instances),
  };
}

function hasScripts({ data, services }: Site): boolean {
  const named = Object.values(data.vrrp_instances).some(
    (each) => each.notify !== undefined || each.track_scripts.length > 0,
  );
  return named || services.some((service) => service.data.check?.misc !== undefined);
}

/** With one instance the daemon follows its state. With several both daemons run all the time. */
function syncDaemon(host: SiteHost, site: Site, instances: readonly Instance[]): Data {
  const { sync_daemon: sync } = site.data;
  const network = syncNetwork(host, site);
  const device = network === undefined ? undefined : interfaceIn(host, network);
  if (sync === false || device === undefined) return {};
  const id = sync.id ?? Math.min(...instances.map(({ data }) => data.virtual_router_id));
  const [only] = instances;
  return {
    lvs_sync_daemon:
      instances.length === 1 && only !== undefined ? `${device} ${only.name} id ${id}` : `${device} id ${id}`,
  };
}

function trackScripts(instances: readonly Instance[], { data }: Site): Data {
  const used = new Set(instances.flatMap((each) => each.data.track_scripts));
  const scripts = Object.entries(data.track_scripts).filter(([name]) => used.has(name));
  if (scripts.length === 0) return {};
  const each = scripts.map(([name, { interval, timeout, weight, rise, fall }]) => [
    name,
    { script: scriptPath(name), interval, ...given({ timeout, weight }), rise, fall },
  ]);
  return { vrrp_script: Object.fromEntries(each) as Data };
}

function syncGroups(instances: readonly Instance[]): Data {
  const names = new Set(instances.flatMap(({ data }) => data.sync_group ?? []));
  if (names.size === 0) return {};
  const members = (name: string) => instances.filter(({ data }) => data.sync_group === name).map((each) => each.name);
  return { vrrp_sync_group: Object.fromEntries([...names].map((name) => [name, { group: members(name) }])) };
}

function instanceData(host: SiteHost, instance: Instance, { data: { notifications } }: Site): Data {
  const { data, network, version } = instance;
  const own = instance.directors.find((each) => each.host.name === host.name);
  const vrrp = data.version ?? (version === 6 || !Number.isInteger(data.advert_interval) ? 3 : undefined);
  return {
    state: "BACKUP",
    interface: interfaceIn(host, network),
    virtual_router_id: data.virtual_router_id,
    priority: own?.priority,
    ...given({ version: vrrp }),
    ...(data.preempt ? given({ preempt_delay: data.preempt_delay }) : { nopreempt: true }),
    advert_int: data.advert_interval,
    ...(data.password === undefined ? {} : { authentication: { auth_type: "PASS", auth_pass: data.password } }),
    ...peers(host, instance),
    ...(data.track_interfaces.length === 0 ? {} : { track_interface: data.track_interfaces }),
    ...(data.track_scripts.length === 0 ? {} : { track_script: data.track_scripts }),
    ...(data.notify === undefined ? {} : { notify: scriptPath(data.notify) }),
    ...(notifications === undefined ? {} : { smtp_alert: true }),
    ...addresses(host, instance),
  };
}

/** A lone director has no peers, and keepalived refuses an empty list of them. */
function peers(host: SiteHost, instance: Instance): Data {
  const others = peersOf(host, instance, instance.network, instance.version);
  const own = addressIn(host, instance.network, instance.version);
  return others.length === 0 ? {} : { unicast_src_ip: own, unicast_peer: others };
}

/** An advertisement has addresses of its own family only; the others are held all the same. */
function addresses(host: SiteHost, { vips, version }: Instance): Data {
  const same = vips.filter((vip) => vip.version === version);
  const inside = same.slice(0, MOST_IN_ADVERT);
  const outside = vips.filter((vip) => !inside.includes(vip));
  return {
    virtual_ipaddress: inside.map((vip) => held(host, vip)),
    ...(outside.length === 0 ? {} : { virtual_ipaddress_excluded: outside.map((vip) => held(host, vip)) }),
  };
}

/** A wider prefix would own the route of the subnet, and take it along. */
function held(host: SiteHost, { address, network }: Vip): string {
  return `${single(address)} dev ${interfaceIn(host, network) ?? ""}`;
}

/** The entries that have a value. */
function given(data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
