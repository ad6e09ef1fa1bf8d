/** Descriptions that are right, of any size: for property tests. */
import fc from "fast-check";
import type { GivenHost } from "./read.ts";

export interface AnySite {
  readonly description: Readonly<Record<string, unknown>>;
  /** The last one has no part in the site. */
  readonly hosts: readonly GivenHost[];
}

const NETWORKS = { service: { interface: "eth0", subnets: ["192.0.2.0/24", "2001:db8:1::/64"] } };

function host(group: string, index: number, base: number, data: GivenHost["siteHost"] = {}): GivenHost {
  const addresses = [`192.0.2.${base + index}`, `2001:db8:1::${base + index}`];
  return { name: `${group}${index + 1}`, groups: [group], addresses, siteHost: data };
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const receiver = fc.constantFrom({}, { receiver: "rich" }, { receiver: "direct" }, { receiver: "lo" });
const nodeData = fc
  .tuple(receiver, fc.integer({ min: 0, max: 9 }), fc.constantFrom("in_service", "drained"))
  .map(([given, weight, state]) => ({ ...given, weight, state }));

/** VIPs end with 100 and more, their instances take turns. */
function instancesOf(versions: readonly (4 | 6)[], count: number): Record<string, unknown> {
  return Object.fromEntries(
    range(count).flatMap((instance) => {
      const own = versions.flatMap((version, index) => (index % count === instance ? [[version, index] as const] : []));
      if (own.length === 0) return [];
      const vips = Object.fromEntries(
        own.map(([version, index]) => [
          `v${index}`,
          version === 4 ? `192.0.2.${100 + index}` : `2001:db8:1::${100 + index}`,
        ]),
      );
      return [[`I${instance}`, { virtual_router_id: 20 + instance, vips }]];
    }),
  );
}

const TCP_CHECKS = [
  {},
  { check: { tcp: {} } },
  { check: { http: { path: "/x", body: "web" } } },
  { check: { https: { host: "www.example.com" } } },
  { check: { misc: { script: "ask" } } },
];
const UDP_CHECKS = [{ check: { dns: { name: "example.com" } } }, { check: { misc: { script: "ask" } } }];

const options = fc.record(
  {
    scheduler: fc.constantFrom("rr", "wrr", "lc", "wlc", "sh", "mh", "sed", "nq"),
    interval: fc.integer({ min: 1, max: 60 }),
    inhibit: fc.boolean(),
    alpha: fc.boolean(),
    thresholds: fc.constantFrom({ upper: 100 }, { upper: 100, lower: 50 }),
    sorry_server: fc.constant("sorry1"),
  },
  { requiredKeys: [] },
);

interface GivenVip {
  readonly name: string;
  readonly version: 4 | 6;
}

/** Ports are distinct between services of a protocol, so that none is on a VIP twice. */
function service(index: number, given: readonly GivenVip[]) {
  const vips = given.map(({ name }) => name);
  const has = (version: 4 | 6): boolean => given.some((each) => each.version === version);
  const masks = { ...(has(4) ? { mask: 24 } : {}), ...(has(6) ? { mask6: 64 } : {}) };
  const marks = { ...(has(4) ? { ipv4: 2 * index + 1 } : {}), ...(has(6) ? { ipv6: 2 * index + 2 } : {}) };
  const [first, second] = [1000 + 10 * Math.floor(index / 2), 1001 + 10 * Math.floor(index / 2)];
  const udp = fc.constant(index % 2 === 1);
  const persistence = fc.constantFrom(...[{}, { persistence: 50 }, { persistence: { timeout: 50, ...masks } }], {
    persistence: { timeout: 50, across_ports: true },
    fwmark: marks,
  });
  return fc
    .tuple(udp, fc.constantFrom(...TCP_CHECKS), fc.constantFrom(...UDP_CHECKS), options, persistence)
    .map(([isUdp, tcpCheck, udpCheck, given, lasting]) => ({
      ...{ vips, ports: [first, second] },
      ...(isUdp ? { protocol: "udp", ...udpCheck } : tcpCheck),
      ...given,
      ...lasting,
    }));
}

export const anySite: fc.Arbitrary<AnySite> = fc
  .record({
    versions: fc.array(fc.constantFrom(4 as const, 6 as const), { minLength: 1, maxLength: 4 }),
    instances: fc.integer({ min: 1, max: 3 }),
    directors: fc.integer({ min: 2, max: 3 }),
    nodes: fc.array(nodeData, { maxLength: 3 }),
    services: fc.integer({ min: 1, max: 4 }),
    receivers: fc.constantFrom({}, { receivers: "rich" }, { receivers: "direct" }, { receivers: "lo" }),
  })
  .chain(({ versions, instances, directors, nodes, services, receivers }) => {
    const all = versions.map((version, index) => ({ name: `v${index}`, version }));
    const each = range(services).map((index) => service(index, index === 0 ? all : all.slice(0, index)));
    return fc.tuple(...each).map((made) => ({
      description: {
        networks: NETWORKS,
        vrrp_instances: instancesOf(versions, instances),
        services: Object.fromEntries(made.map((one, index) => [`s${index}`, one])),
        check_scripts: { ask: { file: "ask" } },
        ...receivers,
      },
      hosts: [
        ...range(directors).map((index) => host("directors", index, 10)),
        // One at least must serve.
        host("webservers", 0, 30),
        ...nodes.map((data, index) => host("webservers", index + 1, 30, data)),
        host("sorry", 0, 50),
        host("clients", 0, 60),
        host("others", 0, 70),
      ],
    }));
  });
