/**
 * Rich rules of firewalld (firewalld.richlanguage(5)). They are read from the language or from a zone's XML, written in
 * firewalld's own form, and brought to one spelling for comparison.
 */
import { canonicalNetwork, canonicalProtocol } from "../tasks/parts/netaddr.ts";
import { splitWords, Unclosed } from "../text/shell-words.ts";
import type { Element } from "./xml.ts";

type Attributes = Readonly<Record<string, string>>;

/** One element of a rule: `forward-port port="80" protocol="tcp"`. */
export interface RulePart {
  readonly name: string;
  readonly attributes: Attributes;
  readonly not: boolean;
  /** Of logs and actions. */
  readonly limit: Attributes | undefined;
}

export interface RichRule {
  readonly family: string | undefined;
  readonly priority: number;
  readonly parts: readonly RulePart[];
}

/** Why a text is not a rich rule. */
export class NotARule {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

type Slot = "source" | "destination" | "element" | "log" | "audit" | "action";

/** In firewalld's order. */
const SLOTS: readonly Slot[] = ["source", "destination", "element", "log", "audit", "action"];

/** Every element, its place, and its attributes in firewalld's order. */
const PARTS: Readonly<Record<string, { readonly slot: Slot; readonly attributes: readonly string[] }>> = {
  source: { slot: "source", attributes: ["address", "mac", "ipset", "invert"] },
  destination: { slot: "destination", attributes: ["address", "ipset", "invert"] },
  service: { slot: "element", attributes: ["name"] },
  port: { slot: "element", attributes: ["port", "protocol"] },
  "source-port": { slot: "element", attributes: ["port", "protocol"] },
  protocol: { slot: "element", attributes: ["value"] },
  masquerade: { slot: "element", attributes: [] },
  "icmp-block": { slot: "element", attributes: ["name"] },
  "icmp-type": { slot: "element", attributes: ["name"] },
  "forward-port": { slot: "element", attributes: ["port", "protocol", "to-port", "to-addr"] },
  "tcp-mss-clamp": { slot: "element", attributes: ["value"] },
  log: { slot: "log", attributes: ["prefix", "level"] },
  nflog: { slot: "log", attributes: ["group", "prefix", "queue-size"] },
  audit: { slot: "audit", attributes: [] },
  accept: { slot: "action", attributes: [] },
  reject: { slot: "action", attributes: ["type"] },
  drop: { slot: "action", attributes: [] },
  mark: { slot: "action", attributes: ["set"] },
};
const LIMIT = ["value", "burst"];
const LIMITED: readonly Slot[] = ["log", "audit", "action"];

function known(name: string): { readonly slot: Slot; readonly attributes: readonly string[] } | undefined {
  return Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
}

interface Draft {
  readonly name: string;
  readonly attributes: Record<string, string>;
  not: boolean;
  limit: Record<string, string> | undefined;
}

/** The rule that a text in the rich language means. */
export function readRichRule(text: string): RichRule | NotARule {
  const words = splitWords(text);
  if (words instanceof Unclosed) return new NotARule(`there is an open ${words.what}`);
  if (words[0] !== "rule") return new NotARule("a rich rule begins with `rule`");
  const own: Record<string, string> = {};
  const drafts: Draft[] = [];
  for (const word of words.slice(1)) {
    const wrong = word.includes("=") ? takeAttribute(word, own, drafts) : takeElement(word, drafts);
    if (wrong !== undefined) return new NotARule(wrong);
  }
  const strange = strangeInvert(drafts);
  if (strange !== undefined) return new NotARule(strange);
  const joined = joinLimits(drafts);
  return joined === undefined ? new NotARule("`limit` has no place there") : complete(own, joined);
}

function takeElement(word: string, drafts: Draft[]): string | undefined {
  const last = drafts.at(-1);
  const slot = last === undefined ? undefined : known(last.name)?.slot;
  if (/^(not|NOT)$/.test(word) && last !== undefined && (slot === "source" || slot === "destination")) last.not = true;
  else if (word === "limit" && last?.limit === undefined && last !== undefined && isLimited(last)) last.limit = {};
  else if (word === "limit" || known(word) !== undefined)
    drafts.push({ name: word, attributes: {}, not: false, limit: undefined });
  else return `\`${word}\` has no place there`;
  return undefined;
}

function isLimited({ name }: Draft): boolean {
  const slot = known(name)?.slot;
  return slot !== undefined && LIMITED.includes(slot);
}

/** Elements that end with their one value: the elements after it can still use what came before it. */
const ONE_VALUE = ["service", "protocol", "icmp-block", "icmp-type"];

/** A limit before its log or action belongs to that one; `undefined`: firewalld would lose it. */
function joinLimits(drafts: readonly Draft[]): readonly Draft[] | undefined {
  const joined: Draft[] = [];
  let limit: Record<string, string> | undefined;
  for (const draft of drafts) {
    if (draft.name === "limit" && limit === undefined) limit = draft.attributes;
    else if (isLimited(draft)) {
      joined.push({ ...draft, limit: draft.limit ?? limit });
      limit = undefined;
    } else if (limit === undefined || ONE_VALUE.includes(draft.name)) joined.push(draft);
    else return undefined;
  }
  return limit === undefined ? joined : undefined;
}

function takeAttribute(word: string, own: Record<string, string>, drafts: readonly Draft[]): string | undefined {
  const at = word.indexOf("=");
  // firewalld leaves out what cannot be printed.
  const [key, value] = [word.slice(0, at), word.slice(at + 1).replaceAll(/\p{Cc}/gu, "")];
  const last = drafts.at(-1);
  if (value === "" || /["\\=]/.test(value)) return `\`${key}\` has no value that firewalld can keep`;
  if (last?.limit !== undefined && LIMIT.includes(key)) last.limit[key] = value;
  else if (last !== undefined && allowedIn(last).includes(key)) last.attributes[key] = value;
  else if (key === "family" || key === "priority") own[key] = value;
  else return `\`${last?.name ?? "rule"}\` has no \`${key}\``;
  return undefined;
}

function allowedIn({ name, attributes }: Draft): readonly string[] {
  if (name === "limit") return LIMIT;
  if (ONE_VALUE.includes(name) && Object.keys(attributes).length > 0) return [];
  return known(name)?.attributes ?? [];
}

/** The rule in a zone's XML, `<rule family="ipv4"><source address="…"/>…</rule>`. */
export function ruleFromXml(rule: Element): RichRule | NotARule {
  const strange = rule.children.find((child) => known(child.name) === undefined);
  if (strange !== undefined) return new NotARule(`a rule has no <${strange.name}>`);
  const drafts = rule.children.map((child) => {
    const limit = child.children.find(({ name }) => name === "limit");
    const draft = { name: child.name, attributes: attributesFromXml(child), not: false };
    return { ...draft, limit: limit === undefined ? undefined : Object.fromEntries(limit.attributes) };
  });
  return complete(Object.fromEntries(rule.attributes), drafts);
}

/** firewalld reads a clamp without a value, or with the `None` that it writes itself, as the path's. */
function attributesFromXml({ name, attributes }: Element): Record<string, string> {
  const own = Object.fromEntries(attributes);
  return name === "tcp-mss-clamp" && (own.value ?? "None") === "None" ? { ...own, value: "pmtu" } : own;
}

function complete(own: Attributes, drafts: readonly Draft[]): RichRule | NotARule {
  const parts = drafts.map(settle);
  const twice = SLOTS.find((slot) => parts.filter(({ name }) => known(name)?.slot === slot).length > 1);
  if (twice !== undefined)
    return new NotARule(`there is more than one ${twice === "element" ? "element" : `\`${twice}\``}`);
  if (!/^[+-]?\d{1,6}$/.test(own.priority ?? "0")) return new NotARule("`priority` is no whole number");
  const priority = Number(own.priority ?? 0);
  const ordered = SLOTS.flatMap((slot) => parts.filter(({ name }) => known(name)?.slot === slot));
  const rule = { family: own.family, priority, parts: ordered };
  const wrong = wrongIn(rule);
  return wrong === undefined ? rule : new NotARule(wrong);
}

/**
 * `invert="true"` is `NOT`, in either spelling. A limit's unit is one letter. A burst of 0, which firewalld 2 writes
 * into its files, is none. A MAC is in capitals.
 */
function settle({ name, attributes, not, limit }: Draft): RulePart {
  const { invert, ...rest } = attributes;
  const inverted = not || (invert !== undefined && /^(yes|true)$/i.test(invert));
  const mac = rest.mac?.toUpperCase();
  const unit = (value: string): string => value.replace(/\/(second|minute|hour|day)$/, (word) => word.slice(0, 2));
  const { burst, ...plain } = limit ?? {};
  const kept = burst === "0" ? plain : limit;
  const settled = kept?.value === undefined ? kept : { ...kept, value: unit(kept.value) };
  return { name, attributes: mac === undefined ? rest : { ...rest, mac }, not: inverted, limit: settled };
}

/** In a text firewalld takes any value of it for true, in a file only these. */
function strangeInvert(drafts: readonly Draft[]): string | undefined {
  const said = drafts.find(({ attributes: { invert } }) => invert !== undefined && !/^(yes|true)$/i.test(invert));
  return said && `\`invert\` is \`true\`, or is left out: \`${said.name} NOT\` says the same`;
}

/** What firewalld itself would refuse, as far as the rule alone shows it. */
function wrongIn(rule: RichRule): string | undefined {
  if (rule.family !== undefined && rule.family !== "ipv4" && rule.family !== "ipv6") {
    return '`family` is "ipv4" or "ipv6"';
  }
  const bare = rule.parts.find((part) => lacks(part.name, part.attributes));
  if (bare !== undefined) return `\`${bare.name}\` lacks ${keysOf(bare.name).join(", ")}`;
  const bound = rule.parts.find(needsFamily);
  if (bound !== undefined && rule.family === undefined) {
    return `\`${bound.name}\` needs \`family="ipv4"\` or \`family="ipv6"\` after \`rule\``;
  }
  return withoutEffect(rule);
}

/** Addresses, and kinds of reject, are of one family. */
function needsFamily({ name, attributes }: RulePart): boolean {
  if (name === "reject") return attributes.type !== undefined;
  return name === "forward-port" || name === "destination" || attributes.address !== undefined;
}

function keysOf(name: string): readonly string[] {
  return (known(name)?.attributes ?? []).filter((key) => key !== "invert").map((key) => `\`${key}\``);
}

const OPTIONAL = ["tcp-mss-clamp", "reject", "log", "nflog"];

function lacks(name: string, attributes: Attributes): boolean {
  if (OPTIONAL.includes(name)) return false;
  const keys = known(name)?.attributes ?? [];
  if (name === "source" || name === "destination") return keys.every((key) => attributes[key] === undefined);
  const needed = name === "forward-port" ? ["port", "protocol"] : keys;
  return needed.some((key) => attributes[key] === undefined);
}

function withoutEffect({ parts, priority }: RichRule): string | undefined {
  const at = (slot: Slot): RulePart | undefined => parts.find(({ name }) => known(name)?.slot === slot);
  const alone = ["icmp-block", "forward-port", "masquerade", "tcp-mss-clamp"].includes(at("element")?.name ?? "");
  const acts = at("action") !== undefined || at("log") !== undefined || at("audit") !== undefined;
  if (alone && at("action") !== undefined) return `\`${at("element")?.name ?? ""}\` takes no action`;
  const logs = at("log") !== undefined && priority !== 0;
  if (at("action") === undefined && at("element") === undefined && !logs) return NO_ACTION;
  if (!alone && !acts) return NO_ACTION;
  return matchless(at("element") ?? at("source") ?? at("destination"), priority);
}

const NO_ACTION = "there is no action: `accept`, `reject`, `drop` or `mark`";

function matchless(match: RulePart | undefined, priority: number): string | undefined {
  return match === undefined && priority === 0 ? "it has neither a source nor an element" : undefined;
}

/** The rule in the form that firewalld prints. */
export function ruleText(rule: RichRule): string {
  const head = ["rule", ...(rule.priority === 0 ? [] : [`priority="${rule.priority}"`])];
  const family = rule.family === undefined ? [] : [`family="${rule.family}"`];
  return [...head, ...family, ...rule.parts.map(partText)].join(" ");
}

/** The text of a part, in firewalld's order. */
export function partAttributes({ name, attributes }: RulePart): readonly (readonly [string, string])[] {
  return (known(name)?.attributes ?? []).flatMap((key) => {
    const value = attributes[key];
    return value === undefined ? [] : [[key, value] as const];
  });
}

function partText(part: RulePart): string {
  const { name, not, limit } = part;
  const words = partAttributes(part).flatMap(([key, value]) => word(key, value, name === "mark"));
  const limits = limit === undefined ? [] : ["limit", ...LIMIT.flatMap((key) => word(key, limit[key]))];
  return [name, ...(not ? ["NOT"] : []), ...words, ...limits].join(" ");
}

function word(key: string, value: string | undefined, plain = false): readonly string[] {
  if (value === undefined) return [];
  return [plain ? `${key}=${value}` : `${key}="${value}"`];
}

/** The same text for two rules with the same meaning: addresses and protocols in one spelling. */
export function ruleKey(rule: RichRule): string {
  return ruleText({ ...rule, parts: rule.parts.map(canonicalPart) });
}

function canonicalPart(part: RulePart): RulePart {
  const { address, value } = part.attributes;
  const attributes = { ...part.attributes };
  if (address !== undefined) attributes.address = canonicalNetwork(address);
  if (part.name === "protocol" && value !== undefined) attributes.value = canonicalProtocol(value);
  if (part.name === "tcp-mss-clamp" && value === undefined) attributes.value = "pmtu";
  return { ...part, attributes };
}
