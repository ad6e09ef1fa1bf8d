/**
 * The description of a site: the variable `site` of the inventory, and the variable `site_host` of a host. The schemas
 * validate, and become the JSON Schema and docs/site.md. What keys mean together is checked in `check/`.
 */
import { address, integer, port, secret, text, z } from "../../core/schema.ts";
import { checks } from "./schema-checks.ts";
import {
  byHost,
  hostName,
  hosts,
  interfaceName,
  listOf,
  name,
  named,
  seconds,
  someIn,
  subnet,
  word,
  words,
} from "./schema-parts.ts";

export const network = z.strictObject({
  interface: interfaceName
    .optional()
    .describe(
      "The interface of the hosts in this network, VLAN interfaces included (`eth0.100`). `site_host.interfaces` names another one for one host.",
    ),
  subnets: someIn(subnet).describe("The subnets of the network, IPv4 and IPv6."),
});

const trackedScript = z.strictObject({
  file: words.describe("The script: a path in `files/` of the playbook. It is copied to the directors."),
  interval: integer(1, 3600).default(5).describe("Seconds between two runs. Default: 5."),
  timeout: integer(1, 3600).optional().describe("Seconds after which a run counts as failed."),
  weight: integer(-253, 253).optional().describe("Added to the priority. Left out: a failure is a fault."),
  rise: integer(1, 1000).default(1).describe("Successful runs until it counts as good. Default: 1."),
  fall: integer(1, 1000).default(1).describe("Failed runs until it counts as failed. Default: 1."),
});

const file = z.strictObject({
  file: words.describe("The script: a path in `files/` of the playbook. It is copied to the directors."),
});

export const instance = z.strictObject({
  virtual_router_id: integer(1, 255).describe("The virtual router id: once in a network."),
  vips: named(address, "VIP").describe("The VIPs that the instance holds: a name for each, and the address."),
  directors: hosts.default("directors").describe("The directors: a host pattern. Default: the group `directors`."),
  network: name.optional().describe("The network of the advertisements. Left out: the network of the first VIP."),
  priorities: byHost(integer(1, 254), "priority")
    .optional()
    .describe("The priority of each director. Left out: the first director of the pattern has the highest."),
  preempt: z
    .boolean()
    .default(false)
    .describe("Whether a director with a higher priority becomes master again when it returns. Default: false."),
  preempt_delay: integer(0, 1000).optional().describe("With `preempt`: seconds it waits before it does."),
  advert_interval: seconds
    .default(1)
    .describe("Seconds between advertisements; fractions need VRRP version 3. Default: 1."),
  version: z
    .union([z.literal(2), z.literal(3)], { error: "expected 2 or 3" })
    .optional()
    .describe("The VRRP version. Left out: 3 for IPv6 and for a fractional interval, otherwise 2."),
  password: secret
    .optional()
    .describe("Authentication of VRRP version 2, 8 bytes, in clear on the wire. Only for old peers."),
  sync_group: name.optional().describe("Instances with the same group change their state together."),
  track_interfaces: listOf(interfaceName).default([]).describe("Interfaces that must be up."),
  track_scripts: listOf(name).default([]).describe("Names of `track_scripts` that must succeed."),
  notify: name.optional().describe("A name of `notify_scripts`: called when the state changes."),
});

const common = {
  connect_timeout: integer(1, 60).optional().describe("Seconds to wait for an answer. Default: 2."),
  retry: integer(1, 100)
    .optional()
    .describe("How many more times it is tried before the server counts as failed. Default: 2."),
  delay_before_retry: integer(0, 3600).optional().describe("Seconds between these. Default: 1."),
  port: port.optional().describe("The port that is asked. Left out: the real server's."),
};

const web = {
  path: z
    .string({ error: "expected a path that begins with `/`" })
    .regex(/^\/\S*$/, "expected a path that begins with `/`")
    .default("/")
    .describe("The path of the URL. Default: `/`."),
  status: integer(100, 599).default(200).describe("The expected status. Default: 200."),
  host: word.optional().describe("The virtual host: the header `Host`, for HTTPS also the name of SNI."),
  body: text
    .optional()
    .describe("A text that every page contains. Probes and drills look for it; keepalived does not."),
};

export const check = z
  .strictObject({
    http: z
      .strictObject({ ...common, ...web })
      .optional()
      .describe("HTTP."),
    https: z
      .strictObject({
        ...{ ...common, ...web },
        verify: z
          .boolean()
          .optional()
          .describe(
            "Whether probes and drills verify the certificate; keepalived does not. Left out: if `host` is given.",
          ),
      })
      .optional()
      .describe("HTTPS."),
    tcp: z.strictObject(common).optional().describe("The port accepts connections."),
    udp: z.strictObject(common).optional().describe("The port is not refused (keepalived 2.2.4 and later)."),
    dns: z
      .strictObject({
        ...common,
        name: word.default(".").describe("The name that is asked for. Default: `.`."),
        type: z.enum(["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "SRV"]).default("SOA").describe("Default: SOA."),
      })
      .optional()
      .describe("DNS over UDP answers (keepalived 2.0 and later)."),
    misc: z
      .strictObject({
        script: name.describe("A name of `check_scripts`. It gets the real server's address and port."),
        timeout: integer(1, 3600).default(5).describe("Seconds. Default: 5."),
      })
      .optional()
      .describe("The exit code of a script decides."),
  })
  .superRefine(checks.oneCheck);

const persistence = z.union(
  [
    integer(1, 2678400).transform((timeout) => ({ timeout })),
    z.strictObject({
      timeout: integer(1, 2678400).describe("Seconds."),
      mask: integer(1, 32).optional().describe("IPv4: clients with these leading bits in common count as one."),
      mask6: integer(1, 128).optional().describe("IPv6: the same."),
      across_ports: z.boolean().optional().describe("A client gets the same real server on all ports; needs `fwmark`."),
    }),
  ],
  { error: "expected seconds from 1 to 2678400; leave it out for none" },
);

const fwmark = z.union(
  [
    integer(1, 2147483647).transform((mark) => ({ ipv4: mark, ipv6: mark })),
    z.strictObject({
      ipv4: integer(1, 2147483647).optional().describe("The mark of IPv4 packets."),
      ipv6: integer(1, 2147483647).optional().describe("The mark of IPv6 packets."),
    }),
  ],
  { error: "expected a firewall mark from 1 to 2147483647" },
);

/** Why the other methods of IPVS are not supported. */
const METHODS = new Map([
  [
    "NAT",
    "method NAT is not supported: it sends all answers through the directors, and dsrctl builds direct server return",
  ],
  ["TUN", "method TUN is not supported: real servers need a tunnel device for each VIP, and dsrctl builds none"],
]);

const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq"] as const;

export const service = z
  .strictObject({
    vips: someIn(name).describe("Names of VIPs."),
    protocol: z.enum(["tcp", "udp"]).default("tcp").describe("Default: tcp."),
    port: port.optional().describe("The port; the real servers have the same."),
    ports: someIn(port).optional().describe("Several ports."),
    real_servers: hosts
      .default("webservers")
      .describe("The real servers: a host pattern. Default: the group `webservers`."),
    weights: byHost(integer(0, 65535), "weight").default({}).describe("Weights for this service, by host."),
    scheduler: z.enum(SCHEDULERS).default("rr").describe("The scheduler. Default: rr."),
    flags: listOf(z.enum(["sh-port", "sh-fallback", "mh-port", "mh-fallback", "ops"]))
      .default([])
      .describe("Flags of the scheduler; `ops` forwards each UDP packet for itself."),
    persistence: persistence.optional().describe("Seconds for which a client keeps its real server, or more about it."),
    fwmark: fwmark
      .optional()
      .describe("Packets for all ports get this mark on the directors, and IPVS forwards by the mark."),
    check: check.optional().describe("The health check. Left out: `tcp`; for UDP it must be given."),
    interval: integer(1, 3600).default(2).describe("Seconds between health checks. Default: 2."),
    sorry_server: hostName.optional().describe("The host that serves when no real server does. It receives like one."),
    inhibit: z
      .boolean()
      .default(true)
      .describe("A failed real server gets weight 0 and keeps its connections. Default: true."),
    alpha: z.boolean().default(false).describe("A real server counts as failed until its first check. Default: false."),
    quorum: integer(1, 65535).optional().describe("The weight of all healthy real servers that the service needs."),
    hysteresis: integer(0, 65535).optional().describe("How much more or less is needed to gain or lose the quorum."),
    thresholds: z
      .strictObject({
        upper: integer(1, 2147483647).describe("A real server with so many connections gets no more."),
        lower: integer(1, 2147483647).optional().describe("It gets some again below this number."),
      })
      .optional()
      .describe("Limits of connections to one real server."),
    method: z
      .enum(["DR"], { error: ({ input }) => METHODS.get(String(input)) })
      .default("DR")
      .describe("Direct server return; nothing else is supported."),
  })
  .superRefine(checks.ports);

const notifications = z.strictObject({
  to: someIn(words).describe("Who gets mail when a state changes."),
  from: words.describe("The sender."),
  smtp_server: address.default("127.0.0.1").describe("An address; a name would be resolved while keepalived starts."),
  timeout: integer(1, 300).default(5).describe("Seconds to wait for the mail server. Default: 5."),
});

const article = z.strictObject({
  password: secret.optional().describe("Authentication of VRRP."),
  sorry_server: address.optional().describe("The address of a server for when all real servers are down."),
});

const syncDaemon = z.strictObject({
  network: name.optional().describe("The network of the sync daemon. Left out: that of the first instance."),
  id: integer(0, 255).optional().describe("Its syncid. Left out: the lowest virtual router id."),
});

function someOf<T extends z.ZodType>(schema: T, what: string) {
  return named(schema, what).refine((all) => Object.keys(all).length > 0, { error: `the site has no ${what}` });
}

export const site = z.strictObject({
  profile: z
    .enum(["right", "article"])
    .default("right")
    .describe("`article`: the way of the 2017 article, with advice."),
  article: article.optional().describe("What only the article's way has."),
  zone: word.default("internal").describe("firewalld's zone of all hosts. Default: internal."),
  networks: someOf(network, "network").describe("The networks, by a name that you choose."),
  vrrp_instances: someOf(instance, "VRRP instance").describe("The VRRP instances, by their name in keepalived.conf."),
  services: someOf(service, "service").describe("The services, by a name that you choose."),
  receivers: z
    .enum(["rich", "direct", "lo"])
    .optional()
    .describe(
      "How real servers receive packets for a VIP: by a rich rule, by a direct rule, or with the VIP on `lo`. Left out: a rich rule; on RHEL 7 a direct rule.",
    ),
  clients: hosts
    .optional()
    .describe("Hosts that ask at the VIPs, neither director nor real server. Left out: the group `clients`."),
  notifications: notifications.optional().describe("Mail of keepalived. Left out: none."),
  sync_daemon: z
    .union([z.literal(false), syncDaemon], { error: "expected `false`, or a map with `network` and `id`" })
    .default({})
    .describe("The sync daemon, which copies connections to the other directors. `false`: none."),
  track_scripts: named(trackedScript, "script")
    .default({})
    .describe("Scripts that decide on the state of an instance."),
  notify_scripts: named(file, "script").default({}).describe("Scripts that are called when a state changes."),
  check_scripts: named(file, "script").default({}).describe("Scripts that check a real server."),
});

export const siteHost = z.strictObject({
  addresses: someIn(address)
    .optional()
    .describe("The host's own addresses in the networks of the site. Left out: `ansible_host`."),
  interfaces: z
    .record(name, interfaceName)
    .default({})
    .describe("The host's interface in a network, where it differs."),
  weight: integer(0, 65535).default(1).describe("The weight as a real server. Default: 1."),
  state: z
    .enum(["in_service", "drained"])
    .default("in_service")
    .describe("`drained`: the weight is 0, and the host gets no new clients. Default: in_service."),
  receiver: z.enum(["rich", "direct", "lo"]).optional().describe("As `receivers` of the site, for this host."),
  sources: listOf(address).default([]).describe("Of a client: addresses from which it asks."),
  router_id: words.optional().describe("Of a director: its name in mails. Left out: the name in the inventory."),
});

export type SiteData = z.output<typeof site>;
export type SiteHostData = z.output<typeof siteHost>;
export type InstanceData = z.output<typeof instance>;
export type ServiceData = z.output<typeof service>;
export type CheckData = z.output<typeof check>;
