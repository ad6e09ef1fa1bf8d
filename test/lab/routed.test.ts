/** A lab of another topology than the built-in one: two networks with IPv4 and IPv6, a router between them. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Interface, Topology } from "../../src/lab/topology.ts";

// Read when the lab's modules are loaded.
const NAME = vi.hoisted(() => (process.env["DSRCTL_LAB"] = "routed"));

const { down, missing, up } = await import("../../src/lab/index.ts");
const { machineRelease } = await import("../../src/lab/machine.ts");
const { dsrctl, must, on } = await import("./site.ts");

const NO_LAB = missing().join("; ");
const until = { timeout: 60_000, interval: 300 };

function nic(name: string, network: "site" | "far", last: number): Interface {
  const third = network === "site" ? 1 : 2;
  return {
    ...{ name, network, mac: `02:00:00:00:0${third}:${String(last).padStart(2, "0")}` },
    addresses: [`10.77.${third}.${last}/24`, `fd77:${third}::${last}/64`],
  };
}

const BACK = [
  { destination: "10.77.2.0/24", gateway: "10.77.1.9" },
  { destination: "fd77:2::/64", gateway: "fd77:1::9" },
];
const THERE = [
  { destination: "0.0.0.0/0", gateway: "10.77.2.9" },
  { destination: "::/0", gateway: "fd77:2::9" },
];
const release = machineRelease();

const TOPOLOGY: Topology = {
  networks: [1, 2].map((third) => ({
    ...{ name: third === 1 ? "site" : "far", bridge: `br-routed${third}` },
    prefixes: [`10.77.${third}.0/24`, `fd77:${third}::/64`],
    machine: [`10.77.${third}.99/24`, `fd77:${third}::99/64`],
  })),
  seats: [
    { name: "edge", role: "router", release, interfaces: [nic("eth0", "site", 9), nic("eth1", "far", 9)] },
    {
      name: "director-of-the-site",
      role: "director",
      release,
      interfaces: [nic("eth0", "site", 1), nic("eth1", "far", 1)],
    },
    { name: "node", role: "web", release, interfaces: [nic("eth0", "site", 3)], routes: BACK },
    { name: "visitor", role: "client", release, interfaces: [nic("eth0", "far", 5)], routes: THERE },
  ],
};

describe.skipIf(NO_LAB !== "")(`a lab with a router${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  const served = async (url: string): Promise<string> => (await on("visitor", `curl -gs -m 2 ${url}`)).out;

  beforeAll(async () => {
    const status = await up({ topology: TOPOLOGY }, () => undefined);
    expect(status.up, JSON.stringify(status)).toBe(true);
  });
  afterAll(() => down(() => undefined));

  test("serves a client in the other network by way of the router", async () => {
    expect(await served("http://10.77.1.3/")).toBe("node\n");
    expect(await must("visitor", "ping -c 1 -W 2 fd77:1::3 && ip -6 route get fd77:1::3")).toContain("via fd77:2::9");
    expect(await must("node", "ip route get 10.77.2.5")).toContain("via 10.77.1.9");
  });

  test("gives a user-mode Linux all its interfaces", async () => {
    const links = await must("director-of-the-site", "ip -br addr; cat /etc/hostname");
    expect(links).toMatch(/eth0 +U\S+ +10\.77\.1\.1\/24 fd77:1::1\/64/);
    expect(links).toMatch(/eth1 +U\S+ +10\.77\.2\.1\/24 fd77:2::1\/64/);
    expect(links).toMatch(/\ndirector-of-the-site\n$/);
  });

  test("is known to later commands", async () => {
    const { out, code } = await dsrctl("lab", "status", "--json");
    expect(code).toBe(0);
    const { hosts } = JSON.parse(out) as {
      readonly hosts: readonly { readonly name: string; readonly state: string }[];
    };
    expect(hosts.map(({ name, state }) => `${name} ${state}`)).toEqual([
      ...["edge up", "director-of-the-site up", "node up", "visitor up"],
    ]);
    expect((await dsrctl("lab", "ssh", "edge", "hostname")).out).toBe("edge\n");
    expect((await dsrctl("lab", "ssh", "lb1", "hostname")).err).toContain("the lab has no host `lb1`");
  });

  test("loses the way when the router is cut off, and finds it again", async () => {
    expect((await dsrctl("lab", "cut", "edge")).code).toBe(0);
    expect(await served("http://10.77.1.3/")).toBe("");
    expect((await dsrctl("lab", "heal", "edge")).code).toBe(0);
    await expect.poll(() => served("http://10.77.1.3/"), until).toBe("node\n");
    for (const host of ["edge", "director-of-the-site"]) {
      expect((await dsrctl("lab", "kill", host)).code).toBe(0);
      expect((await dsrctl("lab", "up", host)).code).toBe(0);
    }
    await expect.poll(() => served("http://10.77.1.3/"), until).toBe("node\n");
  });

  test("does not become another lab while it runs", async () => {
    const other = { ...TOPOLOGY, seats: TOPOLOGY.seats.slice(1) };
    await expect(up({ topology: other }, () => undefined)).rejects.toThrow(
      "the lab runs with other hosts of these names: edge",
    );
  });

  test("is the built-in lab again when it is down", async () => {
    expect((await dsrctl("lab", "down")).code).toBe(0);
    expect(existsSync(`/var/lib/dsrctl-${NAME}/topology.json`)).toBe(false);
    expect((await dsrctl("lab", "status")).out).toContain("lb1 ");
  });

  test("has releases of the mirror only", async () => {
    const { code, err } = await dsrctl("lab", "up", "--release", "potato");
    expect([code, err]).toEqual([5, expect.stringContaining("the lab has no release `potato`")]);
    await expect(up({ release: "potato" }, () => undefined)).rejects.toThrow("cannot get the release potato from http");
    expect(existsSync(`/var/lib/dsrctl-${NAME}/topology.json`)).toBe(false);
  });
});
