/** Finds typical mistakes in ports that are opened on a director or a web node. */
import type { Advice } from "../core/task-type.ts";
import { canonicalProtocol } from "../tasks/parts/netaddr.ts";
import { overlap, portRange } from "./port-range.ts";
import type { RichRule } from "./rich-rule.ts";
import type { Item } from "./zone.ts";

const SYNC = { first: 8848, last: 8848, protocol: "udp" };

/** For something that is to be let in. */
export function adviseOnItem(item: Item): readonly Advice[] {
  if (item.is === "protocol" && isVrrp(item.name)) return [vrrp("protocol")];
  if (item.is === "service" && item.name === "vrrp") return [vrrp("service")];
  if (item.is === "port" && overlap(item.range, SYNC)) return [sync("port")];
  return item.is === "rich-rule" ? adviseOnRule(item.rule) : [];
}

function isVrrp(protocol: string): boolean {
  return canonicalProtocol(protocol) === "112";
}

function adviseOnRule(rule: RichRule): readonly Advice[] {
  const has = (name: string): boolean => rule.parts.some((part) => part.name === name);
  const refuses = has("drop") || has("reject");
  const from = has("source");
  return rule.parts.flatMap(({ name, attributes: { value = "", name: service, port, protocol } }) => {
    const vrrpToo = (name === "protocol" && isVrrp(value)) || (name === "service" && service === "vrrp");
    if (vrrpToo && refuses && !from) return [noVrrp];
    if (vrrpToo && has("accept") && !from) return [vrrp("rich_rule")];
    const range = name === "port" ? portRange(`${port ?? ""}/${protocol ?? ""}`) : undefined;
    return range !== undefined && overlap(range, SYNC) && has("accept") && !from ? [sync("rich_rule")] : [];
  });
}

function vrrp(argument: string): Advice {
  return {
    path: [argument],
    message:
      "VRRP is allowed from every host: any host on the network can take the VIP with one advertisement of priority 254",
    help: `rich_rule: 'rule family="ipv4" source address="PEER/32" protocol value="vrrp" accept', one for each peer`,
    note: "the password of auth_type PASS is sent in clear text and protects nothing",
  };
}

const noVrrp: Advice = {
  path: ["rich_rule"],
  message: "VRRP is blocked, also from the peer: both directors become MASTER and hold the VIP",
  help: "allow it from the peer by a separate rule with a higher priority, or leave this rule out",
};

function sync(argument: string): Advice {
  return {
    path: [argument],
    message:
      "the port of IPVS's sync daemon is open to every host: it has no authentication, so any host can add connections to the table",
    help: `rich_rule: 'rule family="ipv4" source address="PEER/32" port port="8848" protocol="udp" accept', one for each peer`,
  };
}
