/** Runs as reporters hear of them. */
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";
import type { ReportOptions, Reporter } from "../../src/report/reporter.ts";

export function task(host: string, name: string, more: Partial<TaskEvent> = {}): TaskEvent {
  const base = { type: "task", host, play: "Directors forward", name, kind: "file", label: "" } as const;
  return { ...base, status: "ok", handler: false, ...more };
}

export function start(hosts: readonly string[], check = false): readonly Event[] {
  return [
    { type: "run-start", playbook: "playbooks/site.yml", inventory: "prod", check, hosts },
    { type: "play-start", play: "Directors forward", hosts, tasks: 1 },
    ...hosts.map((host): Event => ({ type: "host-connecting", host })),
    ...hosts.map((host): Event => ({ type: "host-connected", host, ms: 12 })),
  ];
}

export function counts(host: string, more: Partial<Recap> = {}): Recap {
  const none = { ok: 0, changed: 0, failed: 0, unreachable: 0, unknown: 0, skipped: 0, ignored: 0, notRun: 0 };
  return { host, ...none, willChange: 0, depends: 0, cost: undefined, ...more };
}

export function end(recap: readonly Recap[], interrupted = false): readonly Event[] {
  return [
    { type: "play-end", play: "Directors forward" },
    { type: "run-end", recap, seconds: 4.2049, interrupted },
  ];
}

const OLD_CONF = "global_defs {\n  router_id lb1\n}\nvrrp_instance VI_1 {\n\tstate MASTER\n\tpriority 100\n}\n";
const COST = { connections: 1, execs: 1, roundTrips: 2, sent: 8397, received: 670 };
const RICH =
  "rule family=ipv4 source address=10.0.0.0/24 destination address=10.0.0.5/32 port port=80 protocol=tcp log prefix=vip level=info limit value=3/m accept";

const WRITTEN = {
  name: "keepalived is configured",
  kind: "keepalived",
  label: "/etc/keepalived/keepalived.conf",
  delta: {
    before: { kind: "file", sha256: "a", mode: "0600" },
    after: { kind: "file", sha256: "b", mode: "0644" },
    keys: ["sha256", "mode"],
  },
  text: {
    path: "/etc/keepalived/keepalived.conf",
    before: OLD_CONF,
    after: OLD_CONF.replace("MASTER", "BACKUP").replace("100\n}\n", "101\n}"),
  },
} as const;

const RULES = {
  name: `firewalld: ${RICH} in zone internal`,
  kind: "firewalld",
  label: `${RICH} in zone internal`,
  delta: {
    before: { permanent: ["a", "b"], runtime: true },
    after: { permanent: ["b", "c"], runtime: false },
    keys: ["permanent", "runtime"],
  },
} as const;

const web = (host: string, status: TaskEvent["status"], more: Partial<TaskEvent>): TaskEvent =>
  task(host, "the zone is internal", { kind: "firewalld", label: "zone internal on eth0", status, ...more });

/** Each a run with what is worth looking at. */
export const RUNS = {
  dry: [
    ...start(["lb1", "lb2", "web-paris-01"], true),
    task("lb1", WRITTEN.name, { ...WRITTEN, status: "will-change" }),
    task("lb1", "service: keepalived", {
      ...{ kind: "service", label: "keepalived", status: "depends" },
      why: "there is no unit keepalived.service",
      waitsFor: { host: "lb1", name: "package: keepalived, ipvsadm" },
    }),
    task("lb2", "the VIP is on exactly one director", {
      ...{ kind: "vip", label: "10.0.0.5", status: "depends" },
      why: "nobody holds 10.0.0.5",
      waitsFor: { host: "lb1", name: "keepalived is configured" },
    }),
    task("web-paris-01", RULES.name, { ...RULES, status: "will-change" }),
    task("web-paris-01", "file: /etc/motd", {
      ...{ label: "/etc/motd", status: "will-change", delta: { before: { kind: "file" }, after: undefined, keys: [] } },
      text: { path: "/etc/motd", before: "hello\n", after: undefined },
    }),
    ...end([
      counts("lb1", { ok: 3, willChange: 1, depends: 1 }),
      counts("lb2", { ok: 12, depends: 1 }),
      counts("web-paris-01", { ok: 9, willChange: 2, skipped: 1 }),
    ]),
  ],
  changed: [
    ...start(["lb1", "lb2"]),
    task("lb1", "package: keepalived", { kind: "package", label: "keepalived" }),
    task("lb1", WRITTEN.name, { ...WRITTEN, status: "changed", out: "one\ttwo\n", err: "" }),
    task("lb1", "reload keepalived", { kind: "service", label: "keepalived", status: "changed", handler: true }),
    task("lb2", "not here", { kind: "command", status: "skipped", why: "when: inventory_hostname == 'lb1'" }),
    task("lb2", "who serves", { kind: "debug", label: "web1: 12\nweb2: 14" }),
    task("lb2", "run it", {
      ...{ kind: "command", label: "/usr/local/bin/it", status: "changed", out: "done\n", err: "warned\n" },
      delta: { before: { due: true }, after: { due: false }, keys: ["due"] },
    }),
    ...end([counts("lb1", { ok: 3, changed: 2, cost: COST }), counts("lb2", { ok: 2, changed: 1, skipped: 1 })]),
  ],
  failed: [
    ...start(["web1", "web2", "web3", "db1"]),
    ...["web1", "web2", "web3"].map((host) =>
      web(host, "failed", {
        why: "ended with code 112: Error: INVALID_ZONE: internl",
        hint: "`firewall-cmd --get-zones` shows what there is",
        err: "Error: INVALID_ZONE: internl\n",
      }),
    ),
    task("web1", "try it", { kind: "command", label: "/bin/false", status: "ignored", why: "ended with code 1" }),
    {
      ...{ type: "host-lost", host: "db1", state: "unreachable", stage: "tcp", code: "unreachable-tcp" },
      ...{ why: "10.0.0.9:22 refused the connection", hint: "does sshd run there?" },
    },
    ...end([
      ...["web1", "web2", "web3"].map((host) => counts(host, { ok: 2, failed: 1, ignored: host === "web1" ? 1 : 0 })),
      counts("db1", { unreachable: 1 }),
    ]),
  ],
  unknown: [
    ...start(["lb1", "lb2"]),
    task("lb1", "run the migration", {
      ...{ kind: "command", label: "/usr/local/bin/migrate", status: "unknown" },
      why: "connection lost while the step ran; dsrctl cannot know whether it was applied",
    }),
    {
      type: "host-lost",
      host: "lb2",
      state: "unknown",
      stage: "connection",
      code: "connection-lost",
      why: "keepalive: no answer for 15 s",
    },
    ...end([counts("lb1", { ok: 1, unknown: 1 }), counts("lb2", { ok: 4, unknown: 1 })]),
  ],
  interrupted: [
    ...start(["lb1", "lb2", "web1"]),
    task("lb1", "keepalived is configured", { kind: "keepalived", status: "changed" }),
    task("lb2", "keepalived is configured", { kind: "keepalived", status: "changed" }),
    task("lb2", "keepalived runs", { kind: "service", status: "not-run" }),
    ...end(
      [counts("lb1", { ok: 1, changed: 1 }), counts("lb2", { ok: 1, changed: 1, notRun: 1 }), counts("web1")],
      true,
    ),
  ],
} satisfies Record<string, readonly Event[]>;

const FIRST_RUN = [
  ...[
    "chrony runs",
    "nginx is there",
    "nginx is configured",
    "nginx runs",
    "the zone is internal",
    "ssh is open in the zone",
  ],
  ...["http is open in the zone", "arp_ignore is 1", "arp_announce is 2", "the VIP is on lo", "the VIP answers nobody"],
  ...["the page is there", "reload nginx"],
] as const;

/** `web001` to `web100`. */
export function webNodes(count: number): readonly string[] {
  const digits = String(count).length;
  return Array.from({ length: count }, (_, index) => `web${String(index + 1).padStart(digits, "0")}`);
}

/** The first run of as many web nodes: each changes everything, but for a few; they are not equally fast. */
export function firstRun(count: number): readonly Event[] {
  const hosts = webNodes(count);
  const progress = hosts.map(() => 0);
  const events: Event[] = [...start(hosts)];
  for (let turn = 0; progress.some((done) => done < FIRST_RUN.length); turn++) {
    for (const [index, host] of hosts.entries()) {
      const done = progress[index]!;
      if (done >= FIRST_RUN.length || (turn * 7 + index * 3) % 5 > 2) continue;
      events.push(...stepOf(host, index, done));
      progress[index] = index === 41 && done === 3 ? FIRST_RUN.length : done + 1;
    }
  }
  return [...events, ...end(hosts.map((host, index) => counts(host, firstCounts(index))))];
}

function stepOf(host: string, index: number, done: number): readonly Event[] {
  const name = FIRST_RUN[done]!;
  const total = FIRST_RUN.length;
  const more =
    index === 41 && done === 3 ? ({ status: "failed", why: "nginx.service did not start" } as const) : undefined;
  const status = index % 30 === 6 && done === 1 ? "ok" : "changed";
  return [
    { type: "host-progress", host, doing: name, done, total },
    task(host, name, { status, ...more, handler: done === total - 1 }),
  ];
}

function firstCounts(index: number): Partial<Recap> {
  if (index === 41) return { ok: 3, changed: 3, failed: 1 };
  return { ok: 13, changed: index % 30 === 6 ? 12 : 13 };
}

/** What a reporter writes, write by write. */
export function recorder(options: Partial<ReportOptions> = {}): {
  readonly options: ReportOptions;
  readonly writes: string[];
} {
  const writes: string[] = [];
  const size = () => ({ columns: 100, rows: 30 });
  const base = { write: (text: string) => void writes.push(text), color: false, diff: false, verbosity: 0, size };
  return { options: { ...base, ...options }, writes };
}

export function tellAll(reporter: Reporter, events: readonly Event[]): void {
  for (const event of events) reporter.tell(event);
}
