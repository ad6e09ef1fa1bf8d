/**
 * The shell that asks firewalld what it holds, without firewall-cmd, which takes 200 ms of CPU a call where busctl
 * takes 8: what holds at run time by D-Bus (firewalld.dbus(5)), what is permanent by its files.
 *
 * Each list of a zone is asked for by itself: `getZoneSettings`, which has them all, fills in what was loaded where a
 * list was emptied at run time (firewalld 0.9 to 2.2).
 */
import { call, lines } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { namesIn } from "./names.ts";
import { portsText } from "./port-range.ts";
import { ruleText } from "./rich-rule.ts";
import type { Item } from "./zone.ts";
import { writtenAs } from "./zone-xml.ts";
import {
  BEGIN,
  DEFAULT,
  ZONE,
  IS_DEFAULT,
  LIST,
  ITEM,
  QUERY,
  KNOWS,
  CAME,
  FILE,
  NETWORK_MANAGER,
  LACKS,
} from "./look-functions.ts";

/** What a look at a zone is to find out. */
export interface ZoneQuestion {
  /** `undefined`: the default zone. */
  readonly zone: string | undefined;
  /** `undefined`: it is about the default zone itself. */
  readonly item: Item | undefined;
  readonly enabled: boolean;
  readonly judged: "both" | "runtime" | "permanent";
  /** When ssh is at stake; `undefined`: it is not, or that is all the same. */
  readonly stake: Stake | undefined;
}

/** `WHEN` of `firewalld_came`, and the ports that the connection must have come in by. */
export interface Stake {
  readonly when: "gone" | "there" | "default" | "any";
  readonly first: number;
  readonly last: number;
  /** What is left when an interface or a source goes: the default zone. */
  readonly fallsBack: boolean;
}

/** Labels and methods of what decides whether a zone lets ssh in. */
const WAYS = { services: "getServices", ports: "getPorts", protocols: "getProtocols", rules: "getRichRules" };

const OWN: Readonly<Record<Item["is"], readonly [label: string, method: string]>> = {
  service: ["services", "getServices"],
  port: ["ports", "getPorts"],
  protocol: ["protocols", "getProtocols"],
  "rich-rule": ["rules", "getRichRules"],
  source: ["sources", "getSources"],
  interface: ["interfaces", "getInterfaces"],
  masquerade: ["masquerade", "queryMasquerade"],
};

/** The label of the list that an item is looked for in; without one that of the zone. */
export function ownLabel(item: Item | undefined): string {
  return item === undefined ? "settings" : OWN[item.is][0];
}

export function zoneLook(question: ZoneQuestion): Sh {
  const { zone, item } = question;
  const at = zone ?? "@";
  const asksDefault = zone === undefined || item === undefined;
  return lines([
    call(BEGIN, [], "state"),
    ...(item?.is === "interface" ? [networkManager(item.name)] : []),
    ...(asksDefault ? [call(DEFAULT, [], "- getDefaultZone")] : []),
    call(ZONE, zone === undefined ? [] : [zone]),
    ...(item === undefined ? [call(IS_DEFAULT, []), setting(at)] : aboutItem(item, at, question)),
    ...stakeLook(question, at),
    call(FILE, [`zones ${at}`], `file zones ${at}`),
  ]);
}

/** Asked for where the zone is not the default one, and not ahead. */
function setting(at: string): Sh {
  return call(LIST, ["settings", `- getZoneSettings s ${at}`]);
}

function list(label: string, method: string, at: string, ifAtStake = false): Sh {
  const key = `${method} s ${at}`;
  return ifAtStake ? call(LIST, [label, key, "if"]) : call(LIST, [label, key], key);
}

function aboutItem(item: Item, at: string, { enabled, judged }: ZoneQuestion): readonly Sh[] {
  const [label, method] = OWN[item.is];
  const key = `.zone ${method} s ${at}`;
  return [
    call(ITEM, [label, key, inReply(item), ...(enabled ? [judged, at, writtenAs(item)] : [])], key),
    ...(enabled ? takes(item) : []),
  ];
}

/** The item as it stands in busctl's line where it is spelt as firewalld spells it. */
function inReply(item: Item): string {
  switch (item.is) {
    case "service":
    case "protocol":
    case "source":
    case "interface":
      return quoted(item.name);
    case "rich-rule":
      return quoted(ruleText(item.rule));
    case "port":
      return `${quoted(portsText(item.range))} ${quoted(item.range.protocol)}`;
    case "masquerade":
      return "true";
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["'\\]/g, "\\$&")}"`;
}

/** firewalld's own verdict on what it may never have heard of. */
function takes(item: Item): readonly Sh[] {
  const known = namesIn(item).map(({ folder, name }) => call(KNOWS, [folder, name]));
  switch (item.is) {
    case "protocol":
      return [call(QUERY, ["queryProtocol", "s", item.name])];
    case "rich-rule":
      return [call(QUERY, ["queryRichRule", "s", ruleText(item.rule)]), ...known];
    case "source":
    case "service":
      return known;
    case "port":
    case "interface":
    case "masquerade":
      return [];
  }
}

function stakeLook({ stake, item }: ZoneQuestion, at: string): readonly Sh[] {
  if (stake === undefined) return [];
  const { when, first, last, fallsBack } = stake;
  const came = call(CAME, [when, String(first), String(last), item === undefined ? "" : inReply(item)]);
  const own = ownLabel(item);
  const ways = (zone: string, prefix: string): readonly Sh[] =>
    [...Object.entries(WAYS).map(([label, method]) => [label, `.zone ${method}`] as const), SETTINGS]
      .filter(([label]) => prefix !== "" || label !== own)
      .map(([label, method]) => list(prefix + label, method, zone, true));
  return [came, ...ways(at, ""), ...(fallsBack ? ways("@", OTHER) : [])];
}

const SETTINGS = ["settings", "- getZoneSettings"] as const;

/** In front of the labels of the zone that takes over. */
export const OTHER = "other-";

/**
 * The zone that NetworkManager keeps for the connection of a device: there the binding is permanent (nm-settings(5)).
 */
function networkManager(device: string): Sh {
  return call(NETWORK_MANAGER, [device]);
}

/** All direct rules, or all chains of the direct interface. `tool`: what firewalld puts them into the kernel with. */
export function directLook(what: "rules" | "chains", tool: string, stake: Stake | undefined): Sh {
  const key = `.direct ${what === "rules" ? "getAllRules" : "getAllChains"}`;
  return lines([
    call(BEGIN, [], "state"),
    call(LIST, ["direct", key], key),
    call(LACKS, [tool]),
    ...(stake === undefined ? [] : [call(CAME, [stake.when, String(stake.first), String(stake.last)])]),
    call(FILE, ["direct"], "file direct"),
  ]);
}
