/**
 * The order in which keepalived must read a file. It resolves some names while it reads (2.2.7: a `track_script` of a
 * script that comes later is "not found"). A block inherits from the lines before it.
 */
import { isBlock, keywordOf } from "./tree.ts";
import type { Entry } from "./tree.ts";

const TOP = [
  ["global_defs"],
  ["linkbeat_interfaces", "interface_up_down_delays", "garp_group", "track_group"],
  ["static_ipaddress", "static_routes", "static_rules"],
  ["vrrp_script", "track_file", "vrrp_track_file", "vrrp_track_process", "bfd_instance"],
  ["include", "includer", "includem", "includew", "includeb", "includea"],
  ["vrrp_sync_group"],
  ["vrrp_instance"],
  ["virtual_server_group", "SSL"],
  ["virtual_server"],
];

/** The top of the file: what concerns the whole process first, -1. */
export function inTopOrder(body: readonly Entry[]): readonly Entry[] {
  return sorted(body, (entry) => TOP.findIndex((group) => group.includes(keywordOf(entry))));
}

/** Within a block: lines, the sorry server (it inherits from the lines before it), its own lines, blocks. */
export function inBlockOrder(body: readonly Entry[]): readonly Entry[] {
  return sorted(body, (entry) => {
    if (isBlock(entry)) return 3;
    const keyword = keywordOf(entry);
    return keyword.startsWith("sorry_server_") ? 2 : keyword === "sorry_server" ? 1 : 0;
  });
}

function sorted(body: readonly Entry[], rank: (entry: Entry) => number): readonly Entry[] {
  return [...body].sort((a, b) => rank(a) - rank(b));
}
