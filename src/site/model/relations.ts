/** How the parts of a site are related. */
import type { Service, Site, SiteHost, Vip } from "./site.ts";

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

export function markOf({ data: { fwmark } }: Service, version: 4 | 6): number | undefined {
  return version === 4 ? fwmark?.ipv4 : fwmark?.ipv6;
}

/** The directors that forward packets for a VIP. */
export function directorsOf(vip: Vip, { instances }: Site): readonly SiteHost[] {
  return (instances.find(({ name }) => name === vip.instance)?.directors ?? []).map(({ host }) => host);
}

export function weightOf({ name, data }: SiteHost, own: Readonly<Record<string, number>>): number {
  return data.state === "drained" ? 0 : (own[name] ?? data.weight);
}
