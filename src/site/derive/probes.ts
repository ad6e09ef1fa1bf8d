/** What a client asks at the VIPs. */
import type { Probe, Reach } from "./dsr.ts";
import type { Service, Site, SiteHost, Vip } from "../model/site.ts";
import { canonical, versionOf } from "../model/networks.ts";
import { endpoint } from "../../text/ip.ts";
import { webCheck, webPort, webRequest } from "../model/relations.ts";

/** A host that is not among the clients asks nothing. */
export function probesOf(host: SiteHost, site: Site): readonly Probe[] {
  if (!isClient(host, site)) return [];
  return site.services.flatMap((service) => service.vips.flatMap((vip) => probesAt(vip, service, host, site.isTwin)));
}

/** The TCP ports of VIPs that no probe of the client asks. */
export function unprobedPorts(host: SiteHost, site: Site): readonly Reach[] {
  if (!isClient(host, site)) return [];
  const services = site.services.filter(({ data }) => data.protocol === "tcp");
  return services.flatMap((service) => {
    const ports = service.ports.filter((port) => port !== webPort(service));
    return service.vips.flatMap(({ name, address }) => ports.map((port) => ({ name, address, port })));
  });
}

function isClient({ name }: SiteHost, { clients }: Site): boolean {
  return clients.some((client) => client.name === name);
}

function probesAt(vip: Vip, service: Service, host: SiteHost, isTwin: boolean): readonly Probe[] {
  const [given, asked] = [webCheck(service), webRequest(service, vip, isTwin)];
  if (given === undefined || asked === undefined) return [];
  const sources = host.data.sources.map(canonical).filter((source) => versionOf(source) === vip.version);
  return (sources.length === 0 ? [null] : sources).map((source) => ({
    name: `${service.name} at ${endpoint(vip.address, asked.port)}${source === null ? "" : ` from ${source}`}`,
    url: asked.url,
    connect_to: asked.connectTo ?? null,
    insecure: asked.insecure,
    status: given.status,
    body: given.body ?? null,
    source,
  }));
}
