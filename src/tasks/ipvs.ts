import { gist } from "../text/shorten.ts";
import { isIP } from "../text/ip.ts";
import { address, integer, z } from "../core/schema.ts";
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Output } from "../core/task-type.ts";
import { differences } from "./parts/ipvs-differences.ts";
import { endpointOf, plainMask, readSyncDaemons, readTable } from "./parts/ipvs-table.ts";
import type { RealServer, SyncDaemon, Table } from "./parts/ipvs-table.ts";
import { flag } from "./parts/flag.ts";

const method = z.enum(["DR", "NAT", "TUN"]);

const realServer = z.strictObject({
  address: address.describe("The real server's address."),
  port: integer(0, 65535).optional().describe("Its port. Left out: the service's; 0 for a firewall mark."),
  method: method.optional().describe("How packets get there. Left out: as the service says."),
  weight: integer(0, 2147483647).default(1).describe("Its weight; 0 gets no new connections. Default: 1."),
});

const service = z
  .strictObject({
    protocol: z.enum(["tcp", "udp", "sctp", "fwmark"]).default("tcp").describe("Default: tcp."),
    address: address.optional().describe("The virtual address; not for a firewall mark."),
    port: integer(0, 65535).optional().describe("The port, 0 for all of them; not for a firewall mark."),
    mark: integer(1, 4294967295).optional().describe("The firewall mark, with `protocol: fwmark`."),
    family: z.enum(["inet", "inet6"]).default("inet").describe("Of a firewall mark. Default: inet."),
    scheduler: z
      .string()
      .regex(/^[a-z]+$/, "expected the name of a scheduler")
      .describe("rr, wrr, lc, wlc, sh, …"),
    persistence: z
      .union([integer(1, 2678400), z.literal("none").transform(() => null)], {
        error: "expected seconds (1 to 2678400) or `none`",
      })
      .default(null)
      .describe("Persistence in seconds. Left out, or `none`: not persistent."),
    mask: z
      .string()
      .refine((text) => isIP(text) === 4 || /^([1-9]|[1-9]\d|1[01]\d|12[0-8])$/.test(text), {
        error: "expected a netmask, or for IPv6 the length of a prefix",
      })
      .optional()
      .describe("Which clients persistence takes for one: a netmask. Left out: each address by itself."),
    flags: z
      .array(z.string().regex(/^[a-z0-9-]+$/, "expected a flag such as `ops` or `sh-port`"))
      .default([])
      .describe("Flags of the scheduler (`sh-port`, `mh-fallback`, …), and `ops` for one-packet scheduling."),
    method: method.default("DR").describe("How packets get to the real servers: DR, NAT or TUN. Default: DR."),
    real_servers: z.array(realServer).default([]).describe("The real servers, all of them."),
  })
  .superRefine(checkService);
type Service = z.output<typeof service>;

const args = z.strictObject({
  services: z
    .array(service)
    .superRefine(checkTwice)
    .describe("The virtual services that must exist, each exactly as described."),
  exclusive: flag.default(false).describe("Whether other services are an error."),
  sync: z
    .strictObject({
      state: z.enum(["any", "master", "backup"]).default("any").describe("Which daemon runs. Default: any."),
      interface: z.string().min(1).describe("The interface it uses."),
      id: integer(0, 255).describe("Its syncid."),
    })
    .optional()
    .describe("The daemon that synchronises connections and persistence between directors. Left out: not looked at."),
});
type Args = z.output<typeof args>;

function checkService(given: Service, ctx: z.RefinementCtx): void {
  const wrong = (key: keyof Service, message: string): void => ctx.addIssue({ code: "custom", path: [key], message });
  const mark = given.protocol === "fwmark";
  for (const key of ["address", "port"] as const) {
    if (mark && given[key] !== undefined) wrong(key, `a firewall mark has no ${key}`);
    if (!mark && given[key] === undefined) ctx.addIssue({ code: "custom", message: `\`${key}\` is missing` });
  }
  if (mark && given.mark === undefined) ctx.addIssue({ code: "custom", message: "`mark` is missing" });
  if (!mark && given.mark !== undefined) wrong("mark", "`mark` wants `protocol: fwmark`");
  if (given.mask !== undefined && given.persistence === null) wrong("mask", "`mask` wants `persistence`");
  given.real_servers.forEach((server, index) => checkServer(given, server, [index], ctx));
}

/** With DR and TUN a packet arrives unchanged: the kernel sets the port to the service's. */
function checkServer(
  given: Service,
  server: Service["real_servers"][number],
  at: number[],
  ctx: z.RefinementCtx,
): void {
  const how = server.method ?? given.method;
  const path = ["real_servers", ...at];
  if (how !== "NAT" && given.port !== undefined && server.port !== undefined && server.port !== given.port) {
    const message = `with ${how} the port is the service's, ${given.port}`;
    ctx.addIssue({ code: "custom", path: [...path, "port"], message });
  }
  if (how !== "TUN" && given.address !== undefined && isIP(server.address) !== isIP(given.address)) {
    ctx.addIssue({
      code: "custom",
      path: [...path, "address"],
      message: "expected an address of the service's family",
    });
  }
}

function checkTwice(services: readonly Service[], ctx: z.RefinementCtx): void {
  const seen = new Set<string>();
  services.forEach((each, index) => {
    const key = keyOf(each);
    if (seen.has(key)) ctx.addIssue({ code: "custom", path: [index], message: `${key} is described twice` });
    seen.add(key);
  });
}

function keyOf({ protocol, address: virtual, port, mark, family }: Service): string {
  if (protocol === "fwmark") return `fwmark ${mark ?? 0}${family === "inet6" ? " inet6" : ""}`;
  return `${protocol} ${endpointOf(virtual ?? "", port ?? 0)}`;
}

function tableOf(services: readonly Service[]): Table {
  return Object.fromEntries(
    services.map((each) => {
      const { scheduler, persistence, flags } = each;
      const mask = plainMask(each.mask);
      return [keyOf(each), { scheduler, persistence, mask, flags: [...flags].sort(), real: realOf(each) }];
    }),
  );
}

function realOf(given: Service): Readonly<Record<string, RealServer>> {
  return Object.fromEntries(
    given.real_servers.map(({ address: own, port, method: how, weight }) => [
      endpointOf(own, port ?? given.port ?? 0),
      { method: how ?? given.method, weight },
    ]),
  );
}

type State = {
  readonly services: Table;
  readonly sync?: readonly Readonly<Record<keyof SyncDaemon, string | number>>[];
};

/** `ipvsadm` would load the module, so it does not run if the module is missing. */
function look(given: Args): Sh {
  return lines([
    sh`need ipvsadm ipvsadm`,
    sh`[ -e /proc/net/ip_vs ] || { echo 'no ip_vs'; exit 0; }`,
    sh`ipvsadm -S -n || exit`,
    ...(given.sync === undefined ? [] : [sh`ipvsadm -L --daemon`]),
  ]);
}

function read(seen: Output, given: Args): State | Blocked {
  if (/^no ip_vs$/m.test(seen.out) || seen.err.includes("Protocol not available")) {
    return new Blocked(
      "the kernel has no IPVS table: `ip_vs` is not loaded",
      "keepalived loads it when it has a `virtual_server` (is it spelt right?) and has started; `modprobe ip_vs` does so at once",
    );
  }
  if (seen.code !== 0) return new Blocked(gist(seen.err).join("; ") || `ipvsadm ended with ${seen.code}`);
  const services = readTable(seen.out);
  return given.sync === undefined
    ? { services }
    : { services, sync: readSyncDaemons(seen.out).map((each) => ({ ...each })) };
}

function syncWrong(given: Args, state: State | undefined): readonly string[] {
  const { sync } = given;
  if (sync === undefined) return [];
  const running = state?.sync ?? [];
  const right = running.some(
    (each) =>
      each.interface === sync.interface && each.id === sync.id && (sync.state === "any" || each.state === sync.state),
  );
  if (right) return [];
  const there = running.map((each) => `${each.state} on ${each.interface} with id ${each.id}`).join(" and ");
  const wanted = `${sync.state === "any" ? "one" : sync.state} on ${sync.interface} with id ${sync.id}`;
  return [there === "" ? `no sync daemon runs, wanted ${wanted}` : `the sync daemon is ${there}, wanted ${wanted}`];
}

function servicesWrong(given: Args, state: State | undefined): readonly string[] {
  return differences(state?.services ?? {}, tableOf(given.services), given.exclusive);
}

/** The desired IPVS table of the kernel. */
export const ipvs = taskType<Args, State>({
  kind: "ipvs",
  summary: "Asserts the kernel's IPVS table: virtual services, schedulers, persistence, real servers, weights.",
  notes: `Looked at: \`ipvsadm -S -n\` (it has no counters in it) and, where \`sync\` is given, \`ipvsadm -L --daemon\`. Nothing
changes; keepalived owns the table. Where \`ip_vs\` is not loaded \`ipvsadm\` is not called, for it would load it.

A service that is described must be there exactly so, with these real servers and no others. \`exclusive\` says that there are no
other services. Each difference is reported. Weight 0 where 1 is wanted means that keepalived's check of that server fails.

An empty table has two usual causes. keepalived 1 drops a block that it does not know (\`virtusl_server\`) without a
word: the VIP is held and every client refused. The ipvsadm service of RHEL empties the table when it stops or restarts;
so does \`ipvsadm -C\`. keepalived does not fill it again until it is restarted itself.

After keepalived has started its checks need a moment: give the task \`until\` or \`retries\`.`,
  examples: [
    `- name: the table is as described
  ipvs:
    services:
      - address: 10.0.0.5
        port: 80
        scheduler: rr
        persistence: 50
        real_servers:
          - { address: 10.0.0.3 }
          - { address: 10.0.0.4 }
    exclusive: true
    sync: { interface: eth0, id: 51 }`,
    `- name: by firewall mark, through tunnels
  ipvs:
    services:
      - protocol: fwmark
        mark: 7
        scheduler: sh
        flags: [sh-port, sh-fallback]
        persistence: 300
        mask: 255.255.255.0
        method: TUN
        real_servers: [{ address: 10.0.0.4, weight: 3 }]`,
  ],
  args,
  label: ({ services }) => {
    const [first] = services;
    return services.length === 1 && first !== undefined ? keyOf(first) : `${services.length} virtual services`;
  },
  look,
  // keepalived's checks of the web nodes fill the table.
  affectedByOtherHosts: () => true,
  read,
  want: (given) => ({ services: tableOf(given.services) }),
  diff: (before, after, given) => {
    const keys = [
      ...(servicesWrong(given, before).length > 0 ? (["services"] as const) : []),
      ...(syncWrong(given, before).length > 0 ? (["sync"] as const) : []),
    ];
    return keys.length === 0 ? undefined : { before, after, keys };
  },
  explainFailure: ({ before }, given) => shortened([...servicesWrong(given, before), ...syncWrong(given, before)]),
});

function shortened(all: readonly string[]): string {
  const most = 4;
  const rest = all.length > most ? [`and ${all.length - most} more`] : [];
  return [...all.slice(0, most), ...rest].join("; ");
}
