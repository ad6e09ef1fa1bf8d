/** The variable `dsr`: what follows for one host from the description of its site. */
export interface DirectRule {
  readonly ipv: "ipv4" | "ipv6";
  readonly table: string;
  readonly chain: string;
  readonly priority: number;
  readonly rule: string;
}

/** The ways by which a real server receives packets for the VIPs; every list is for all of them. */
export interface Receiver {
  /** The way that the description names; null: by what firewalld's release can. */
  readonly way: "rich" | "direct" | "lo" | null;
  readonly rich_rules: readonly string[];
  readonly direct_rules: readonly DirectRule[];
  readonly vips: readonly string[];
  /** For `lo`: the VIPs, with the prefix length of one address. */
  readonly addresses: readonly string[];
  /** By which packets for the VIPs come in. */
  readonly interfaces: readonly string[];
}

/** An address and a TCP port that must accept connections from the host. */
export interface Reach {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface VipView {
  readonly name: string;
  readonly address: string;
  readonly instance: string;
  /** The hosts that may hold it, the highest priority first. */
  readonly directors: readonly string[];
}

/** A request of a client that proves that the site serves. */
export interface Probe {
  readonly name: string;
  readonly url: string;
  readonly status: number;
  readonly body: string | null;
  readonly host: string | null;
  /** The address it is asked from; null: the one that the routes choose. */
  readonly source: string | null;
}

export interface Script {
  /** The path in `files/` of the playbook. */
  readonly file: string;
  /** The path on the director. */
  readonly path: string;
}

/** An entry of the argument `services` of the task type `ipvs`. */
export interface IpvsService {
  readonly protocol: "tcp" | "udp" | "fwmark";
  readonly address?: string;
  readonly port?: number;
  readonly mark?: number;
  readonly family?: "inet" | "inet6";
  readonly scheduler: string;
  readonly persistence: number | "none";
  readonly mask?: string;
  readonly flags: readonly string[];
  readonly real_servers: readonly { readonly address: string; readonly weight: number }[];
}

export interface Dsr {
  readonly profile: "right" | "article";
  readonly zone: string;
  /** Ports of the services, as `80/tcp`, that this host must open. */
  readonly ports: readonly string[];
  readonly receiver: Receiver;
  readonly modules: readonly string[];
  readonly sysctls: readonly { readonly name: string; readonly value: number }[];
  readonly rich_rules: readonly string[];
  readonly direct_rules: readonly DirectRule[];
  /** Only for firewalld before 0.6. */
  readonly untracked_rules: readonly DirectRule[];
  /** Direct rules of the article's way, which must not be there. */
  readonly obsolete_rules: readonly DirectRule[];
  readonly scripts: readonly Script[];
  /** The argument `config` of the task type `keepalived`; empty: the host is no director. */
  readonly keepalived: Readonly<Record<string, unknown>>;
  readonly ipvs: readonly IpvsService[];
  readonly vips: readonly VipView[];
  readonly reach: readonly Reach[];
  readonly probes: readonly Probe[];
  /** The host's own addresses in the networks of the site. */
  readonly addresses: readonly string[];
}

export const DSR_KEYS = [
  ...(["profile", "zone", "ports", "receiver", "modules", "sysctls", "rich_rules", "direct_rules"] as const),
  ...([
    "untracked_rules",
    "obsolete_rules",
    "scripts",
    "keepalived",
    "ipvs",
    "vips",
    "reach",
    "probes",
    "addresses",
  ] as const),
] satisfies readonly (keyof Dsr)[];
