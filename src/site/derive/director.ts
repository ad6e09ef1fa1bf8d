/** What a director needs apart from keepalived: kernel modules, sysctls, and its firewall. */
import type { DirectRule, Reach } from "./dsr.ts";
import type { Instance, Service, Site, SiteHost, SiteNetwork, Vip } from "../model/site.ts";
import { addressIn, single } from "../model/networks.ts";
import { markOf } from "../model/relations.ts";
import { familyOf } from "./receiver.ts";

/** The instances that a host is a director of. */
export function instancesOf(host: SiteHost, { instances }: Site): readonly Instance[] {
  return instances.filter(({ directors }) => directors.some((each) => each.host.name === host.name));
}

/** A service, and those of its VIPs that the host may hold. */
export interface Forwarded {
  readonly service: Service;
  readonly vips: readonly Vip[];
}

export function forwardedBy(host: SiteHost, site: Site): readonly Forwarded[] {
  const own = new Set(instancesOf(host, site).map(({ name }) => name));
  return site.services
    .map((service) => ({ service, vips: service.vips.filter(({ instance }) => own.has(instance)) }))
    .filter(({ vips }) => vips.length > 0);
}

export function modulesOf(forwarded: readonly Forwarded[]): readonly string[] {
  if (forwarded.length === 0) return [];
  return ["ip_vs", ...new Set(forwarded.map(({ service }) => `ip_vs_${service.data.scheduler}`))];
}

/**
 * A dead real server loses its persistent clients, and a port that a client uses again goes to a real server that lives
 * (kernel: Documentation/networking/ipvs-sysctl.rst).
 */
export const DIRECTOR_SYSCTLS = [
  { name: "net.ipv4.vs.expire_quiescent_template", value: 1 },
  { name: "net.ipv4.vs.expire_nodest_conn", value: 1 },
  { name: "net.ipv4.vs.conn_reuse_mode", value: 3 },
] as const;

/** Advertisements and connection states are accepted from the other directors only. */
export function peerRules(host: SiteHost, site: Site): readonly string[] {
  const instances = instancesOf(host, site);
  const vrrp = instances.flatMap((each) => peersOf(host, each, each.network, each.version));
  const sync = syncNetwork(host, site);
  const states = sync === undefined ? [] : instances.flatMap((each) => peersOf(host, each, sync, 4));
  return [
    ...[...new Set(vrrp)].map((peer) => from(peer, 'protocol value="vrrp"')),
    ...[...new Set(states)].map((peer) => from(peer, 'port port="8848" protocol="udp"')),
  ];
}

function from(peer: string, what: string): string {
  return `rule family="ipv${peer.includes(":") ? 6 : 4}" source address="${single(peer)}" ${what} accept`;
}

/** The addresses of the other directors of an instance. */
export function peersOf(
  host: SiteHost,
  { directors }: Instance,
  network: SiteNetwork,
  version: 4 | 6,
): readonly string[] {
  const others = directors.filter((each) => each.host.name !== host.name);
  return others.flatMap((each) => addressIn(each.host, network, version) ?? []);
}

/** The network of the sync daemon; it uses IPv4 multicast (ipvsadm(8)). */
export function syncNetwork(host: SiteHost, site: Site): SiteNetwork | undefined {
  const { sync_daemon: sync } = site.data;
  if (sync === false) return undefined;
  const network = site.networks.find(({ name }) => name === sync.network) ?? instancesOf(host, site)[0]?.network;
  return network !== undefined && addressIn(host, network, 4) !== undefined ? network : undefined;
}

/** One direction passes a director only: connection tracking would drop it as invalid. */
export function directorRules(forwarded: readonly Forwarded[]): readonly DirectRule[] {
  return [
    ...packets(forwarded).map(({ vip, to }) => rule(vip, "raw", "PREROUTING", `${to} -j CT --notrack`)),
    ...packets(forwarded).flatMap(({ vip, to, service }) => {
      const mark = markOf(service, vip.version);
      return mark === undefined ? [] : [rule(vip, "mangle", "PREROUTING", `${to} -j MARK --set-mark ${mark}`)];
    }),
  ];
}

/** firewalld before 0.6 lets in what is new, and what is not tracked never is. */
export function untrackedRules(forwarded: readonly Forwarded[]): readonly DirectRule[] {
  return packets(forwarded).map(({ vip, to }) => rule(vip, "filter", "INPUT", `${to} -j ACCEPT`));
}

function packets(forwarded: readonly Forwarded[]) {
  return forwarded.flatMap(({ service, vips }) =>
    vips.flatMap((vip) =>
      service.ports.map((port) => ({
        vip,
        service,
        to: `-d ${vip.address} -p ${service.data.protocol} --dport ${port}`,
      })),
    ),
  );
}

function rule(vip: Vip, table: string, chain: string, args: string): DirectRule {
  return { ipv: familyOf(vip), table, chain, priority: 0, rule: args };
}

/** Where a director's health checks go by TCP: each real server's own address. */
export function reachOf(forwarded: readonly Forwarded[]): readonly Reach[] {
  const all = forwarded.flatMap(({ service, vips }) =>
    service.data.protocol === "udp" ? [] : service.servers.flatMap((server) => reachable(server, service, vips)),
  );
  return [...new Map(all.map((each) => [`${each.address} ${each.port}`, each])).values()];
}

function reachable(server: SiteHost, { ports }: Service, vips: readonly Vip[]): readonly Reach[] {
  const addresses = new Set(vips.flatMap((vip) => addressIn(server, vip.network, vip.version) ?? []));
  return [...addresses].flatMap((address) => ports.map((port) => ({ name: server.name, address, port })));
}
