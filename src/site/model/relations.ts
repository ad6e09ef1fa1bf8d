/** How the parts of a site are related. */
import { endpoint } from "../../text/ip.ts";
import type { Instance, Service, Site, SiteHost, Vip } from "./site.ts";

/** The protocol of the service that a health check can test; undefined: any. */
export const PROTOCOLS = { http: "tcp", https: "tcp", tcp: "tcp", udp: "udp", dns: "udp", misc: undefined } as const;

export function kindOfCheck({ data: { check } }: Service): keyof typeof PROTOCOLS {
  const kinds = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];
  return kinds.find((kind) => check?.[kind] !== undefined) ?? "tcp";
}

/** The health check of a service that HTTP or HTTPS answers. */
export function webCheck({ data: { check } }: Service) {
  return check?.http ?? check?.https;
}

/** A request that a client proves a service with. */
export interface WebRequest {
  readonly url: string;
  /** The VIP, where the URL has the virtual host in its place. */
  readonly connectTo: string | undefined;
  /** Any certificate is right. */
  readonly insecure: boolean;
  readonly port: number;
}

/** The port that requests ask: the only one that is known to speak HTTP or HTTPS. */
export function webPort(service: Service): number | undefined {
  const given = webCheck(service);
  return given === undefined ? undefined : (given.port ?? service.ports[0]);
}

/** The request at a VIP; `undefined`: the service is not checked by HTTP or HTTPS. */
export function webRequest(service: Service, vip: Vip, isTwin: boolean): WebRequest | undefined {
  const [given, port] = [webCheck(service), webPort(service)];
  if (given === undefined || port === undefined) return undefined;
  const scheme = kindOfCheck(service);
  const usual = port === (scheme === "https" ? 443 : 80);
  const where = given.host === undefined ? endpoint(vip.address, port) : `${given.host}${usual ? "" : `:${port}`}`;
  const verified = "verify" in given && given.verify !== undefined ? given.verify : given.host !== undefined;
  return {
    url: `${scheme}://${where}${given.path}`,
    connectTo: given.host === undefined ? undefined : vip.address,
    insecure: scheme === "https" && (isTwin || !verified),
    port,
  };
}

export function markOf({ data: { fwmark } }: Service, version: 4 | 6): number | undefined {
  return version === 4 ? fwmark?.ipv4 : fwmark?.ipv6;
}

/** The hosts that receive packets for the VIPs of a service: its real servers, and its sorry server. */
export function receiversOf({ servers, sorry }: Service): readonly SiteHost[] {
  return sorry === undefined ? servers : [...servers, sorry];
}

/** The directors of some instances; one of several instances comes several times. */
export function directorsIn(instances: readonly Instance[]): readonly SiteHost[] {
  return instances.flatMap(({ directors }) => directors.map(({ host }) => host));
}

/** The directors that forward packets for a VIP. */
export function directorsOf(vip: Vip, { instances }: Site): readonly SiteHost[] {
  return directorsIn(instances.filter(({ name }) => name === vip.instance));
}

export function weightOf({ name, data }: SiteHost, own: Readonly<Record<string, number>>): number {
  return data.state === "drained" ? 0 : (own[name] ?? data.weight);
}
