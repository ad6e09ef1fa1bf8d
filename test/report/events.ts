/** Runs as reporters hear of them. */
import type { ConnectionStep } from "../../src/core/connection.ts";
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";
import type { ReportOptions, Reporter } from "../../src/report/reporter.ts";

export function task(host: string, name: string, more: Partial<TaskEvent> = {}): TaskEvent {
  const base = { type: "task", host, play: "Directors forward", id: "0.0", name, kind: "file", label: "" } as const;
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

const SSH2 = "no option, key or known host needs OpenSSH";
const AUTHORITY = "a @cert-authority stands for the host (/root/.ssh/known_hosts:3)";
const KEY = "/root/.ssh/id_ed25519";
const PRINT = "SHA256:6wLqM0Jv2n3C6mYb5Qv8Z1s0n5mQ4xq1k2l3m4n5o6p";

const AGREED: readonly ConnectionStep[] = [
  { step: "banner", said: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", ms: 6.1 },
  { step: "key-exchange", kex: "curve25519-sha256", cipher: "aes128-gcm@openssh.com", ms: 9.8 },
  { step: "host-key", type: "ssh-ed25519", fingerprint: PRINT, result: "known" },
];
const LOGIN: readonly ConnectionStep[] = [
  {
    ...{ step: "auth", method: "publickey", result: "accepted", ms: 12.3 },
    key: { type: "ssh-ed25519", fingerprint: PRINT, path: KEY },
  },
  { step: "login", user: "root", ms: 14.8 },
];
const SHELL: readonly ConnectionStep[] = [
  { step: "shell", user: "www-data", ms: 1.2 },
  { step: "first-batch", ms: 30.2 },
];

const REACHED: readonly ConnectionStep[] = [
  {
    ...{ step: "settings", address: "lb1.example.com", port: 22, user: "root" },
    from: [
      { name: "ansible_host", place: "inventories/prod/hosts.yml:4:21" },
      { name: "HostName", place: "/root/.ssh/config:3:12" },
    ],
  },
  { step: "wait", ms: 18.3 },
  { step: "resolve", name: "lb1.example.com", addresses: ["2001:db8::1", "192.0.2.1"], ms: 3 },
  { step: "connect", to: "[2001:db8::1]:22", result: "failed", why: "ENETUNREACH", ms: 0.2 },
  { step: "connect", to: "192.0.2.1:22", result: "connected", ms: 1.4 },
  ...AGREED,
  { step: "message", said: "Only for friends\u001b[31m \u202egnp.exe" },
  ...LOGIN,
  { step: "shell", ms: 0.4 },
  { step: "first-batch", ms: 22.9 },
];

const JUMPED: readonly ConnectionStep[] = [
  { step: "settings", address: "10.0.0.2", port: 22, user: "root", from: [] },
  { step: "connect", via: "bastion", to: "198.51.100.7:22", result: "connected", ms: 12.1 },
  ...AGREED.map((step) => ({ ...step, via: "bastion" })),
  ...LOGIN.map((step) => ({ ...step, via: "bastion" })),
  { step: "jump", via: "bastion", openedFor: "lb1", ms: 61.9 },
  { step: "forward", via: "bastion", to: "10.0.0.2:22", ms: 2.3 },
  ...AGREED,
  ...LOGIN,
];

const REFUSED: readonly ConnectionStep[] = [
  { step: "settings", address: "192.0.2.11", port: 22, user: "root", from: [] },
  { step: "proxy", command: "ncat --proxy proxy.example.com:3128 --proxy-auth •••• 192.0.2.11 22" },
  { step: "failed", stage: "proxy", why: "the proxy command ended before the host answered: code 1", ms: 11.2 },
  { step: "retry", ms: 402.6 },
  ...AGREED,
  {
    ...{ step: "auth", method: "publickey", result: "refused", ms: 12.3 },
    key: { type: "ssh-rsa", fingerprint: PRINT, comment: "joe@laptop" },
  },
  { step: "auth", method: "password", result: "refused", ms: 2012.3 },
  { step: "failed", stage: "auth", why: `the host refused user \`root\` (tried: key ${KEY})`, ms: 1291.7 },
];

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
  connections: [
    { type: "run-start", playbook: "site.yml", inventory: "prod", check: false, hosts: ["lb1", "lb2", "web1"] },
    { type: "play-start", play: "Directors forward", hosts: ["lb1", "lb2", "web1"], tasks: 1 },
    { type: "host-connecting", host: "lb1" },
    { type: "host-connected", host: "lb1", ms: 84 },
    { type: "connection", host: "lb1", result: "reached", by: "ssh2", why: SSH2, ms: 84.2, steps: REACHED },
    task("lb1", "keepalived is configured", { kind: "keepalived", status: "changed" }),
    { type: "connection", host: "lb1", result: "shell", by: "ssh2", why: SSH2, ms: 31.4, steps: SHELL },
    { type: "connection", host: "lb2", result: "reached", by: "openssh", why: AUTHORITY, ms: 212.7, steps: JUMPED },
    { type: "connection", host: "web1", result: "failed", by: "ssh2", why: SSH2, ms: 1712, steps: REFUSED },
    {
      ...{ type: "host-lost", host: "web1", state: "unreachable", stage: "auth", code: "unreachable-auth" },
      ...{ why: `the host refused user \`root\` (tried: key ${KEY})`, hint: "is the user right (`ansible_user`)?" },
    },
    ...end([counts("lb1", { ok: 1, changed: 1 }), counts("lb2"), counts("web1", { unreachable: 1 })]),
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
