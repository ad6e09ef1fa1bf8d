/**
 * Computes VRRP from the configurations of a pair of directors. It answers which director may hold an address, and how
 * long the others wait. It also answers where the address goes when a director is stopped and started again. Pure;
 * times are seconds. RFC 3768 (version 2), RFC 5798 (version 3), keepalived.conf(5).
 */
import { isIPv6 } from "../../text/ip.ts";
import { blocksOf, entriesOf, isBlock, isOn, keywordOf, last, valueOf, valuesOf } from "../../keepalived/tree.ts";
import type { Block, Entry } from "../../keepalived/tree.ts";

/** A vrrp_instance of one director. */
export interface Instance {
  readonly name: string;
  readonly interface: string;
  readonly priority: number;
  readonly advertInterval: number;
  /** Skew time as a part of an interval: how much longer it waits than a director with priority 256. */
  readonly skew: number;
  /** How many missing advertisements make it MASTER. */
  readonly downAdverts: number;
  /** It takes the address from a lower priority. */
  readonly preempts: boolean;
  /** Seconds that it waits before preemption. */
  readonly preemptDelay: number;
  /** Something else changes its priority. */
  readonly tracks: boolean;
  readonly addresses: readonly string[];
}

/** A real server of the file. */
export interface RealServer {
  readonly address: string;
  readonly weight: number;
}

export function instancesOf(config: readonly Entry[]): readonly Instance[] {
  const globals = blocksOf(config, "global_defs").flatMap(({ body }) => body);
  return blocksOf(config, "vrrp_instance").map((block) => instanceOf(block, globals));
}

function instanceOf(block: Block, globals: readonly Entry[]): Instance {
  const { body } = block;
  const number = (keyword: string, otherwise: number): number =>
    Number(valueOf(body, keyword) ?? otherwise) || otherwise;
  const master = valueOf(body, "state") === "MASTER";
  const priority = number("priority", master ? 255 : 100);
  const advertInterval = number("advert_int", 1);
  const addresses = ["virtual_ipaddress", "virtual_ipaddress_excluded"].flatMap((each) =>
    entriesOf(body, each).map((entry) => canonical(keywordOf(entry))),
  );
  const version = number("version", Number(valueOf(globals, "vrrp_version") ?? (addresses.some(isIPv6) ? 3 : 2)));
  return {
    ...{
      name: valuesOf(block)[0] ?? "",
      interface: valueOf(body, "interface") ?? "",
      priority,
      advertInterval,
      addresses,
    },
    skew: ((256 - priority) / 256) * (version === 3 ? advertInterval : 1),
    downAdverts: number("down_timer_adverts", Number(valueOf(globals, "vrrp_down_timer_adverts") ?? 3)),
    // keepalived clears `nopreempt` if the initial state is MASTER.
    preempts: master || !isOn(body, "nopreempt"),
    preemptDelay: Number(valueOf(body, "preempt_delay") ?? 0) || 0,
    tracks: body.some((entry) => keywordOf(entry).startsWith("track_")),
  };
}

/** The real servers in a director's files, each once. */
export function realServersOf(config: readonly Entry[]): readonly RealServer[] {
  const found = blocksOf(config, "virtual_server").flatMap(({ body }) => blocksOf(body, "real_server"));
  const servers = found.map((each) => ({ address: canonical(valuesOf(each)[0] ?? ""), weight: weightOf(each) }));
  return [...new Map(servers.map((server) => [server.address, server])).values()];
}

function weightOf({ body }: Block): number {
  return last(body, "weight") === undefined ? 1 : Number(valueOf(body, "weight"));
}

/** Whether the file asks for health checks, and so for the checker process. */
export function hasCheckers(config: readonly Entry[]): boolean {
  return config.some((entry) => isBlock(entry) && /^virtual_server(?:_group)?$/.test(keywordOf(entry)));
}

/** One spelling for each address, without a prefix length. */
export function canonical(address: string): string {
  const [bare = ""] = address.split("/");
  return isIPv6(bare) && !bare.includes("%") ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
}

/** After how long without advertisements an instance becomes MASTER. */
export function masterDownInterval({ downAdverts, advertInterval, skew }: Instance): number {
  return downAdverts * advertInterval + skew;
}

/** The instance of an address on each director that has one, by the director's name. */
export type Contest = ReadonlyMap<string, Instance>;

/** Of the instances that may hold it, the one with the highest priority. */
export function strongest(contest: Contest, but: string): string | undefined {
  const others = [...contest].filter(([name]) => name !== but);
  return others.sort(([, a], [, b]) => b.priority - a.priority)[0]?.[0];
}

/**
 * Who holds an address after these directors were stopped and, once another has taken it, started again, one after the
 * other.
 */
export function holderAfter(contest: Contest, holder: string, restarted: readonly string[]): string {
  return restarted.reduce((held, name) => {
    const taken = held === name ? (strongest(contest, name) ?? held) : held;
    return takes(contest, name, taken) ? name : taken;
  }, holder);
}

/** Whether a director that starts takes the address from its holder. */
export function takes(contest: Contest, name: string, holder: string): boolean {
  const [own, other] = [contest.get(name), contest.get(holder)];
  if (own === undefined || name === holder) return false;
  return other === undefined || (own.preempts && own.priority > other.priority);
}
