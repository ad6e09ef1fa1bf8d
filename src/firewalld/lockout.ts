/**
 * Finds changes of a zone after which no new ssh connection could come in, as far as the look shows it. It checks what
 * a zone lets in (firewalld.zone(5), firewalld.richlanguage(5)), for the connection of the task itself.
 */
import { Blocked } from "../core/task-type.ts";
import type { Change } from "../core/task-type.ts";
import { all, arrivalText, inNetwork, not } from "./arrival.ts";
import type { Arrival, Match } from "./arrival.ts";
import type { Stake } from "./look.ts";
import type { Store } from "./seen.ts";
import { canonicalProtocol } from "../tasks/parts/netaddr.ts";
import { portRange } from "./port-range.ts";
import type { PortRange } from "./port-range.ts";
import { NotARule, readRichRule } from "./rich-rule.ts";
import type { RichRule, RulePart } from "./rich-rule.ts";
import { zoneWith } from "./zone.ts";
import type { Item, Zone } from "./zone.ts";

const ANY_PORT = { first: 1, last: 65535, fallsBack: false };

/** When a change of an item may shut out ssh, for the look. `undefined` item: the default zone. */
export function stakeOf(item: Item | undefined, enabled: boolean): Stake | undefined {
  if (item === undefined) return { when: "default", ...ANY_PORT };
  switch (item.is) {
    case "interface":
    case "source":
      return { when: enabled ? "gone" : "there", ...ANY_PORT, fallsBack: !enabled };
    case "service":
      return enabled || item.name !== "ssh" ? undefined : { when: "there", ...ANY_PORT };
    case "protocol":
      return enabled || canonicalProtocol(item.name) !== "6" ? undefined : { when: "there", ...ANY_PORT };
    case "port":
      return enabled || item.range.protocol !== "tcp" ? undefined : { when: "any", ...item.range, fallsBack: false };
    case "rich-rule":
      return stakeOfRule(item.rule, enabled);
    case "masquerade":
      return undefined;
  }
}

function stakeOfRule(rule: RichRule, enabled: boolean): Stake | undefined {
  const opens = rule.parts.some(({ name }) => name === "accept");
  if (opens === enabled && !takesAway(rule)) return undefined;
  if (!mayBeSsh(elementOf(rule))) return undefined;
  const { first, last } = portsOf(rule) ?? ANY_PORT;
  return { when: enabled ? "gone" : "any", first, last, fallsBack: false };
}

function mayBeSsh(element: RulePart | undefined): boolean {
  if (element === undefined) return true;
  const { name, protocol = "tcp", value } = element.attributes;
  if (element.name === "service") return name === "ssh";
  if (element.name === "protocol") return canonicalProtocol(value ?? "") === "6";
  return ["port", "source-port", "forward-port"].includes(element.name) && protocol === "tcp";
}

function takesAway(rule: RichRule): boolean {
  return rule.parts.some(({ name }) => name === "forward-port");
}

function portsOf(rule: RichRule): PortRange | undefined {
  const { port, protocol } = elementOf(rule)?.attributes ?? {};
  return port === undefined ? undefined : portRange(`${port}/${protocol ?? ""}`);
}

const ELEMENTS = [
  "service",
  "port",
  "protocol",
  "source-port",
  "icmp-type",
  "icmp-block",
  "forward-port",
  "masquerade",
  "tcp-mss-clamp",
];

function elementOf({ parts }: RichRule): RulePart | undefined {
  return parts.find(({ name }) => ELEMENTS.includes(name));
}

/** Whether a zone lets in a new connection like the task's own. What cannot be decided counts as let in. */
export function admits(zone: Zone, arrival: Arrival): boolean {
  const rules = zone.rules.map(readRichRule).filter((rule): rule is RichRule => !(rule instanceof NotARule));
  if (rules.some((rule) => takesAway(rule) && leadsAway(rule, arrival))) return false;
  return (
    verdict(
      rules.filter(({ priority }) => priority < 0),
      arrival,
    ) ??
    verdict(
      rules.filter(({ priority }) => priority === 0),
      arrival,
    ) ??
    (opens(zone, arrival) ? true : undefined) ??
    verdict(
      rules.filter(({ priority }) => priority > 0),
      arrival,
    ) ??
    zone.target === "ACCEPT"
  );
}

/** The first rule that decides counts; of two with one priority, the one that refuses. */
function verdict(rules: readonly RichRule[], arrival: Arrival): boolean | undefined {
  const inOrder = [...rules].sort((a, b) => a.priority - b.priority || Number(accepts(a)) - Number(accepts(b)));
  for (const rule of inOrder) {
    const match = matches(rule, arrival);
    if (accepts(rule) && match !== "no") return true;
    if (refuses(rule) && match === "yes") return false;
  }
  return undefined;
}

function accepts({ parts }: RichRule): boolean {
  return parts.some(({ name }) => name === "accept");
}

/** A rule with a limit refuses only now and then. */
function refuses({ parts }: RichRule): boolean {
  return parts.some(({ name, limit }) => (name === "drop" || name === "reject") && limit === undefined);
}

/** The service ssh means any port that sshd has. */
function opens({ services, ports, protocols }: Zone, { port }: Arrival): boolean {
  if (services.includes("ssh") || protocols.map(canonicalProtocol).includes("6")) return true;
  return ports.some(({ first, last, protocol }) => protocol === "tcp" && first <= port && port <= last);
}

function matches(rule: RichRule, arrival: Arrival): Match {
  const ours = arrival.client === undefined ? undefined : arrival.client.includes(":") ? "ipv6" : "ipv4";
  if (rule.family !== undefined && ours !== undefined && rule.family !== ours) return "no";
  const element = elementOf(rule);
  const ends = rule.parts.flatMap((part): readonly Match[] => {
    if (part.name !== "source" && part.name !== "destination") return [];
    const address = part.name === "source" ? arrival.client : arrival.server;
    const is = part.attributes.address === undefined ? "maybe" : inNetwork(address, part.attributes.address);
    return [part.not ? not(is) : is];
  });
  return all([...ends, element === undefined ? "yes" : matchesElement(element, arrival)]);
}

function matchesElement({ name, attributes }: RulePart, { port }: Arrival): Match {
  switch (name) {
    case "service":
      return attributes.name === "ssh" ? (port === 22 ? "yes" : "maybe") : "no";
    case "protocol":
      return canonicalProtocol(attributes.value ?? "") === "6" ? "yes" : "no";
    case "source-port":
      return "maybe";
    case "port":
    case "forward-port": {
      const range = portRange(`${attributes.port ?? ""}/${attributes.protocol ?? ""}`);
      return range?.protocol === "tcp" && range.first <= port && port <= range.last ? "yes" : "no";
    }
    default:
      return "no";
  }
}

/** Forwarded to another port than the one that it came to. */
function leadsAway(rule: RichRule, arrival: Arrival): boolean {
  const { "to-port": port, "to-addr": address } = elementOf(rule)?.attributes ?? {};
  return matches(rule, arrival) === "yes" && (address !== undefined || port !== String(arrival.port));
}

/** A change of a zone, and the content of the zone, by store; only stores that would be changed. */
export interface ZoneChange {
  readonly zone: string;
  readonly item: Item | undefined;
  readonly enabled: boolean;
  readonly zones: Readonly<Partial<Record<Store, Zone>>>;
  /** The zone that takes over when an interface or a source is removed. */
  readonly other: { readonly name: string; readonly zone: Zone };
}

const WHEN = { runtime: "at run time", permanent: "permanently" } as const;
const HINT = "open `service: ssh` in it first, or set `force: true`";

/** Why the change is refused: no new ssh connection would come in. */
export function shutsOut(change: ZoneChange, arrival: Arrival | undefined): Blocked | undefined {
  if (arrival === undefined) return undefined;
  const changed = Object.entries(change.zones) as readonly (readonly [Store, Zone])[];
  const shut = changed.filter(([, zone]) => isShut(change, zone, arrival)).map(([store]) => WHEN[store]);
  if (shut.length === 0) return undefined;
  const about = (due: Change): boolean => {
    return (
      due.kind === "command" || due.kind === "shell" || (due.kind === "firewalld" && due.about.includes(change.zone))
    );
  };
  return new Blocked(`${whatHappens(change, shut.join(" and "))} (${arrivalText(arrival)})`, HINT, about);
}

function isShut({ zone: name, item, enabled, other }: ZoneChange, zone: Zone, arrival: Arrival): boolean {
  if (item === undefined) return !admits(zone, arrival);
  const ours = bindsUs(item, arrival);
  if (ours !== undefined) {
    if (!ours || (!enabled && arrival.zone !== name)) return false;
    return !admits(enabled ? zone : other.zone, arrival);
  }
  if (arrival.zone !== name) return false;
  return admits(zone, arrival) && !admits(zoneWith(zone, item, enabled), arrival);
}

/** Whether the connection uses this interface or source; `undefined`: the item is neither. */
function bindsUs(item: Item, { device, client }: Arrival): boolean | undefined {
  if (item.is === "interface") return item.name === device;
  return item.is === "source" ? client !== undefined && inNetwork(client, item.name) === "yes" : undefined;
}

function whatHappens({ zone, item, enabled, other }: ZoneChange, when: string): string {
  if (item === undefined || (bindable(item) && enabled)) {
    return `zone ${zone} would lock ssh out: nothing is open for it there ${when}`;
  }
  if (bindable(item))
    return `zone ${other.name}, the default zone, would lock ssh out: nothing is open for it there ${when}`;
  if (enabled) return `the rule would lock ssh out in zone ${zone} ${when}`;
  return `nothing else is open for ssh in zone ${zone} ${when}`;
}

function bindable({ is }: Item): boolean {
  return is === "interface" || is === "source";
}
