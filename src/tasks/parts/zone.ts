/** What a zone of firewalld holds, at run time (D-Bus) or permanently (XML). */
import type { BusValue } from "./busctl.ts";
import { canonicalNetwork, canonicalProtocol } from "./netaddr.ts";
import { overlap, portRange, rangeText, without } from "./port-range.ts";
import type { PortRange } from "./port-range.ts";
import { NotARule, readRichRule, ruleFromXml, ruleKey, ruleText } from "./rich-rule.ts";
import type { RichRule } from "./rich-rule.ts";
import type { Element } from "./xml.ts";

export interface Zone {
  readonly target: string;
  readonly services: readonly string[];
  readonly ports: readonly PortRange[];
  readonly protocols: readonly string[];
  readonly sources: readonly string[];
  readonly interfaces: readonly string[];
  readonly masquerade: boolean;
  /** In firewalld's own form; as it came where this program does not understand it. */
  readonly rules: readonly string[];
}

/** What a task is about: one thing that a zone holds or does not hold. */
export type Item =
  | { readonly is: "service" | "protocol" | "source" | "interface"; readonly name: string }
  | { readonly is: "port"; readonly range: PortRange }
  | { readonly is: "rich-rule"; readonly rule: RichRule }
  | { readonly is: "masquerade" };

/**
 * The reply of `getZoneSettings`, `(sssbsasa(ss)asba(ssss)asasas…)`: version, short, description, unused, target, services,
 * ports, ICMP blocks, masquerade, forward ports, interfaces, sources, rich rules, protocols (from 0.4), … The same from
 * firewalld 0.3 to 2.x but for what was added at the end.
 */
export function zoneFromBus(reply: readonly BusValue[]): Zone | undefined {
  const [settings] = reply;
  if (!isList(settings) || settings.length < 13) return undefined;
  return {
    target: String(settings[4]),
    services: texts(settings[5]),
    ports: list(settings[6]).flatMap((pair) => rangeOf(texts(pair)[0], texts(pair)[1])),
    protocols: texts(settings[13]),
    sources: texts(settings[11]),
    interfaces: texts(settings[10]),
    masquerade: settings[8] === true,
    rules: texts(settings[12]),
  };
}

function isList(value: BusValue | undefined): value is readonly BusValue[] {
  return Array.isArray(value);
}

function list(value: BusValue | undefined): readonly BusValue[] {
  return isList(value) ? value : [];
}

export function texts(value: BusValue | undefined): readonly string[] {
  return list(value).map(String);
}

function rangeOf(ports: string | undefined, protocol: string | undefined): readonly PortRange[] {
  const range = portRange(`${ports ?? ""}/${protocol ?? ""}`);
  return range === undefined ? [] : [range];
}

/** A zone's file (firewalld.zone(5)). */
export function zoneFromXml(zone: Element): Zone {
  const all = (name: string): readonly Element[] => zone.children.filter((child) => child.name === name);
  const values = (name: string, key: string): readonly string[] =>
    all(name).flatMap(({ attributes }) => attributes.get(key) ?? []);
  return {
    target: zone.attributes.get("target") ?? "default",
    services: values("service", "name"),
    ports: all("port").flatMap(({ attributes: it }) => rangeOf(it.get("port"), it.get("protocol"))),
    protocols: values("protocol", "value"),
    sources: [...values("source", "address"), ...values("source", "ipset").map((name) => `ipset:${name}`)],
    interfaces: values("interface", "name"),
    masquerade: all("masquerade").some(({ attributes }) => !/^(no|false)$/i.test(attributes.get("enabled") ?? "")),
    rules: all("rule").flatMap(ruleTexts),
  };
}

function ruleTexts(element: Element): readonly string[] {
  const rule = ruleFromXml(element);
  return rule instanceof NotARule ? [] : [ruleText(rule)];
}

/** The zone's entries that are the item, as firewalld spells them; for a port, all ranges that overlap. */
export function entriesOf(zone: Zone, item: Item): readonly string[] {
  switch (item.is) {
    case "service":
      return zone.services.filter((name) => name === item.name);
    case "protocol":
      return zone.protocols.filter((name) => canonicalProtocol(name) === canonicalProtocol(item.name));
    case "source":
      return zone.sources.filter((name) => sourceKey(name) === sourceKey(item.name));
    case "interface":
      return zone.interfaces.filter((name) => name === item.name);
    case "port":
      return zone.ports.filter((range) => overlap(range, item.range)).map(rangeText);
    case "rich-rule":
      return zone.rules.filter((text) => ruleKeyOf(text) === ruleKey(item.rule));
    case "masquerade":
      return zone.masquerade ? ["yes"] : [];
  }
}

/** A source is an address or network, a MAC address, or `ipset:NAME`. */
export function sourceKey(source: string): string {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(source) ? source.toUpperCase() : canonicalNetwork(source);
}

function ruleKeyOf(text: string): string {
  const rule = readRichRule(text);
  return rule instanceof NotARule ? text : ruleKey(rule);
}

/** Whether the zone holds the item wholly: every port of a range, by one entry or several. */
export function holds(zone: Zone, item: Item): boolean {
  if (item.is === "port") return without(item.range, zone.ports).length === 0;
  return entriesOf(zone, item).length > 0;
}

const ALL: PortRange = { first: 1, last: 65535, protocol: "tcp" };

/**
 * The TCP ports by which ssh may come in, as ranges; the service ssh and a target of ACCEPT stand for all of them. A rule
 * that accepts counts whatever its source: whether it is ours cannot be told from here.
 */
export function waysIn(zone: Zone): readonly PortRange[] {
  if (zone.target === "ACCEPT" || zone.services.includes("ssh")) return [ALL];
  const tcp = zone.ports.filter(({ protocol }) => protocol === "tcp");
  return [...tcp, ...(zone.protocols.map(canonicalProtocol).includes("6") ? [ALL] : []), ...zone.rules.flatMap(waysOf)];
}

/** The TCP ports that an accepting rule lets in. */
function waysOf(text: string): readonly PortRange[] {
  const rule = readRichRule(text);
  if (rule instanceof NotARule || !rule.parts.some(({ name }) => name === "accept")) return [];
  const element = rule.parts.find(({ name }) =>
    ["service", "port", "protocol", "source-port", "icmp-type"].includes(name),
  );
  if (element === undefined || element.attributes.name === "ssh") return [ALL];
  if (element.name === "protocol") return canonicalProtocol(element.attributes.value ?? "") === "6" ? [ALL] : [];
  if (element.name !== "port" || element.attributes.protocol !== "tcp") return [];
  return rangeOf(element.attributes.port, "tcp");
}

/** The zone without the item. */
export function zoneWithout(zone: Zone, item: Item): Zone {
  const gone = new Set(entriesOf(zone, item));
  const kept = (names: readonly string[]): readonly string[] => names.filter((name) => !gone.has(name));
  switch (item.is) {
    case "service":
      return { ...zone, services: kept(zone.services) };
    case "protocol":
      return { ...zone, protocols: kept(zone.protocols) };
    case "port":
      return { ...zone, ports: zone.ports.flatMap((range) => without(range, [item.range])) };
    case "rich-rule":
      return { ...zone, rules: kept(zone.rules) };
    case "source":
    case "interface":
    case "masquerade":
      return zone;
  }
}

/** As the guard's shell takes them: `22-22 5000-5010`. */
export function waysText(ways: readonly PortRange[]): readonly string[] {
  return ways.map(({ first, last }) => `${first}-${last}`);
}
