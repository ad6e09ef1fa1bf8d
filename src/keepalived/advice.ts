/**
 * Finds typical mistakes that keepalived itself accepts, without a message or with one that is easily missed. Each has
 * a name by which it can be allowed.
 */
import { addressOf, normal } from "./address.ts";
import { adviseOnServer } from "./advice-lvs.ts";
import { adviseOnVrrp } from "./advice-vrrp.ts";
import { atOf, blocksOf, entriesOf, keywordOf, last, valuesOf } from "./tree.ts";
import type { Block, Entry } from "./tree.ts";
import type { NamedAdvice } from "./named-advice.ts";

export function advise(body: readonly Entry[]): readonly NamedAdvice[] {
  const instances = blocksOf(body, "vrrp_instance");
  const servers = blocksOf(body, "virtual_server");
  return [
    ...adviseOnVrrp(body, instances),
    ...servers.flatMap(adviseOnServer),
    ...syncDaemon(body, instances, servers),
    ...unmatched(body, instances, servers),
  ];
}

function syncDaemon(
  body: readonly Entry[],
  instances: readonly Block[],
  servers: readonly Block[],
): readonly NamedAdvice[] {
  const [first] = servers.filter((each) => last(each.body, "persistence_timeout") !== undefined);
  const synced =
    blocksOf(body, "global_defs").some((block) => last(block.body, "lvs_sync_daemon") !== undefined) ||
    instances.some((each) => last(each.body, "lvs_sync_daemon_interface") !== undefined);
  if (first === undefined || instances.length === 0 || synced) return [];
  const name = valuesOf(instances[0] ?? first)[0] ?? "VI_1";
  return [
    {
      name: "no-sync-daemon",
      at: atOf(first.body, "persistence_timeout", first.at),
      message:
        "without a sync daemon the other director knows of no persistence: half of the clients change node at a failover",
      help: `write \`lvs_sync_daemon: eth0 ${name} id 51\` in \`global_defs\`, with the interface and a number of your own`,
    },
  ];
}

/** Addresses that are held without a server for them, and servers for addresses that no instance holds. */
function unmatched(
  body: readonly Entry[],
  instances: readonly Block[],
  servers: readonly Block[],
): readonly NamedAdvice[] {
  const including = body.some((entry) => keywordOf(entry).startsWith("include"));
  const odd = servers.some((each) => ["fwmark", "group"].includes(valuesOf(each)[0] ?? ""));
  if (instances.length === 0 || servers.length === 0 || including || odd) return [];
  const vips = instances.flatMap((each) =>
    ["virtual_ipaddress", "virtual_ipaddress_excluded"].flatMap((block) => entriesOf(each.body, block)),
  );
  const held = new Set(vips.map(addressOf));
  const served = new Set(servers.map((each) => normal(valuesOf(each)[0] ?? "")));
  return [
    ...vips.filter((entry) => !served.has(addressOf(entry))).map(unused),
    ...servers.filter((each) => !held.has(normal(valuesOf(each)[0] ?? ""))).map(notHeld),
  ];
}

function unused(entry: Entry): NamedAdvice {
  const message = `no virtual_server is for ${keywordOf(entry)}: the director itself gets what is sent there`;
  return { name: "vip-unused", at: entry.at, message };
}

function notHeld(server: Block): NamedAdvice {
  const message = `no vrrp_instance holds ${valuesOf(server)[0] ?? ""}: nothing is sent there unless something else holds it`;
  return { name: "vip-missing", at: server.at, message };
}
