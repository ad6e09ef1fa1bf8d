/** Each rule of our own beside what the real keepalived says of the same data, and the nearest that is right. */
import { describe, expect, it, vi } from "vitest";
import { build } from "../../src/keepalived/build.ts";
import { configOf } from "../../src/keepalived/config.ts";
import { print } from "../../src/keepalived/print.ts";
import { ask, installed, missing } from "./oracle.ts";

vi.setConfig({ testTimeout: 60_000 });

type Data = Readonly<Record<string, unknown>>;

/** `theirs`: left out where the installed release says nothing (a newer one may), and the fault shows when it runs. */
interface Fault {
  readonly name: string;
  readonly data: Data;
  readonly ours: string;
  readonly theirs?: string;
}

const vi_ = (more: Data): Data => ({ interface: "eth0", virtual_router_id: 42, ...more });
const unicast = (more: Data): Data =>
  vi_({ unicast_src_ip: "10.0.0.1", unicast_peer: ["10.0.0.2"], virtual_ipaddress: ["10.0.0.5/32"], ...more });
const instances = (...all: readonly Data[]): Data => ({
  vrrp_instance: all.map((each, index) => ({ name: `V${index + 1}`, ...each })),
});
const one = (more: Data): Data => instances(vi_({ virtual_ipaddress: ["10.0.0.5/32"], ...more }));
const server = (more: Data, name = "10.0.0.5 80"): Data => ({
  virtual_server: [
    { name, lb_algo: "rr", lb_kind: "DR", ...(name.startsWith("fwmark") ? {} : { protocol: "TCP" }), ...more },
  ],
});
const real = (...names: readonly string[]): Data => ({ real_server: names.map((name) => ({ name, weight: 1 })) });
const pass = { authentication: { auth_type: "PASS", auth_pass: "foo" } };
const AN6 = ["fe80::5/128"];

const FAULTS: readonly Fault[] = [
  {
    name: "a source of another family than the addresses",
    data: one({ unicast_src_ip: "fe80::1", unicast_peer: ["fe80::2"] }),
    ours: "`V1` is an instance for IPv4 (`10.0.0.5`), and `fe80::2` is IPv6",
    theirs: "address family must match VRRP instance [10.0.0.5/32] - ignoring",
  },
  {
    name: "a peer of another family",
    data: one({ unicast_src_ip: "10.0.0.1", unicast_peer: ["10.0.0.2", "fe80::2"] }),
    ours: "`fe80::2` is IPv6",
    theirs: "unicast peer address[fe80::2] MUST be of the same family",
  },
  {
    name: "authentication with version 3 for all",
    data: { global_defs: { vrrp_version: 3 }, ...one(pass) },
    ours: "there is no authentication in VRRP version 3",
    theirs: "VRRP version 3 does not support authentication",
  },
  {
    name: "authentication, and strict",
    data: { global_defs: { vrrp_strict: true }, ...one(pass) },
    ours: "there is no authentication in VRRP as strict as the RFC",
    theirs: "Strict mode does not support authentication",
  },
  {
    name: "AH with IPv6",
    data: instances(vi_({ version: 2, virtual_ipaddress: AN6, authentication: { auth_type: "AH", auth_pass: "foo" } })),
    ours: "there is no authentication in IPv6 by `auth_type AH`",
    theirs: "Cannot use AH authentication with IPv6",
  },
  {
    name: "authentication without a password",
    data: one({ authentication: { auth_type: "PASS" } }),
    ours: "`auth_type` is nothing without `auth_pass`",
    theirs: "Authentication specified but no password given",
  },
  {
    name: "an instance twice",
    data: {
      vrrp_instance: [
        { name: "A", ...unicast({}) },
        { name: "A", ...unicast({ virtual_router_id: 43, virtual_ipaddress: ["10.0.0.6"] }) },
      ],
    },
    ours: "the vrrp_instance `A` is there twice",
    theirs: "vrrp instance A already defined",
  },
  {
    name: "one virtual_router_id for one peer",
    data: instances(unicast({}), unicast({ virtual_ipaddress: ["10.0.0.6"] })),
    ours: "`V1` and `V2` both have virtual_router_id 42 for one peer",
    theirs: "(V1) duplicate VRID conflict with V2 VRID 42",
  },
  {
    name: "one virtual_router_id on one interface",
    data: instances(vi_({ virtual_ipaddress: ["10.0.0.5"] }), vi_({ virtual_ipaddress: ["10.0.0.6"] })),
    ours: "`V1` and `V2` both have virtual_router_id 42 on one interface",
    theirs: "V1 and V2 both use VRID 42 with IPv4 on interface eth0",
  },
  {
    name: "an instance twice in a sync group",
    data: {
      vrrp_sync_group: { G: { group: ["V1", "V2", "V1"] } },
      ...instances(unicast({}), unicast({ virtual_router_id: 43, virtual_ipaddress: ["10.0.0.6"] })),
    },
    ours: "`V1` is in the list twice",
    theirs: "Virtual router V1 cannot exist in more than one sync group",
  },
  {
    name: "a sync group twice",
    data: {
      vrrp_sync_group: [
        { name: "G", group: ["V1", "V2"] },
        { name: "G", group: ["V1", "V2"] },
      ],
      ...instances(unicast({}), unicast({ virtual_router_id: 43, virtual_ipaddress: ["10.0.0.6"] })),
    },
    ours: "the vrrp_sync_group `G` is there twice",
    theirs: "vrrp sync group G already defined",
  },
  {
    name: "an interface tracked twice",
    data: one({ track_interface: ["eth1", "eth1 weight 2"] }),
    ours: "`eth1` is in the list twice",
    theirs: "duplicate track_interface eth1",
  },
  {
    name: "a peer twice (2.3.3 says so)",
    data: one({ unicast_src_ip: "10.0.0.1", unicast_peer: ["10.0.0.2", "10.0.0.2"] }),
    ours: "`10.0.0.2` is in the list twice",
  },
  {
    name: "an address twice in an instance (2.3.3 says so)",
    data: one({ virtual_ipaddress: ["10.0.0.5/32", "10.0.0.5/32 dev eth0"] }),
    ours: "`10.0.0.5` is in `V1` twice",
  },
  {
    name: "an address twice, written in two ways",
    data: instances(
      vi_({ virtual_ipaddress: ["fe80::5", "2001:db8::5"], virtual_ipaddress_excluded: ["2001:db8:0:0::5"] }),
    ),
    ours: "`2001:db8::5` is in `V1` twice",
  },
  {
    name: "the only peer is oneself",
    data: one({ unicast_src_ip: "10.0.0.1", unicast_peer: ["10.0.0.1"] }),
    ours: "the only peer of `V1` is `10.0.0.1`, its own `unicast_src_ip`",
  },
  {
    name: "a sync daemon of an instance's beside that of all",
    data: { global_defs: { lvs_sync_daemon: "eth0 V1" }, ...one({ lvs_sync_daemon_interface: "eth0" }) },
    ours: "keepalived has one sync daemon for all instances, and it is written already",
    theirs: "lvs_sync_daemon_interface has already been specified as eth0 - ignoring",
  },
  {
    name: "a virtual server twice",
    data: {
      virtual_server: [
        ...(server(real("10.0.0.3 80"))["virtual_server"] as []),
        ...(server(real("10.0.0.4 80"))["virtual_server"] as []),
      ],
    },
    ours: "there are two virtual servers for 10.0.0.5 80 (TCP)",
  },
  {
    name: "a real server twice, once by the port that it has anyway",
    data: server(real("10.0.0.3", "10.0.0.3 80")),
    ours: "the real server `10.0.0.3 80` is there twice",
  },
  {
    name: "a real server of another family",
    data: server(real("2001:db8::3 80", "10.0.0.3 80")),
    ours: "the virtual server is IPv4, and the real server `2001:db8::3` is IPv6: with DR they must be of one family",
    theirs: "Address family of virtual server and real server 2001:db8::3 don't match - skipping real server",
  },
  {
    name: "a sorry server of another family",
    data: server({ sorry_server: "2001:db8::9 80", ...real("10.0.0.3 80") }),
    ours: "the sorry server `2001:db8::9` is IPv6",
    theirs: "Address family of virtual server and sorry server 2001:db8::9 don't match",
  },
  {
    name: "real servers of two families under a mark",
    data: server(real("10.0.0.3", "2001:db8::3"), "fwmark 7"),
    ours: "the virtual server is IPv4, and the real server `2001:db8::3` is IPv6",
    theirs: "Address family of virtual server and real server 2001:db8::3 don't match",
  },
  {
    name: "a family that contradicts the address",
    data: server({ ip_family: "inet6", ...real("10.0.0.3 80") }),
    ours: "`ip_family inet6` contradicts the address, which is IPv4",
    theirs: "Virtual server specified family inet6 conflicts with server family",
  },
  {
    name: "a group of two families",
    data: { virtual_server_group: { g: ["10.0.0.5 80", "2001:db8::5 80"] }, ...server(real("10.0.0.3 80"), "group g") },
    ours: "its group has addresses of IPv4 and of IPv6",
  },
  {
    name: "a group that has a port in one place only",
    data: { virtual_server_group: { g: ["10.0.0.5 80", "10.0.0.6"] }, ...server(real("10.0.0.3"), "group g") },
    ours: "`10.0.0.6` has no port: that means all ports, and wants `persistence_timeout`",
    theirs: "zero port only valid for persistent services",
  },
  {
    name: "a port for all ports, with direct routing",
    data: server({ persistence_timeout: 50, ...real("10.0.0.3 80") }, "10.0.0.5"),
    ours: "with DR the port must be the virtual server's: `10.0.0.3`",
    theirs: "ports don't match - resetting",
  },
  {
    name: "a port for a group of several, with direct routing",
    data: { virtual_server_group: { g: ["10.0.0.5 80", "10.0.0.5 443"] }, ...server(real("10.0.0.3 80"), "group g") },
    ours: "with DR the port is the client's, and the group has several: `10.0.0.3`",
    theirs: "ports don't match",
  },
  {
    name: "a check from one family to the other",
    data: server({ real_server: { "10.0.0.3 80": { TCP_CHECK: { connect_ip: "2001:db8::3", bindto: "10.0.0.1" } } } }),
    ours: "`connect_ip` is IPv6, and `bindto` is IPv4",
    theirs: "does not match address family of",
  },
];

/** The nearest that is right: none of our rules may be in its way, and keepalived says nothing. */
const RIGHT: Readonly<Record<string, Data>> = {
  "IPv6 in an instance for IPv4, excluded": one({ virtual_ipaddress_excluded: ["2001:db8::5/128"] }),
  "PASS with IPv6 and version 2": instances(vi_({ version: 2, virtual_ipaddress: AN6, ...pass })),
  "strict for all, but not here": { global_defs: { vrrp_strict: true }, ...one({ strict_mode: false, ...pass }) },
  "one virtual_router_id for two families": instances(
    vi_({ virtual_ipaddress: ["10.0.0.5"] }),
    vi_({ virtual_ipaddress: AN6 }),
  ),
  "one virtual_router_id for two peers": instances(
    unicast({}),
    unicast({ unicast_peer: ["10.0.0.3"], virtual_ipaddress: ["10.0.0.6"] }),
  ),
  "one address on two interfaces": instances(
    unicast({}),
    unicast({ virtual_router_id: 43, virtual_ipaddress: ["10.0.0.5/32 dev eth1"] }),
  ),
  "the sync daemon follows no instance": { global_defs: { lvs_sync_daemon: "eth0 id 7" }, ...one({}) },
  "a real server through a tunnel": server({ lb_kind: "TUN", ...real("2001:db8::3 80") }),
  "a sorry server through a tunnel": server({
    sorry_server: "2001:db8::9 80",
    sorry_server_lvs_method: "TUN",
    ...real("10.0.0.3 80"),
  }),
  "IPv6 under a mark": server({ ip_family: "inet6", ...real("2001:db8::3") }, "fwmark 7"),
  "all ports, persistent": server({ persistence_timeout: 50, ...real("10.0.0.3") }, "10.0.0.5"),
  "a group of several ports, without one": {
    virtual_server_group: { g: ["10.0.0.5 80", "10.0.0.5 443"] },
    ...server(real("10.0.0.3"), "group g"),
  },
  "one address for two protocols": {
    virtual_server: {
      "10.0.0.5 53": ["TCP", "UDP"].map((protocol) => ({
        lb_algo: "rr",
        lb_kind: "DR",
        protocol,
        ...real("10.0.0.3 53"),
      })),
    },
  },
  "one real server with two ports": server({ lb_kind: "NAT", ...real("10.0.0.3 80", "10.0.0.3 8080") }),
};

const oursOn = (data: Data): string => {
  const made = configOf(data);
  return "problems" in made ? made.problems.map(({ message }) => message).join("\n") : "";
};

describe("before a host is reached", () => {
  it.each(FAULTS)("$name", ({ data, ours }) => expect(oursOn(data)).toContain(ours));
  it.each(Object.entries(RIGHT))("nothing is wrong with %s", (_name, data) => expect(oursOn(data)).toBe(""));
});

describe.skipIf(missing !== undefined)(`keepalived ${installed}${missing ?? ""}`, () => {
  const said = (data: Data) => ask(print(build(data).body, false));

  it.each(FAULTS.filter(({ theirs }) => theirs !== undefined))(
    "says the same of $name",
    async ({ data, theirs = "" }) => {
      const { code, messages } = await said(data);
      expect(messages.join("\n")).toContain(theirs);
      expect(code).toBe(5);
    },
  );

  it.each(Object.entries(RIGHT))("takes %s", async (_name, data) => {
    expect(await said(data)).toEqual({ code: 0, messages: [] });
  });
});
