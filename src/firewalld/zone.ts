/** The content of a firewalld zone, at run time (D-Bus) or permanently (XML). */
import type { BusValue } from "./busctl.ts";
import { canonicalNetwork, canonicalProtocol } from "../tasks/parts/netaddr.ts";
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
  /** In firewalld's own form; unchanged if this program does not understand it. */
  readonly rules: readonly string[];
}

/** The subject of a task: one item that a zone contains or not. */
export type Item =
  | { readonly is: "service" | "protocol" | "source" | "interface"; readonly name: string }
  | { readonly is: "port"; readonly range: PortRange }
  | { readonly is: "rich-rule"; readonly rule: RichRule }
  | { readonly is: "masquerade" };

/**
 * The index of the target in the reply of `getZoneSettings`. Only the target is read there: it cannot be changed at run
 * time.
 */
const TARGET = 4;

/**
 * A zone at run time, from the replies of the methods that return one list each (firewalld.dbus(5)). A list without a
 * reply is empty. `prefix` comes before the labels.
 */
export function zoneFromBus(reply: (label: string) => readonly BusValue[] | undefined, prefix = ""): Zone {
  const answer = (label: string): BusValue | undefined => reply(prefix + label)?.[0];
  const settings = list(answer("settings"));
  return {
    target: String(settings[TARGET] ?? "default"),
    services: texts(answer("services")),
    ports: list(answer("ports")).flatMap((pair) => rangeOf(texts(pair)[0], texts(pair)[1])),
    protocols: texts(answer("protocols")),
    sources: texts(answer("sources")),
    interfaces: texts(answer("interfaces")),
    masquerade: answer("masquerade") === true,
    rules: texts(answer("rules")),
  };
}

function isList(value: BusValue | undefined): value is readonly BusValue[] {
  return Array.isArray(value);
}

function list(value: BusValue | undefined): readonly BusValue[] {
  return isList(value) ? value : [];
}

function texts(value: BusValue | undefined): readonly string[] {
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

/** The entry that adding the item to an empty zone makes. */
export function entryOf(item: Item): string {
  switch (item.is) {
    case "service":
    case "protocol":
    case "source":
    case "interface":
      return item.name;
    case "port":
      return rangeText(item.range);
    case "rich-rule":
      return ruleText(item.rule);
    case "masquerade":
      return "yes";
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

/** Whether the zone contains the complete item: every port of a range, by one entry or several. */
export function holds(zone: Zone, item: Item): boolean {
  if (item.is === "port") return without(item.range, zone.ports).length === 0;
  return entriesOf(zone, item).length > 0;
}

/** The zone with the item, or without it; a port that is removed from a range leaves the rest. */
export function zoneWith(zone: Zone, item: Item, enabled: boolean): Zone {
  const without = zoneWithout(zone, item);
  if (!enabled) return without;
  switch (item.is) {
    case "service":
      return { ...without, services: [...without.services, item.name] };
    case "protocol":
      return { ...without, protocols: [...without.protocols, item.name] };
    case "port":
      return { ...without, ports: [...without.ports, item.range] };
    case "rich-rule":
      return { ...without, rules: [...without.rules, ruleText(item.rule)] };
    case "source":
    case "interface":
    case "masquerade":
      return zone;
  }
}

function zoneWithout(zone: Zone, item: Item): Zone {
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
