/** Finds errors in a configuration that are errors in every release. */
import { lintLvs } from "./lint-lvs.ts";
import { lintTwice } from "./lint-twice.ts";
import { lintVrrp } from "./lint-vrrp.ts";
import { syncDaemonOf } from "./sync-daemon.ts";
import { isBlock, keywordOf, last, plain, valuesOf, blocksOf } from "./tree.ts";
import type { Entry } from "./tree.ts";
import type { DataProblem } from "./problem.ts";

export function lint(body: readonly Entry[]): readonly DataProblem[] {
  return [
    ...missing(body),
    ...synonyms(body),
    ...lintTwice(body),
    ...lintVrrp(body),
    ...lintLvs(body),
    ...(body.some((entry) => keywordOf(entry).startsWith("include")) ? [] : undefinedNames(body)),
  ];
}

/** Blocks that are nothing without a line; of several, one of them (2.2.7 crashes on an HTTP_GET without `url`). */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  vrrp_instance: ["virtual_router_id"],
  vrrp_script: ["script"],
  vrrp_sync_group: ["group"],
  garp_group: ["garp_interval", "gna_interval"],
  track_file: ["file"],
  vrrp_track_file: ["file"],
  vrrp_track_process: ["process"],
  bfd_instance: ["neighbor_ip", "neighbour_ip"],
  HTTP_GET: ["url"],
  SSL_GET: ["url"],
  url: ["path"],
  MISC_CHECK: ["misc_path"],
  BFD_CHECK: ["name"],
  FILE_CHECK: ["track_file"],
};

function missing(body: readonly Entry[]): readonly DataProblem[] {
  return body.filter(isBlock).flatMap((entry) => {
    if (entry.entries) return entry.body.length === 0 ? [{ at: entry.at, message: "the list is empty" }] : [];
    const keyword = keywordOf(entry);
    const wanted = WANTED[keyword] ?? [];
    const there = wanted.length === 0 || wanted.some((each) => last(entry.body, each) !== undefined);
    const problem = { at: entry.at, message: `\`${keyword}\` needs \`${wanted[0] ?? ""}\`` };
    return [...(there ? [] : [problem]), ...missing(entry.body)];
  });
}

/** Names for one thing, of which a block may have one. */
const SAME = [
  ["lb_algo", "lvs_sched"],
  ["lb_kind", "lvs_method"],
  ["retry", "nb_get_retry"],
  ["neighbor_ip", "neighbour_ip"],
  ["ttl", "hoplimit"],
  ["garp_extra_if", "vmac_garp_intvl"],
  ["vrrp_garp_extra_if", "vrrp_vmac_garp_intvl"],
  ["lvs_flush_on_stop", "lvs_flush_onstop"],
  ["enable_snmp_vrrp", "enable_snmp_keepalived"],
] as const;

function synonyms(body: readonly Entry[]): readonly DataProblem[] {
  const here = SAME.flatMap(([name, other]) => {
    const [first, second] = [last(body, name), last(body, other)];
    if (first === undefined || second === undefined) return [];
    return [{ at: second.at, message: `\`${name}\` and \`${other}\` are one thing: write one of them` }];
  });
  return [...here, ...body.filter(isBlock).flatMap((entry) => (entry.entries ? [] : synonyms(entry.body)))];
}

const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  track_script: ["vrrp_script"],
  track_file: ["track_file", "vrrp_track_file"],
  track_process: ["vrrp_track_process"],
  track_bfd: ["bfd_instance"],
  group: ["vrrp_instance"],
};

function undefinedNames(body: readonly Entry[]): readonly DataProblem[] {
  return [...referring(body, body), ...unknownGroups(body), ...unknownSyncInstance(body)];
}

function referring(body: readonly Entry[], top: readonly Entry[]): readonly DataProblem[] {
  return body.filter(isBlock).flatMap((entry) => {
    if (!entry.entries) return referring(entry.body, top);
    const kinds = REFERENCES[keywordOf(entry)] ?? [];
    const names = new Set(kinds.flatMap((kind) => blocksOf(top, kind).map((each) => valuesOf(each)[0])));
    if (kinds.length === 0) return [];
    return entry.body
      .map((line) => ({ at: line.at, name: line.words[0] === undefined ? "" : plain(line.words[0]) }))
      .filter(({ name }) => !names.has(name))
      .map(({ at, name }) => ({ at, message: `there is no ${kinds[0] ?? ""} \`${name}\`` }));
  });
}

function unknownGroups(body: readonly Entry[]): readonly DataProblem[] {
  const names = new Set(blocksOf(body, "virtual_server_group").map((each) => valuesOf(each)[0]));
  return blocksOf(body, "virtual_server").flatMap((server) => {
    const [kind, name = ""] = valuesOf(server);
    const unknown = kind === "group" && !names.has(name);
    return unknown ? [{ at: server.at, message: `there is no virtual_server_group \`${name}\`` }] : [];
  });
}

/** keepalived takes a name that does not exist, and then never synchronises. */
function unknownSyncInstance(body: readonly Entry[]): readonly DataProblem[] {
  const names = new Set(blocksOf(body, "vrrp_instance").map((each) => valuesOf(each)[0]));
  return blocksOf(body, "global_defs").flatMap((block) => {
    const line = last(block.body, "lvs_sync_daemon");
    const name = line === undefined ? undefined : syncDaemonOf(valuesOf(line)).instance;
    if (line === undefined || name === undefined || names.has(name)) return [];
    return [{ at: line.at, message: `there is no vrrp_instance \`${name}\`` }];
  });
}
