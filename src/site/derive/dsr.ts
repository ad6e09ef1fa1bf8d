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
  /** The address to connect to; null: that of the URL. */
  readonly connect_to: string | null;
  /** Any TLS certificate is right. */
  readonly insecure: boolean;
  readonly status: number;
  readonly body: string | null;
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

/** What each entry of `dsr` means: docs/site.md has this as a table. */
export const DSR_ENTRIES: Readonly<Record<keyof Dsr, string>> = {
  profile: "`right` or `article`.",
  zone: "firewalld's zone.",
  ports: "Ports of services that the host must open, as `80/tcp`.",
  receiver:
    "Of a real server: the `way` of the description, or null; what each way needs: `rich_rules`, `direct_rules`, for `lo` the `addresses`; the `vips` and `interfaces` of its packets.",
  modules: "Of a director: the kernel modules of IPVS and its schedulers.",
  sysctls: "Names and values of sysctls.",
  rich_rules: "Of a director: rich rules that let in VRRP and the sync daemon of the other directors.",
  direct_rules: "Of a director: direct rules for packets to the VIPs: no connection tracking, firewall marks.",
  untracked_rules: "Of a director with firewalld before 0.6: direct rules that let in what is not tracked.",
  obsolete_rules: "Of a real server: direct rules of the article's way, which must not be there.",
  scripts: "Of a director: the `file` of each script, and the `path` that it gets.",
  keepalived: "Of a director: the argument `config` of the task type `keepalived`.",
  ipvs: "Of a director: the argument `services` of the task type `ipvs`.",
  vips: "Of a director: the VIPs that it may hold: `name`, `address`, `instance`, `directors`.",
  reach:
    "What must accept TCP connections, with `name`, `address`, `port`. Of a director: the real servers. Of a client: the ports of VIPs that no probe asks.",
  probes: "Of a client: requests at the VIPs: `name`, `url`, `connect_to`, `insecure`, `status`, `body`, `source`.",
  addresses: "The host's own addresses in the networks of the site.",
};

export const DSR_KEYS = Object.keys(DSR_ENTRIES);
