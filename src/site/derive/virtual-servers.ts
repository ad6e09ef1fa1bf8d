/** The virtual servers of a director: for keepalived, and for the IPVS table that must come of them. */
import type { IpvsService } from "./dsr.ts";
import type { Service, Site, SiteHost, Vip } from "../model/site.ts";
import { addressIn } from "../model/networks.ts";
import { markOf, weightOf } from "../model/relations.ts";
import { checker } from "./checker.ts";
import { forwardedBy } from "./director.ts";

type Data = Readonly<Record<string, unknown>>;

/** One entry of the IPVS table: a VIP with a port, or a firewall mark of one family. */
interface Virtual {
  readonly service: Service;
  readonly vip: Vip;
  /** None: the mark decides. */
  readonly port: number | undefined;
  readonly mark: number | undefined;
}

function virtualsOf(host: SiteHost, site: Site): readonly Virtual[] {
  return forwardedBy(host, site).flatMap(({ service, vips }): readonly Virtual[] => {
    if (service.data.fwmark === undefined) {
      return vips.flatMap((vip) => service.ports.map((port) => ({ service, vip, port, mark: undefined })));
    }
    const families = new Map(vips.map((vip) => [vip.version, vip]));
    return [...families.values()].map((vip) => ({ service, vip, port: undefined, mark: markOf(service, vip.version) }));
  });
}

/** Both protocols of a port, and both families of a mark, have one name: such a name has a list of blocks. */
export function virtualServers(host: SiteHost, site: Site): Data {
  const byName = new Map<string, readonly Data[]>();
  for (const each of virtualsOf(host, site))
    byName.set(nameOf(each), [...(byName.get(nameOf(each)) ?? []), serverBlock(each)]);
  return Object.fromEntries([...byName].map(([name, blocks]) => [name, blocks.length === 1 ? blocks[0] : blocks]));
}

function nameOf({ vip, port, mark }: Virtual): string {
  return mark === undefined ? `${vip.address} ${port ?? 0}` : `fwmark ${mark}`;
}

function serverBlock(virtual: Virtual): Data {
  const { service, vip, mark } = virtual;
  const { data, sorry } = service;
  return {
    delay_loop: data.interval,
    lvs_sched: data.scheduler,
    ...Object.fromEntries(data.flags.map((flag) => [flag, true])),
    lvs_method: "DR",
    ...(mark !== undefined && vip.version === 6 ? { ip_family: "inet6" } : {}),
    ...persistenceOf(virtual),
    ...(mark === undefined ? { protocol: data.protocol.toUpperCase() } : {}),
    ...(data.alpha ? { alpha: true } : {}),
    ...(data.quorum === undefined ? {} : { quorum: data.quorum }),
    ...(data.hysteresis === undefined ? {} : { hysteresis: data.hysteresis }),
    ...(sorry === undefined ? {} : { sorry_server: serverName(sorry, virtual) }),
    real_server: Object.fromEntries(
      service.servers.map((server) => [serverName(server, virtual), realServer(server, virtual)]),
    ),
  };
}

function persistenceOf({ service: { data }, vip }: Virtual): Data {
  const { persistence } = data;
  if (persistence === undefined) return {};
  const mask = maskOf(persistence, vip);
  return { persistence_timeout: persistence.timeout, ...(mask === undefined ? {} : { persistence_granularity: mask }) };
}

/** A netmask for IPv4, the length of a prefix for IPv6. */
function maskOf(persistence: NonNullable<Service["data"]["persistence"]>, { version }: Vip): string | undefined {
  if (!("mask" in persistence) && !("mask6" in persistence)) return undefined;
  const { mask, mask6 } = persistence;
  if (version === 6) return mask6 === undefined ? undefined : String(mask6);
  return mask === undefined ? undefined : netmask(mask);
}

function netmask(bits: number): string {
  const all = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (all >>> shift) & 255).join(".");
}

function serverName(server: SiteHost, virtual: Virtual): string {
  return `${addressOf(server, virtual)} ${virtual.port ?? 0}`;
}

function addressOf(server: SiteHost, { vip }: Virtual): string {
  return addressIn(server, vip.network, vip.version) ?? "";
}

/** A dead real server is out within 5 s. */
const TIMES = { connect_timeout: 2, retry: 2, delay_before_retry: 1 };

function realServer(server: SiteHost, virtual: Virtual): Data {
  const { service, port } = virtual;
  const { data } = service;
  const { upper, lower } = data.thresholds ?? {};
  return {
    weight: weightOf(server, data.weights),
    ...(data.inhibit ? { inhibit_on_failure: true } : {}),
    ...(upper === undefined ? {} : { uthreshold: upper }),
    ...(lower === undefined ? {} : { lthreshold: lower }),
    ...checker(service, { address: addressOf(server, virtual), port }, TIMES),
  };
}

export function ipvsServices(host: SiteHost, site: Site): readonly IpvsService[] {
  return virtualsOf(host, site).map((virtual) => {
    const { service, vip, port, mark } = virtual;
    const { persistence, scheduler, flags, protocol } = service.data;
    const mask = persistence === undefined ? undefined : maskOf(persistence, vip);
    return {
      ...(mark === undefined
        ? { protocol, address: vip.address, port: port ?? 0 }
        : ({ protocol: "fwmark", mark, family: vip.version === 6 ? "inet6" : "inet" } as const)),
      scheduler,
      persistence: persistence?.timeout ?? "none",
      ...(mask === undefined ? {} : { mask }),
      flags,
      real_servers: service.servers.flatMap((server) => {
        const address = addressIn(server, vip.network, vip.version);
        return address === undefined ? [] : [{ address, weight: weightOf(server, service.data.weights) }];
      }),
    };
  });
}
