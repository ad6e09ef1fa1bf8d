/** Finds errors in a `vrrp_instance` that are errors in every release. */
import { addressesOf, familyOfInstance, normal } from "./address.ts";
import type { Said } from "./address.ts";
import { atOf, blocksOf, isOn, last, valueOf, valuesOf } from "./tree.ts";
import type { Block, Entry } from "./tree.ts";
import type { DataProblem } from "./problem.ts";

export function lintVrrp(body: readonly Entry[]): readonly DataProblem[] {
  const instances = blocksOf(body, "vrrp_instance");
  return [
    ...sameRouterId(instances),
    ...instances.flatMap((instance) => [
      ...families(instance),
      ...onlyItself(instance),
      ...wholeSeconds(instance, body),
      ...authentication(instance, body),
    ]),
  ];
}

/** Whether two instances with one virtual_router_id, interface and family conflict. */
export type Conflict = (one: Block, other: Block) => boolean;

/** keepalived does not start with two such instances. A reload with them kills it, and the VIP stays on the host. */
function sameRouterId(instances: readonly Block[]): readonly DataProblem[] {
  return conflicting(instances, conflicts).map(({ one, other }) => {
    const id = valueOf(other.body, "virtual_router_id") ?? "";
    const names = `\`${nameOf(one)}\` and \`${nameOf(other)}\``;
    const where = isUnicast(other) ? "for one peer" : "on one interface";
    return { at: other.at, message: `${names} both have virtual_router_id ${id} ${where}` };
  });
}

/** Each instance that conflicts with one before it. */
export function conflicting(
  instances: readonly Block[],
  conflict: Conflict,
): readonly { readonly one: Block; readonly other: Block }[] {
  return instances.flatMap((other, index) => {
    const one = instances.slice(0, index).find((each) => keyOf(each) === keyOf(other) && conflict(each, other));
    return one === undefined ? [] : [{ one, other }];
  });
}

function keyOf({ body, ...instance }: Block): string {
  const family = familyOfInstance({ body, ...instance });
  return [valueOf(body, "virtual_router_id"), valueOf(body, "interface"), family].join(" ");
}

/** As the newest releases see it: with unicast, only instances with a common peer. */
function conflicts(one: Block, other: Block): boolean {
  if (isUnicast(one) !== isUnicast(other)) return false;
  if (!isUnicast(one)) return multicastOf(one) === multicastOf(other);
  const peers = new Set(peersOf(one));
  return sourceOf(one) === sourceOf(other) && peersOf(other).some((peer) => peers.has(peer));
}

export function isUnicast(instance: Block): boolean {
  return last(instance.body, "unicast_peer") !== undefined;
}

export function sourceOf(instance: Block): string | undefined {
  const address = valueOf(instance.body, "unicast_src_ip");
  return address === undefined ? undefined : normal(address);
}

function multicastOf(instance: Block): string | undefined {
  return valueOf(instance.body, "mcast_dst_ip");
}

export function peersOf(instance: Block): readonly string[] {
  return addressesOf(instance).flatMap(({ keyword, address }) => (keyword === "unicast_peer" ? [address] : []));
}

export function nameOf(block: Block): string {
  return valuesOf(block)[0] ?? "";
}

/** keepalived uses the family that it reads first, and ignores addresses of the other. */
function families(instance: Block): readonly DataProblem[] {
  const [first, ...rest] = addressesOf(instance);
  return rest
    .filter(({ family }) => family !== first?.family)
    .map((each) => ({
      at: each.entry.at,
      message: `\`${nameOf(instance)}\` is an instance for IPv${first?.family ?? 4} (\`${first?.address ?? ""}\`), and \`${each.address}\` is IPv${each.family}`,
      help: otherFamily(each),
    }));
}

function otherFamily({ keyword, family }: Said): string {
  if (keyword !== "virtual_ipaddress") return `write an address of the instance's own family in \`${keyword}\``;
  return `put it into \`virtual_ipaddress_excluded\`, or make a vrrp_instance of its own for IPv${family}`;
}

/** The other director receives nothing, and both become MASTER. */
function onlyItself(instance: Block): readonly DataProblem[] {
  const own = sourceOf(instance);
  const peers = peersOf(instance);
  if (own === undefined || peers.length === 0 || peers.some((peer) => peer !== own)) return [];
  return [
    {
      at: atOf(instance.body, "unicast_peer", instance.at),
      message: `the only peer of \`${nameOf(instance)}\` is \`${own}\`, its own \`unicast_src_ip\`: no other director gets its advertisements`,
      help: "write the address of the other director in `unicast_peer`",
    },
  ];
}

function wholeSeconds(instance: Block, body: readonly Entry[]): readonly DataProblem[] {
  const line = last(instance.body, "advert_int");
  const fraction = line !== undefined && valuesOf(line).some((value) => value.includes("."));
  if (!fraction || versionOf(instance, body) === "3") return [];
  return [{ at: line.at, message: "VRRP version 2 has whole seconds; fractions want `version: 3`" }];
}

/** The version of VRRP that an instance uses. */
function versionOf(instance: Block, body: readonly Entry[]): string {
  const own = valueOf(instance.body, "version");
  if (own !== undefined) return own;
  return familyOfInstance(instance) === 6 ? "3" : (globally(body, "vrrp_version") ?? "2");
}

/** The value in `global_defs`. */
function globally(body: readonly Entry[], keyword: string): string | undefined {
  return blocksOf(body, "global_defs").flatMap((block) => valueOf(block.body, keyword) ?? [])[0];
}

export function isStrict(instance: Block, body: readonly Entry[]): boolean {
  if (last(instance.body, "strict_mode") !== undefined) return isOn(instance.body, "strict_mode");
  return globally(body, "vrrp_strict") !== undefined;
}

function authentication(instance: Block, body: readonly Entry[]): readonly DataProblem[] {
  return blocksOf(instance.body, "authentication").flatMap((block) => {
    const type = valueOf(block.body, "auth_type");
    if (type === undefined) return [];
    if (last(block.body, "auth_pass") === undefined)
      return [{ at: block.at, message: "`auth_type` is nothing without `auth_pass`" }];
    const why = noAuthentication(instance, body, type);
    if (why === undefined) return [];
    const help = "leave `authentication` out; `unicast_peer`, and a firewall rule for protocol 112 from the peer only";
    return [{ at: block.at, message: `there is no authentication in ${why}: keepalived leaves it out`, help }];
  });
}

/** The kind of VRRP, if it has no authentication (RFC 5798, section 9). */
function noAuthentication(instance: Block, body: readonly Entry[], type: string): string | undefined {
  const family = familyOfInstance(instance);
  if (isStrict(instance, body)) return "VRRP as strict as the RFC";
  if (versionOf(instance, body) === "3") return `VRRP version 3${family === 6 ? ", which is that for IPv6" : ""}`;
  return family === 6 && type === "AH" ? "IPv6 by `auth_type AH`" : undefined;
}
