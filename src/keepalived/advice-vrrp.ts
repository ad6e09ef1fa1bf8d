/** Finds typical mistakes in `global_defs` and in a `vrrp_instance`. */
import { isIP } from "../text/ip.ts";
import { addressOf } from "./address.ts";
import type { NamedAdvice } from "./named-advice.ts";
import { sourceOf } from "./lint-vrrp.ts";
import { atOf, blocksOf, entriesOf, isOn, keywordOf, last, valueOf, valuesOf } from "./tree.ts";
import type { Block, Entry } from "./tree.ts";

export function adviseOnVrrp(body: readonly Entry[], instances: readonly Block[]): readonly NamedAdvice[] {
  return [
    ...smtpServer(body),
    ...instances.flatMap((each) => [...nopreempt(each), ...weights(each, body)]),
    ...instances.flatMap((each) => [...routerId(each), ...authentication(each)]),
    ...instances.flatMap((each) => [...multicast(each), ...ownPeer(each), ...prefixes(each)]),
    ...higherPrio(body, instances),
  ];
}

function smtpServer(body: readonly Entry[]): readonly NamedAdvice[] {
  return blocksOf(body, "global_defs").flatMap((block) => {
    const server = valueOf(block.body, "smtp_server");
    if (server === undefined || isIP(server) !== 0) return [];
    return [
      {
        name: "smtp-server-name",
        at: atOf(block.body, "smtp_server", block.at),
        message: "keepalived looks this name up while it reads the file: without DNS it starts late and without mail",
        help: "write an address, as in `smtp_server: 127.0.0.1`",
      },
    ];
  });
}

function nopreempt(instance: Block): readonly NamedAdvice[] {
  const master = valueOf(instance.body, "state") === "MASTER" && last(instance.body, "nopreempt") !== undefined;
  if (!master) return [];
  return [
    {
      name: "master-nopreempt",
      at: atOf(instance.body, "nopreempt", instance.at),
      message: "`nopreempt` does nothing with `state: MASTER`: keepalived clears it",
      help: "write `state: BACKUP` on both directors; the priority decides who begins",
    },
  ];
}

/** What an instance tracks: the blocks that may give it a weight, and the default weight (keepalived.conf(5)). */
const TRACKED = [
  { list: "track_script", kinds: ["vrrp_script"], usual: 0 },
  { list: "track_file", kinds: ["track_file", "vrrp_track_file"], usual: 1 },
  { list: "track_process", kinds: ["vrrp_track_process"], usual: 1 },
  { list: "track_bfd", kinds: ["bfd_instance"], usual: 0 },
  { list: "track_interface", kinds: [], usual: 0 },
] as const;

type Tracked = (typeof TRACKED)[number];

/**
 * A weight lowers the priority, and with `nopreempt` no BACKUP takes over from a MASTER of lower priority (2.2.7,
 * vrrp_state_backup). Without a weight the instance goes to FAULT, and the BACKUP takes over.
 */
function weights(instance: Block, body: readonly Entry[]): readonly NamedAdvice[] {
  if (last(instance.body, "nopreempt") === undefined) return [];
  const group = groupOf(instance, body);
  // In a group all weights count as 0 by default.
  if (group !== undefined && last(group.body, "sync_group_tracking_weight") === undefined) return [];
  const [first] = [instance, ...(group === undefined ? [] : [group])].flatMap((holder) =>
    TRACKED.flatMap((tracked) =>
      entriesOf(holder.body, tracked.list)
        .filter((entry) => weightOf(entry, tracked, body) !== 0)
        .map((entry) => tracksInVain(tracked.list, entry)),
    ),
  );
  return first === undefined ? [] : [first];
}

function groupOf(instance: Block, body: readonly Entry[]): Block | undefined {
  const [name] = valuesOf(instance);
  const holds = (group: Block): boolean => entriesOf(group.body, "group").some((entry) => keywordOf(entry) === name);
  return blocksOf(body, "vrrp_sync_group").find(holds);
}

/** The weight of an entry: its own, otherwise that of the block that it names. */
function weightOf(entry: Entry, { kinds, usual }: Tracked, body: readonly Entry[]): number {
  const words = valuesOf(entry);
  const at = words.indexOf("weight");
  if (at >= 0) return Number(words[at + 1] ?? 0);
  const blocks: readonly Block[] = kinds.flatMap((kind) => blocksOf(body, kind));
  const block = blocks.find((each) => valuesOf(each)[0] === keywordOf(entry));
  return Number((block === undefined ? undefined : valueOf(block.body, "weight")) ?? usual);
}

function tracksInVain(keyword: string, entry: Entry): NamedAdvice {
  return {
    name: "nopreempt-weight",
    at: entry.at,
    message: `with \`nopreempt\`, the weight of \`${keywordOf(entry)}\` in \`${keyword}\` moves no address: the other director stays BACKUP, however low the priority of the MASTER sinks`,
    help: "leave the weight out (or `weight: 0`): the instance then goes to FAULT, and the other director takes over; or leave `nopreempt` out",
  };
}

/** keepalived 2.2.7 accepts it, sends to itself, and warns of each advertisement that it receives from itself. */
function ownPeer(instance: Block): readonly NamedAdvice[] {
  const own = sourceOf(instance);
  return entriesOf(instance.body, "unicast_peer")
    .filter((entry) => addressOf(entry) === own)
    .map((entry) => ({
      name: "own-peer",
      at: entry.at,
      message: `\`${own ?? ""}\` is this director's own \`unicast_src_ip\`: as MASTER it receives its own advertisements, and warns each second of another host with its address`,
      help: "leave it out of `unicast_peer`; from a list of all directors, `| difference([own_address])` does",
    }));
}

/** The id of every example: sooner or later two pairs on one network use it. */
function routerId(instance: Block): readonly NamedAdvice[] {
  const id = valueOf(instance.body, "virtual_router_id") ?? "";
  if (!["1", "51"].includes(id) || last(instance.body, "unicast_peer") !== undefined) return [];
  return [
    {
      name: "usual-router-id",
      at: atOf(instance.body, "virtual_router_id", instance.at),
      message: `virtual_router_id ${id} is what every example has: two pairs with one id on a network fight over addresses`,
      help: "choose a number from 1 to 255 that nothing else on this network has",
    },
  ];
}

function authentication(instance: Block): readonly NamedAdvice[] {
  return blocksOf(instance.body, "authentication").flatMap((block) => {
    if (valueOf(block.body, "auth_type") !== "PASS") return [];
    const length = Buffer.byteLength(valueOf(block.body, "auth_pass") ?? "");
    return [...clearText(block), ...(length > 8 ? tooLong(block, length) : [])];
  });
}

function clearText(block: Block): readonly NamedAdvice[] {
  return [
    {
      name: "auth-pass",
      at: atOf(block.body, "auth_type", block.at),
      message: "`auth_type PASS` sends 8 bytes in clear with every advertisement: no protection",
      help: "leave `authentication` out; `unicast_peer`, and a firewall rule for protocol 112 from the peer only",
      note: "RFC 3768 removed it in 2004; where it differs between the two, both become MASTER",
    },
  ];
}

function tooLong(block: Block, length: number): readonly NamedAdvice[] {
  return [
    {
      name: "auth-pass-length",
      at: atOf(block.body, "auth_pass", block.at),
      message: `\`auth_pass\` has ${length} bytes, of which keepalived takes the first 8`,
    },
  ];
}

function multicast(instance: Block): readonly NamedAdvice[] {
  if (last(instance.body, "unicast_peer") !== undefined) return [];
  return [
    {
      name: "multicast",
      at: instance.at,
      message: "advertisements go to 224.0.0.18: any host on this network can read them and take the addresses",
      help: "write `unicast_src_ip` and `unicast_peer`, and let the firewall take protocol 112 from the peer only",
    },
  ];
}

function prefixes(instance: Block): readonly NamedAdvice[] {
  const entries = ["virtual_ipaddress", "virtual_ipaddress_excluded"].flatMap((each) => entriesOf(instance.body, each));
  return entries.flatMap((entry) => {
    const [address = "", length] = keywordOf(entry).split("/");
    const whole = isIP(address) === 6 ? "128" : "32";
    if (length === undefined || length === whole) return [];
    return [
      {
        name: "vip-prefix",
        at: entry.at,
        message: `${address}/${length} owns the route to its network, and takes it along at a failover`,
        help: `write \`${address}/${whole}\``,
      },
    ];
  });
}

function higherPrio(body: readonly Entry[], instances: readonly Block[]): readonly NamedAdvice[] {
  const lacking = instances.filter((each) => !set(body, each, "higher_prio_send_advert"));
  const noRefresh = instances.filter((each) => !set(body, each, "garp_master_refresh"));
  const [first] = [...lacking, ...noRefresh];
  if (first === undefined) return [];
  const missing = [
    ...(lacking.length > 0 ? ["`vrrp_higher_prio_send_advert: true`"] : []),
    ...(noRefresh.length > 0 ? ["`vrrp_garp_master_refresh: 60`"] : []),
  ];
  return [
    {
      name: "no-higher-prio-advert",
      at: first.at,
      message: "after a healed partition clients may stay with the director that stepped down",
      help: `write ${missing.join(" and ")} in \`global_defs\``,
      note: "measured: one heal in three left a client without service",
    },
  ];
}

/** In the instance, or for all of them in global_defs. */
function set(body: readonly Entry[], instance: Block, keyword: string): boolean {
  if (last(instance.body, keyword) !== undefined) return isOn(instance.body, keyword);
  return blocksOf(body, "global_defs").some((block) => isOn(block.body, `vrrp_${keyword}`));
}
