/** A site with its references resolved: hosts in place of patterns, VIPs in place of names. */
import type { InstanceData, ServiceData, SiteData, SiteHostData } from "./schema.ts";

/** A host of the inventory, as far as the site is concerned. */
export interface SiteHost {
  readonly name: string;
  readonly data: SiteHostData;
  /** Its own addresses in canonical form, RFC 5952 for IPv6. */
  readonly addresses: readonly string[];
}

/** A network of the site. */
export interface SiteNetwork {
  readonly name: string;
  readonly interface: string | undefined;
  /** In canonical form: `192.0.2.0/24`. */
  readonly subnets: readonly string[];
}

export interface Vip {
  readonly name: string;
  readonly address: string;
  readonly version: 4 | 6;
  readonly network: SiteNetwork;
  /** The name of the VRRP instance that holds it. */
  readonly instance: string;
}

export interface SiteDirector {
  readonly host: SiteHost;
  readonly priority: number;
}

export interface Instance {
  readonly name: string;
  readonly data: InstanceData;
  readonly vips: readonly Vip[];
  /** The highest priority first. */
  readonly directors: readonly SiteDirector[];
  /** Of the advertisements. */
  readonly network: SiteNetwork;
  /** The family of the advertisements. */
  readonly version: 4 | 6;
}

export interface Service {
  readonly name: string;
  readonly data: ServiceData;
  readonly ports: readonly number[];
  readonly vips: readonly Vip[];
  readonly servers: readonly SiteHost[];
  readonly sorry: SiteHost | undefined;
}

export interface Site {
  readonly data: SiteData;
  readonly networks: readonly SiteNetwork[];
  readonly instances: readonly Instance[];
  readonly services: readonly Service[];
  readonly clients: readonly SiteHost[];
  /** Every host of the inventory. */
  readonly hosts: readonly SiteHost[];
  /** It is about the twin, whose web nodes have no valid certificates. */
  readonly isTwin: boolean;
}

/** Something wrong with a description. */
export interface SiteProblem {
  /** The host whose `site_host` it is about; none: it is about `site`. */
  readonly host?: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help?: string;
  readonly severity?: "warning";
  /** It is about the key at the end of the path, not about its value. */
  readonly ofKey?: true;
}

/** What a description needs of the inventory. */
export interface SiteInventory {
  readonly hosts: readonly SiteHost[];
  /** The hosts of a pattern; a text: why there are none. */
  readonly select: (pattern: string) => readonly string[] | { readonly wrong: string; readonly help?: string };
  readonly hasGroup: (name: string) => boolean;
  readonly isTwin?: boolean;
}
