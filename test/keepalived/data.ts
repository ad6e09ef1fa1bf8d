/** Data for configurations, from the table of keywords: by rule (one of everything), and at random. */
import fc from "fast-check";
import { keywordsIn } from "../../src/keepalived/keywords.ts";
import type { Keyword, Range } from "../../src/keepalived/keywords.ts";

/** Values that are right, for keywords that take no number and no free text. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  state: "BACKUP",
  interface: "eth0",
  vrf: "eth0",
  auth_type: "PASS",
  lb_algo: "rr",
  lvs_sched: "wlc",
  lb_kind: "DR",
  lvs_method: "TUN type gue port 6080",
  sorry_server_lvs_method: "TUN",
  sorry_server: "10.0.0.254 80",
  protocol: "TCP",
  ip_family: "inet",
  param_match: "initial",
  http_protocol: "1.1",
  type: "AAAA",
  persistence_granularity: "255.255.255.0",
  lvs_sync_daemon: "eth0 id 51 ttl 2",
  lvs_timeouts: "tcp 900 udp 30",
  status_code: [200, "300-399"],
  digest: "9b3a0c85a887a256d6939da88aabd8cd",
  unicast_peer: ["10.0.0.2 min_ttl 255 max_ttl 255"],
  virtual_ipaddress: ["10.0.0.5/32 dev eth0", "10.0.0.6/32 dev eth0 label eth0:1"],
  virtual_ipaddress_excluded: ["10.0.0.7/32 dev eth0"],
  static_ipaddress: ["10.0.0.9/32 dev eth0 scope global"],
  static_routes: ["192.168.2.0/24 via 10.0.0.2 dev eth0"],
  virtual_routes: ["192.168.3.0/24 via 10.0.0.2 dev eth0"],
  static_rules: ["from 192.168.2.0/24 table 1 preference 100"],
  virtual_rules: ["from 192.168.3.0/24 table 1 preference 101"],
  virtual_server_group: { web: ["10.0.0.5 80", "10.0.0.6-8 80", "fwmark 7"] },
  linkbeat_interfaces: ["eth0"],
  interface_up_down_delays: ["eth0 0.5 1"],
  interfaces: ["eth1"],
  track_interface: ["eth1 weight 5"],
  notification_email: ["alert@example.com"],
  vrrp_mcast_group4: "224.0.0.19",
  vrrp_mcast_group6: "ff02::13",
  mcast_dst_ip: "224.0.0.19",
  unicast_src_ip: "10.0.0.1",
  mcast_src_ip: "10.0.0.1",
  smtp_server: "127.0.0.1 25",
  vrrp_rx_bufs_policy: "ADVERT",
  umask: "0022",
  nftables: "filter",
  persistence_engine: "sip",
  payload: "Ab12f",
  require_reply: "Ab12f",
  regex_options: "caseless dotall",
  regex_stack: "1 2",
  use_ipvlan: "10.0.0.21",
  use_vmac: "vrrp.51",
  include_check: true,
  dynamic_interfaces: "allow_if_changes",
  lvs_flush_on_stop: "VS",
  lvs_flush_onstop: "VS",
  old_unicast_checksum: "never",
  child_wait_time: 5,
  vrrp_iptables: ["in", "out"],
  script: "/usr/bin/true 'a b'",
  script_user: "root",
  user: "root root",
  vrrp_cpu_affinity: [0],
  checker_cpu_affinity: [0],
  bfd_cpu_affinity: [0],
  vrrp_garp_extra_if: "all 100",
  garp_extra_if: "all 100",
  process: ["/usr/sbin/nginx", "-g", "daemon on"],
  regex: "a\\\\d+ [b#]",
  path: "/health?a=b c#d",
};

/** A value that is right; what has no example gets a number or a word by its shape. */
export function exampleOf(keyword: Keyword): unknown {
  if (keyword.range !== undefined) return inRange(keyword.range);
  const given = EXAMPLES[keyword.keyword];
  if (given !== undefined) return given;
  if (/^(?:flag|switch|bool)$/.test(keyword.shape)) return true;
  if (/_(?:ip|group4)$|^(?:connect_ip|bindto|source_ip)$/.test(keyword.keyword)) return "10.0.0.1";
  if (/priority|rttime|rtime|bufs|offset|delay$|timeout/.test(keyword.keyword)) return 10;
  return keyword.shape.startsWith("command") ? "/usr/bin/true" : "/tmp/x.1";
}

function inRange({ min, max }: Range): number {
  return Math.min(Math.max(min, 1), max);
}

/** Keywords as paths of keywords. */
export function pathsOf(
  wanted: (keyword: Keyword) => boolean,
  block: readonly string[] = [],
): readonly (readonly string[])[] {
  return [...keywordsIn(block).values()].flatMap((keyword) => {
    const path = [...block, keyword.keyword];
    return [...(wanted(keyword) ? [path] : []), ...pathsOf(wanted, path)];
  });
}

const nasty = fc.oneof(
  fc.constantFrom(
    "#",
    "!",
    "{",
    "}",
    "a b",
    "@x",
    "$A=1",
    "~SEQ(a,1,2)",
    "include",
    "a#b",
    "bä東",
    "\\",
    "'",
    ";",
    "a\\",
  ),
  fc.constantFrom('"', 'a"b', '"a b"', '"a" "b"', '""', "a\nb", "\u0001", "", " ", '"'),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);

const scalar = fc.oneof(nasty, fc.integer(), fc.double({ noNaN: true }), fc.boolean());

/** Mostly what the keyword takes, sometimes anything. */
function valueFor(keyword: Keyword): fc.Arbitrary<unknown> {
  const odd = fc.oneof(nasty, scalar, fc.array(scalar, { maxLength: 3 }), fc.constant(null));
  const usual = fc.constant(exampleOf(keyword));
  switch (keyword.shape) {
    case "flag":
    case "switch":
    case "bool":
      return fc.oneof({ weight: 9, arbitrary: fc.boolean() }, odd);
    case "lines":
      return fc.oneof(usual, fc.array(fc.oneof(nasty, fc.array(nasty)), { minLength: 1, maxLength: 2 }));
    default:
      return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 4, arbitrary: nasty }, odd);
  }
}

const NAMES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  virtual_server: fc.constantFrom("10.0.0.5 80", "2001:db8::5 443", "fwmark 7", "group web", "10.0.0.6"),
  real_server: fc.constantFrom("10.0.0.3 80", "2001:db8::3 443", "10.0.0.4"),
};

function blockFor(block: readonly string[], depth: number): fc.Arbitrary<Record<string, unknown>> {
  const keywords = [...keywordsIn(block).values()].filter((each) => each.shape !== "block" || depth > 0);
  // What is left to the parser has no reading back.
  const usable = keywords.filter(({ keyword }) => !keyword.startsWith("include"));
  const chosen = fc.subarray(usable, { maxLength: Math.min(5, usable.length) });
  return chosen.chain((list) =>
    fc.record(Object.fromEntries(list.map((each) => [each.keyword, of(each, block, depth)]))),
  );
}

function of(keyword: Keyword, block: readonly string[], depth: number): fc.Arbitrary<unknown> {
  const inner = (): fc.Arbitrary<unknown> =>
    keyword.shape === "block" ? blockFor([...block, keyword.keyword], depth - 1) : valueFor(keyword);
  if (keyword.named && keyword.shape === "block") {
    const name = fc.oneof(
      { weight: 6, arbitrary: NAMES[keyword.keyword] ?? fc.constantFrom("VI_1", "a", "b.1") },
      nasty,
    );
    const byName = fc.dictionary(name, inner(), { maxKeys: 2 });
    return fc.oneof(
      byName,
      fc.array(fc.tuple(name, blockFor([...block, keyword.keyword], depth - 1)).map(withName), { maxLength: 2 }),
    );
  }
  return keyword.several ? fc.oneof(inner(), fc.array(inner(), { maxLength: 2 })) : inner();
}

function withName([name, body]: readonly [string, Record<string, unknown>]): Record<string, unknown> {
  return { name, ...body };
}

/** Data of any configuration, right and wrong. */
export const anyData: fc.Arbitrary<Record<string, unknown>> = blockFor([], 3);
