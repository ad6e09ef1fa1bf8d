/** What a client asks at the VIPs. */
import type { Probe } from "./dsr.ts";
import type { Service, Site, SiteHost, Vip } from "../model/site.ts";
import { canonical, versionOf } from "../model/networks.ts";
import { endpoint } from "../../text/ip.ts";
import { kindOfCheck } from "../model/relations.ts";

/** A host that is not among the clients asks nothing. */
export function probesOf(host: SiteHost, site: Site): readonly Probe[] {
  if (!site.clients.some(({ name }) => name === host.name)) return [];
  return site.services.flatMap((service) => service.vips.flatMap((vip) => probesAt(vip, service, host)));
}

function probesAt(vip: Vip, service: Service, host: SiteHost): readonly Probe[] {
  const kind = kindOfCheck(service);
  const given = kind === "http" || kind === "https" ? service.data.check?.[kind] : undefined;
  if (given === undefined) return [];
  const sources = host.data.sources.map(canonical).filter((source) => versionOf(source) === vip.version);
  const asked = sources.length === 0 ? [null] : sources;
  // Only the port that the health check asks is known to speak its protocol.
  const port = given.port ?? service.ports[0] ?? 0;
  return asked.map((source) => ({
    name: `${service.name} at ${endpoint(vip.address, port)}${source === null ? "" : ` from ${source}`}`,
    url: `${kind}://${endpoint(vip.address, port)}${given.path}`,
    status: given.status,
    body: given.body ?? null,
    host: given.host ?? null,
    source,
  }));
}
