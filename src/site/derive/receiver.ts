/** What makes a real server receive packets for the VIPs: the same packets by three ways. */
import type { DirectRule, Receiver } from "./dsr.ts";
import type { Service, Site, SiteHost, Vip } from "../model/site.ts";
import { interfaceIn, single } from "../model/networks.ts";
import { receiversOf } from "../model/relations.ts";

/** Packets that a real server must take for itself. */
export interface Received {
  readonly vip: Vip;
  readonly service: Service;
  readonly port: number;
}

/** For each service that the host is a real server or the sorry server of. */
export function receivedBy(host: SiteHost, { services }: Site): readonly Received[] {
  const own = services.filter((each) => receiversOf(each).some(({ name }) => name === host.name));
  return own.flatMap((service) => service.vips.flatMap((vip) => service.ports.map((port) => ({ vip, service, port }))));
}

export function receiverOf(host: SiteHost, site: Site): Receiver {
  const all = receivedBy(host, site);
  const vips = [...new Map(all.map(({ vip }) => [vip.address, vip])).values()];
  const networks = [...new Map(vips.map(({ network }) => [network.name, network])).values()];
  return {
    way: host.data.receiver ?? site.data.receivers ?? null,
    rich_rules: all.map(richRule),
    direct_rules: all.map(directRule),
    vips: vips.map(({ address }) => address),
    addresses: vips.map(({ address }) => single(address)),
    interfaces: networks.flatMap((network) => interfaceIn(host, network) ?? []),
  };
}

export function familyOf(vip: Vip): "ipv4" | "ipv6" {
  return `ipv${vip.version}`;
}

/** firewalld.richlanguage(5): a forward-port without an address is a redirect to the host itself. */
function richRule({ vip, service, port }: Received): string {
  const { protocol } = service.data;
  const destination = `rule family="${familyOf(vip)}" destination address="${vip.address}"`;
  return `${destination} forward-port port="${port}" protocol="${protocol}" to-port="${port}"`;
}

function directRule({ vip, service, port }: Received): DirectRule {
  const rule = `-d ${vip.address} -p ${service.data.protocol} --dport ${port} -j REDIRECT`;
  return { ipv: familyOf(vip), table: "nat", chain: "PREROUTING", priority: 0, rule };
}
