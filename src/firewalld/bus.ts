/**
 * Changes through firewalld's D-Bus interface (firewalld.dbus(5)) by `busctl call`, which takes 10 ms of CPU where
 * firewall-cmd(1) takes 200. firewall-cmd still does what needs more than one call: moving sources, NetworkManager's
 * interfaces, cutting ranges of ports.
 */
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { portRange, portsText, without } from "./port-range.ts";
import { ruleText } from "./rich-rule.ts";
import type { Item } from "./zone.ts";

type Store = "runtime" | "permanent";
type Verb = "add" | "remove";

/** What follows the zone in a call: the method's noun, the types of its arguments, the arguments. */
interface Said {
  readonly noun: string;
  readonly types: string;
  readonly words: readonly string[];
}

export const CALL = sh`busctl --auto-start=no -- call org.fedoraproject.FirewallD1`;
const RUNTIME = "/org/fedoraproject/FirewallD1";
export const PERMANENT = "/org/fedoraproject/FirewallD1/config";
export const INTERFACE = "org.fedoraproject.FirewallD1";

/** The words of a call for an item; `undefined` if firewall-cmd is needed. */
function sayable(item: Item): Said | undefined {
  switch (item.is) {
    case "service":
      return { noun: "Service", types: "s", words: [item.name] };
    case "protocol":
      return { noun: "Protocol", types: "s", words: [item.name] };
    case "port":
      return { noun: "Port", types: "ss", words: [portsText(item.range), item.range.protocol] };
    case "rich-rule":
      return { noun: "RichRule", types: "s", words: [ruleText(item.rule)] };
    case "masquerade":
      return { noun: "Masquerade", types: "", words: [] };
    case "source":
    case "interface":
      return undefined;
  }
}

/** Adds an item to a zone in a store; permanently, to the object `$object`. `undefined`: firewall-cmd is needed. */
export function addByBus(store: Store, zone: string, item: Item): Sh | undefined {
  const said = sayable(item);
  return said && inZone(store, "add", zone, said);
}

/** Removes the entries that are the item, each as its store spells it. */
export function removeByBus(store: Store, zone: string, item: Item, entries: readonly string[]): Sh | undefined {
  const said = item.is === "masquerade" ? [sayable(item)] : entries.map((entry) => sayableEntry(item, entry));
  const known = said.flatMap((each) => each ?? []);
  if (known.length < said.length) return undefined;
  return lines(known.map((each) => inZone(store, "remove", zone, each)));
}

function sayableEntry(item: Item, entry: string): Said | undefined {
  const said = sayable(item);
  if (item.is !== "port") return said && { ...said, words: [entry] };
  const range = portRange(entry);
  const whole = range !== undefined && without(range, [item.range]).length === 0;
  return whole ? sayable({ is: "port", range }) : undefined;
}

function inZone(store: Store, verb: Verb, zone: string, { noun, types, words }: Said): Sh {
  const method = `${verb}${noun}`;
  if (store === "runtime") {
    const [timeout, never] = verb === "add" ? ["i", ["0"]] : ["", []];
    return sh`${CALL} ${RUNTIME} ${`${INTERFACE}.zone`} ${method} ${`s${types}${timeout}`} ${[zone, ...words, ...never]}`;
  }
  return sh`${CALL} "$object" ${`${INTERFACE}.config.zone`} ${[method, ...(types === "" ? [] : [types]), ...words]}`;
}

/** A direct rule or chain: `words` are a rule's priority and its words; a chain has none. */
export interface Direct {
  readonly ipv: string;
  readonly table: string;
  readonly chain: string;
  readonly rule: { readonly priority: number; readonly words: readonly string[] } | undefined;
}

/** Adds or removes an entry of the direct interface in a store. firewalld is running. */
export function directByBus(store: Store, verb: "add" | "remove", { ipv, table, chain, rule }: Direct): Sh {
  const [path, name] = store === "runtime" ? [RUNTIME, "direct"] : [PERMANENT, "config.direct"];
  const call = sh`${CALL} ${path} ${`${INTERFACE}.${name}`}`;
  if (rule === undefined) return sh`${call} ${`${verb}Chain`} sss ${[ipv, table, chain]}`;
  const words = [ipv, table, chain, rule.priority, rule.words.length, ...rule.words];
  const said = sh`${call} ${`${verb}Rule`} sssias ${words}`;
  return store === "runtime" && verb === "add" ? explained(said, ipv) : said;
}

/** firewalld only knows the tools that were installed when it started. */
function explained(said: Sh, ipv: string): Sh {
  const why = `firewalld has not found the tool for ${ipv} (iptables, ip6tables, ebtables): install its package, then restart firewalld`;
  return sh`said=$(${said} 2>&1) || {
printf '%s\n' "$said" >&2
case $said in *INVALID_IPV*) printf '%s\n' ${why} >&2 ;; esac
exit 1
}`;
}
