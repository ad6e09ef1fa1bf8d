/**
 * Lists what single releases do not accept, except keywords that they do not know. Found in keepalived's sources tag by
 * tag, and tried with 2.0.10, 2.1.5, 2.2.7, 2.2.8 and 2.3.3.
 */
import { familyOf } from "./address.ts";
import { conflicting, isStrict, isUnicast, nameOf, sourceOf } from "./lint-vrrp.ts";
import type { Conflict } from "./lint-vrrp.ts";
import { syncDaemonOf } from "./sync-daemon.ts";
import { blocksOf, isBlock, keywordOf, last, valueOf, valuesOf } from "./tree.ts";
import type { Block, Entry } from "./tree.ts";
import { isBefore } from "./version.ts";

interface Rule {
  /** Whether a release has it. */
  readonly has: (version: string) => boolean;
  /** What it does not accept, one line each. */
  readonly find: (body: readonly Entry[]) => readonly string[];
}

const before =
  (release: string) =>
  (version: string): boolean =>
    isBefore(version, release);

const between =
  (first: string, fixed: string) =>
  (version: string): boolean =>
    !isBefore(version, first) && isBefore(version, fixed);

const RULES: readonly Rule[] = [
  { has: before("2.1.0"), find: syncWithoutInstance },
  { has: before("2.1.0"), find: sameRouterId(() => true) },
  { has: between("2.1.0", "2.2.5"), find: sameRouterId(fromOneAddress) },
  { has: before("2.1.0"), find: mixedGroups },
  { has: before("2.2.5"), find: strictUnicast },
  { has: between("2.3.0", "2.3.4"), find: smtpHosts },
];

export function notTakenBy(body: readonly Entry[], version: string): readonly string[] {
  return RULES.flatMap(({ has, find }) => (has(version) ? find(body) : []));
}

function syncWithoutInstance(body: readonly Entry[]): readonly string[] {
  const lines = blocksOf(body, "global_defs").flatMap((block) => last(block.body, "lvs_sync_daemon") ?? []);
  return lines
    .map((line) => syncDaemonOf(valuesOf(line)))
    .filter(({ instance }) => instance === undefined)
    .map(
      (daemon) =>
        `its \`lvs_sync_daemon\` wants a vrrp_instance to follow (from 2.1.0 on it may be left out): \`lvs_sync_daemon: ${daemon.interface} INSTANCE\``,
    );
}

function sameRouterId(conflict: Conflict): Rule["find"] {
  return (body) =>
    conflicting(blocksOf(body, "vrrp_instance"), conflict).map(({ one, other }) => {
      const id = valueOf(other.body, "virtual_router_id") ?? "";
      return `it takes \`${nameOf(one)}\` and \`${nameOf(other)}\` for one, since both have virtual_router_id ${id} on one interface (from 2.2.5 on their peers distinguish them)`;
    });
}

function fromOneAddress(one: Block, other: Block): boolean {
  return isUnicast(one) && isUnicast(other) && sourceOf(one) === sourceOf(other);
}

function mixedGroups(body: readonly Entry[]): readonly string[] {
  return blocksOf(body, "virtual_server_group")
    .filter(({ body: entries }) => {
      const families = entries.map((entry) => familyOf(keywordOf(entry).split(/[-/]/)[0] ?? ""));
      return new Set(families.filter((family) => family !== undefined)).size > 1;
    })
    .map((group) => `the virtual_server_group \`${nameOf(group)}\` cannot mix IPv4 and IPv6, which came with 2.1.0`);
}

function strictUnicast(body: readonly Entry[]): readonly string[] {
  return blocksOf(body, "vrrp_instance")
    .filter((instance) => isUnicast(instance) && isStrict(instance, body))
    .map(
      (instance) =>
        `\`${nameOf(instance)}\` cannot be strict and have a \`unicast_peer\`, which 2.2.5 is the first to take`,
    );
}

/** Fixed in 2.3.4 by "resolve infinity loop when SMTP_CHECKers have 'host' config". */
function smtpHosts(body: readonly Entry[]): readonly string[] {
  if (!checksOf(body).some((check) => blocksOf(check.body, "host").length > 0)) return [];
  return [
    "it hangs at once over an SMTP_CHECK with `host` (2.3.4 is the first that does not); write an SMTP_CHECK for each, with `connect_ip` and `connect_port`",
  ];
}

function checksOf(body: readonly Entry[]): readonly Block[] {
  const inside = body.filter(isBlock).flatMap((block) => (block.entries ? [] : checksOf(block.body)));
  return [...blocksOf(body, "SMTP_CHECK"), ...inside];
}
