/**
 * Finds what occurs twice. keepalived accepts some of it without a message (2.2.7: an address in two instances, a
 * virtual server, the names of scripts). It drops the second of others, and 2.3.3 reports more.
 */
import { addressOf, deviceOf, normal } from "./address.ts";
import { blocksOf, entriesOf, isBlock, keywordOf, last, valueOf, valuesOf } from "./tree.ts";
import type { At, Block, Entry } from "./tree.ts";
import type { DataProblem } from "./problem.ts";

export function lintTwice(body: readonly Entry[]): readonly DataProblem[] {
  return [
    ...names(body),
    ...body.filter(isBlock).flatMap(entries),
    ...heldTwice(blocksOf(body, "vrrp_instance")),
    ...inTwoGroups(blocksOf(body, "vrrp_sync_group")),
    ...servers(blocksOf(body, "virtual_server")),
    ...blocksOf(body, "virtual_server").flatMap(realServers),
    ...syncDaemons(body),
  ];
}

/** Something that must occur only once. */
interface Thing {
  readonly key: string;
  readonly at: At;
}

/** Each thing that occurs before, by a key that is equal for equal things. */
function repeated<T extends Thing>(things: readonly T[]): readonly { readonly first: T; readonly second: T }[] {
  const seen = new Map<string, T>();
  return things.flatMap((second) => {
    const first = seen.get(second.key);
    if (first === undefined) seen.set(second.key, second);
    return first === undefined ? [] : [{ first, second }];
  });
}

/** Blocks that others refer to by name; the kinds in one line share their names. */
const NAMED = [
  ["vrrp_instance"],
  ["vrrp_script"],
  ["vrrp_sync_group"],
  ["vrrp_track_process"],
  ["track_file", "vrrp_track_file"],
  ["track_group"],
  ["bfd_instance"],
  ["virtual_server_group"],
] as const;

function names(body: readonly Entry[]): readonly DataProblem[] {
  return NAMED.flatMap((keywords) => {
    const blocks = keywords.flatMap((keyword) => blocksOf(body, keyword));
    const things = blocks.map((block) => ({ key: valuesOf(block)[0] ?? "", at: block.at }));
    return repeated(things).map(({ second }) => ({
      at: second.at,
      message: `the ${keywords[0]} \`${second.key}\` is there twice`,
      help: "give one of them another name, or leave it out",
    }));
  });
}

/** Lists in which a name or an address may occur only once. */
const LISTS = new Set(
  "group track_script track_interface track_file track_process track_bfd unicast_peer interfaces".split(" "),
);

function entries(block: Block): readonly DataProblem[] {
  if (!block.entries) return block.body.filter(isBlock).flatMap(entries);
  const keyword = keywordOf(block);
  const group = keyword === "virtual_server_group";
  if (!group && !LISTS.has(keyword)) return [];
  const things = block.body.map((entry) => ({ key: group ? endpoint(entry) : addressOf(entry), at: entry.at }));
  return repeated(things).map(({ second }) => ({
    at: second.at,
    message: `\`${second.key}\` is in the list twice`,
    help: "leave one of them out",
  }));
}

function endpoint(entry: Entry): string {
  return [addressOf(entry), ...valuesOf(entry)].join(" ");
}

const HELD = ["virtual_ipaddress", "virtual_ipaddress_excluded"];

/** An instance that becomes BACKUP removes the address, even if another one is MASTER and holds it. */
function heldTwice(instances: readonly Block[]): readonly DataProblem[] {
  const things = instances.flatMap((instance) => {
    const usual = valueOf(instance.body, "interface");
    const held = HELD.flatMap((keyword) => entriesOf(instance.body, keyword));
    return held.map((entry) => ({
      key: `${addressOf(entry)} ${deviceOf(entry, usual)}`,
      address: addressOf(entry),
      at: entry.at,
      instance: valuesOf(instance)[0] ?? "",
    }));
  });
  return repeated(things).map(({ first, second }) =>
    first.instance === second.instance
      ? { at: second.at, message: `\`${second.address}\` is in \`${second.instance}\` twice`, help: LEAVE_OUT }
      : {
          at: second.at,
          message: `\`${first.instance}\` and \`${second.instance}\` both hold \`${second.address}\`: the one that becomes BACKUP removes it from the other`,
          help: LEAVE_OUT,
        },
  );
}

const LEAVE_OUT = "leave one of them out";

function inTwoGroups(groups: readonly Block[]): readonly DataProblem[] {
  const things = groups.flatMap((group) =>
    entriesOf(group.body, "group").map((entry) => ({
      key: keywordOf(entry),
      group: valuesOf(group)[0] ?? "",
      at: entry.at,
    })),
  );
  return repeated(things)
    .filter(({ first, second }) => first.group !== second.group)
    .map(({ first, second }) => ({
      at: second.at,
      message: `\`${second.key}\` is in the sync groups \`${first.group}\` and \`${second.group}\`: keepalived leaves it out of the second`,
      help: "leave it out of one of them, or make one group of both",
    }));
}

/** keepalived lets two checkers change one service in the kernel. */
function servers(all: readonly Block[]): readonly DataProblem[] {
  const things = all.map((server) => {
    const [first = "", second = ""] = valuesOf(server);
    const shown = [normal(first), ...(second === "" ? [] : [second])].join(" ");
    const mark = first === "fwmark";
    const more = mark
      ? (valueOf(server.body, "ip_family") ?? "inet")
      : (valueOf(server.body, "protocol") ?? "UDP").toUpperCase();
    return { key: `${shown} ${more}`, shown: mark ? shown : `${shown} (${more})`, at: server.at };
  });
  return repeated(things).map(({ second }) => ({
    at: second.at,
    message: `there are two virtual servers for ${second.shown}: the kernel has one service for both`,
    help: "write its real servers in one virtual_server",
  }));
}

function realServers(server: Block): readonly DataProblem[] {
  const [kind, usual = "0"] = valuesOf(server);
  const port = kind === "fwmark" || kind === "group" ? "0" : usual;
  const things = blocksOf(server.body, "real_server").map((real) => {
    const [address = "", own = port] = valuesOf(real);
    return { key: `${normal(address)} ${Number(own) === 0 ? port : own}`, at: real.at };
  });
  return repeated(things).map(({ second }) => ({
    at: second.at,
    message: `the real server \`${second.key.replace(/ 0$/, "")}\` is there twice: keepalived leaves the second out`,
    help: LEAVE_OUT,
  }));
}

/** The kernel runs one master and one backup daemon. */
function syncDaemons(body: readonly Entry[]): readonly DataProblem[] {
  const places = [
    ...blocksOf(body, "global_defs").flatMap((block) => last(block.body, "lvs_sync_daemon") ?? []),
    ...blocksOf(body, "vrrp_instance").flatMap((block) => last(block.body, "lvs_sync_daemon_interface") ?? []),
  ];
  return places.slice(1).map(({ at }) => ({
    at,
    message: "keepalived has one sync daemon for all instances, and it is written already",
    help: "write `lvs_sync_daemon` once, in `global_defs`",
  }));
}
