/** A lab's topology as data: what is refused, and what hosts and bridges get of it. */
import { describe, expect, test } from "vitest";
import { builtInTopology } from "../src/lab/builtin.ts";
import { checkTopology } from "../src/lab/check-topology.ts";
import { guestNetwork } from "../src/lab/guest-network.ts";
import { isNewer, kernelReleaseOf, RELEASES } from "../src/lab/releases.ts";
import { addressOf, hostnameOf, namedAddressesOf, portsOf } from "../src/lab/topology.ts";
import type { Seat, Topology } from "../src/lab/topology.ts";

const ROUTER: Seat = {
  ...{ name: "edge_router.example.com", role: "router", release: "bookworm" },
  interfaces: [
    { name: "eth0", network: "site", addresses: ["10.1.0.1/16", "fd00:1::1/64"], mac: "02:00:00:00:01:01" },
    { name: "uplink0", network: "outside", addresses: ["192.0.2.1/28"], mac: "02:00:00:00:01:02" },
  ],
  routes: [{ destination: "0.0.0.0/0", gateway: "192.0.2.14" }],
};

const TOPOLOGY: Topology = {
  networks: [
    { name: "site", bridge: "br-site", prefixes: ["10.1.0.0/16", "fd00:1::/64"], machine: ["10.1.255.1/16"] },
    { name: "outside", bridge: "br-out", prefixes: ["192.0.2.0/28"], machine: ["192.0.2.13/28"] },
  ],
  seats: [ROUTER],
};

describe("the built-in topology", () => {
  const built = builtInTopology("bookworm");

  test("is in order", () => {
    expect(() => checkTopology(built)).not.toThrow();
  });

  test("has the ports and the instructions that it always had", () => {
    const [lb1, , , , client] = built.seats;
    expect(portsOf(built, lb1!, "uml").map(({ port, bridge }) => [port, bridge])).toEqual([["tap-lb1", "dsrctl-br0"]]);
    expect(portsOf(built, client!, "nspawn").map(({ port }) => port)).toEqual(["vb-client"]);
    expect(client?.interfaces[0].mac).toBe("02:00:00:00:00:64");
    expect(guestNetwork(lb1!)).toBe("link eth0 vec0\naddress eth0 10.0.0.1/24\nup eth0\n");
  });
});

describe("a topology of several networks", () => {
  test("is in order", () => {
    expect(() => checkTopology(TOPOLOGY)).not.toThrow();
  });

  test("gives a host a port per interface, with names that the kernel takes", () => {
    const ports = portsOf(TOPOLOGY, ROUTER, "nspawn");
    expect(ports.map(({ bridge }) => bridge)).toEqual(["br-site", "br-out"]);
    for (const { port } of ports) expect(port).toMatch(/^vb-[\w.-]{1,12}$/);
    expect(new Set(ports.map(({ port }) => port)).size).toBe(2);
  });

  test("gives a host its addresses, routes and names", () => {
    expect(guestNetwork(ROUTER)).toBe(
      `forward
link eth0 vec0
address eth0 10.1.0.1/16
address eth0 fd00:1::1/64
up eth0
link uplink0 vec1
address uplink0 192.0.2.1/28
up uplink0
route 0.0.0.0/0 192.0.2.14
`,
    );
    expect(addressOf(ROUTER)).toBe("10.1.0.1");
    expect(namedAddressesOf(ROUTER)).toEqual(["10.1.0.1", "fd00:1::1"]);
    expect(hostnameOf(ROUTER)).toBe("edge-router.example.com");
  });
});

describe("a topology is refused", () => {
  const [nic] = ROUTER.interfaces;
  const [site, outside] = TOPOLOGY.networks;
  const seat = (change: object): Topology => ({ ...TOPOLOGY, seats: [{ ...ROUTER, ...change }] });
  const first = (change: object): Topology => seat({ interfaces: [{ ...nic, ...change }] });

  test.each<readonly [string, Topology]>([
    [`"../etc" is not a valid name of a host`, seat({ name: "../etc" })],
    [`two hosts are named edge_router.example.com`, { ...TOPOLOGY, seats: [ROUTER, ROUTER] }],
    [`two interfaces have the MAC address 02:00:00:00:01:01`, { ...TOPOLOGY, seats: [ROUTER, ROUTER] }],
    [`eth0 of edge_router.example.com: no network "inside"`, first({ network: "inside" })],
    [`eth0 of edge_router.example.com: 10.2.0.1/16 is not in the network site`, first({ addresses: ["10.2.0.1/16"] })],
    [`10.1.0.1 is not in the network site`, first({ addresses: ["10.1.0.1"] })],
    [`eth0 of edge_router.example.com has no address`, first({ addresses: [] })],
    [`aa:00:00:00:01:01 is not a MAC address that begins with 02:00`, first({ mac: "aa:00:00:00:01:01" })],
    [
      `interface-number-0 of edge_router.example.com: not a valid name of an interface`,
      first({ name: "interface-number-0" }),
    ],
    [`two networks have the bridge br-site`, { ...TOPOLOGY, networks: [site!, { ...outside!, bridge: "br-site" }] }],
    [`two interfaces have the address 10.1.255.1/16`, first({ addresses: ["10.1.255.1/16"] })],
    [`"a bridge" is not a valid name of a bridge`, { ...TOPOLOGY, networks: [{ ...site!, bridge: "a bridge" }] }],
  ])("%s", (fault, topology) => {
    expect(() => checkTopology(topology)).toThrow(fault);
  });
});

describe("the releases", () => {
  test("have a kernel of their own, except the one whose kernel has no firewall", () => {
    expect(RELEASES.map((release) => [release, kernelReleaseOf(release)])).toEqual([
      ["bullseye", "bullseye"],
      ["bookworm", "bookworm"],
      ["bookworm-rpm", "bookworm"],
      ["trixie", "trixie"],
      ["forky", "trixie"],
    ]);
  });

  test("are compared by age: programs of a newer one need its C library on an older machine", () => {
    expect(isNewer("trixie", "bookworm")).toBe(true);
    expect(isNewer("bullseye", "bookworm")).toBe(false);
    expect(isNewer("bookworm", "bookworm")).toBe(false);
    expect(isNewer("bookworm", "unknown")).toBe(false);
  });
});
