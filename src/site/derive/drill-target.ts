/** What a drill asks at a VIP, and which real servers must answer. */
import type { Service, Site, Vip } from "../model/site.ts";
import { addressIn, canonical, versionOf } from "../model/networks.ts";
import { webCheck, webRequest, weightOf } from "../model/relations.ts";
import type { WebRequest } from "../model/relations.ts";

export interface DrillTarget {
  /** None: no service of the VIP is checked by HTTP or HTTPS. */
  readonly request: WebRequest | undefined;
  readonly seen: {
    readonly sources: readonly string[];
    readonly realServers: readonly { readonly name: string; readonly address: string; readonly weight: number }[];
    readonly statuses: readonly number[];
    readonly body: string | undefined;
  };
}

export function drillTarget(site: Site, vip: Vip): DrillTarget {
  const own = site.services.filter(({ vips }) => vips.some(({ name }) => name === vip.name));
  const service = own.find((each) => webCheck(each) !== undefined) ?? own[0];
  const given = service === undefined ? undefined : webCheck(service);
  const sources = site.clients.flatMap(({ data }) => data.sources).map(canonical);
  const same = sources.filter((source) => versionOf(source) === vip.version);
  return {
    request: service === undefined ? undefined : webRequest(service, vip, site.isTwin),
    seen: {
      sources: same.length === 0 ? [""] : same,
      realServers: service === undefined ? [] : realServers(service, vip),
      statuses: given === undefined ? [] : [given.status],
      body: given?.body?.replace(/\n+$/, ""),
    },
  };
}

function realServers({ servers, data }: Service, vip: Vip): DrillTarget["seen"]["realServers"] {
  return servers.flatMap((server) => {
    const address = addressIn(server, vip.network, vip.version);
    return address === undefined ? [] : [{ name: server.name, address, weight: weightOf(server, data.weights) }];
  });
}
