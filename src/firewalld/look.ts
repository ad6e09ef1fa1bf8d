/**
 * Reads the state of firewalld without firewall-cmd, which takes 200 ms of CPU per call where busctl takes 8. The
 * runtime comes from D-Bus (firewalld.dbus(5)), the permanent state from the files.
 *
 * Each list of a zone is read by itself. `getZoneSettings` returns all of them, but for a list that was emptied at run
 * time it returns the loaded one (firewalld 0.9 to 2.2).
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

/** What a look at a zone must find out. */
export interface ZoneQuestion {
  /** `undefined`: the default zone. */
  readonly zone: string | undefined;
  /** `undefined`: it is about the default zone itself. */
  readonly item: Item | undefined;
  readonly enabled: boolean;
  readonly judged: "both" | "runtime" | "permanent";
  /** In which case the change can affect ssh; `undefined`: never, or it does not matter. */
  readonly stake: Stake | undefined;
}

/** `WHEN` of `firewalld_came`, and the ports that the connection must use. */
export interface Stake {
  readonly when: "gone" | "there" | "default" | "any";
  readonly first: number;
  readonly last: number;
  /** The zone that remains when an interface or a source is removed: the default zone. */
  readonly fallsBack: boolean;
}

/** Labels and methods of the lists that decide whether a zone lets ssh in. */
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

/** The label of the list that contains an item; without one, the label of the zone. */
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

/** Read if the zone is not the default one, and not prefetched. */
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

/** The item as it occurs in busctl's line, in firewalld's spelling. */
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

/** firewalld's own answer about an item that it may not know. */
function takes(item: Item): readonly Sh[] {
  const known = namesIn(item).map(({ directory, name }) => call(KNOWS, [directory, name]));
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

/** Prefix for the labels of the zone that takes over. */
export const OTHER = "other-";

/**
 * The zone that NetworkManager keeps for the connection of a device: there the binding is permanent (nm-settings(5)).
 */
function networkManager(device: string): Sh {
  return call(NETWORK_MANAGER, [device]);
}

/**
 * All direct rules, or all chains of the direct interface. `tool`: the program by which firewalld loads them into the
 * kernel.
 */
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
