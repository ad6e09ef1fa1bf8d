/** Host patterns: `web`, `web:!web3`, `lb*`, `web:&staging`, `web[0:2]`, `~web\d+` (Ansible, "Patterns"). */
import { InputError } from "../failure.ts";
import type { Problem } from "../failure.ts";
import { listNames, nearest } from "../nearest.ts";
import type { Place } from "../place.ts";
import { hostsUnder } from "./load.ts";
import { within } from "./names.ts";
import type { Host, Inventory } from "./types.ts";

interface Part {
  readonly text: string;
  readonly how: "add" | "intersect" | "exclude";
  /** The name, glob or expression without `!`, `&` and subscript. */
  readonly pattern: string;
  /** `[0]`, `[1:3]`, `[-1]`. */
  readonly subscript: readonly [number, number] | undefined;
}

/**
 * The hosts that a pattern means, in the order of its parts and of the inventory; parts are joined by `:` or `,`.
 * Additions come first, then intersections (`&`), then exclusions (`!`), however they are written.
 * @throws InputError when a part matches nothing (also an exclusion: the host meant to be spared would be touched)
 * or when no host is left.
 */
export function selectHosts(inventory: Inventory, pattern: string, at: Place): readonly Host[] {
  const parts = split(pattern).map(parsePart);
  const problems: Problem[] = [];
  const matched = parts.map((part) => ({ part, hosts: match(inventory, part, at, problems) }));
  if (problems.length > 0) throw new InputError(problems);
  const added = matched.filter(({ part }) => part.how === "add").flatMap(({ hosts }) => [...hosts]);
  const start = parts.some((part) => part.how === "add") ? added : [...inventory.hosts.keys()];
  const left = [...new Set(start)].filter((host) =>
    matched.every(({ part, hosts }) => part.how === "add" || hosts.has(host) === (part.how === "intersect")),
  );
  if (left.length === 0) throw new InputError([noHosts(inventory, pattern, parts, at)]);
  return left.flatMap((name) => inventory.hosts.get(name) ?? []);
}

/** The hosts of a play that `--limit` leaves, in the play's order. */
export function limitHosts(hosts: readonly Host[], limit: readonly Host[]): readonly Host[] {
  const names = new Set(limit.map((host) => host.name));
  return hosts.filter((host) => names.has(host.name));
}

/** Splits at commas, or at colons that are neither in brackets nor in an IPv6 address. */
function split(pattern: string): readonly string[] {
  const parts = pattern.includes(",") ? pattern.split(",") : colons(pattern);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function colons(pattern: string): readonly string[] {
  if (/^[!&]?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%\w+)?$/.test(pattern)) return [pattern];
  return pattern.match(/(?:[^:[\]]|\[[^\]]*\])+/g) ?? [];
}

const HOW = { "!": "exclude", "&": "intersect" } as const;

function parsePart(text: string): Part {
  const sign = text.charAt(0);
  const how = sign === "!" || sign === "&" ? HOW[sign] : "add";
  const bare = how === "add" ? text : text.slice(1);
  const subscript = bare.startsWith("~") ? null : /^(.*)\[(-?\d+)(?:([:-])(\d*))?\]$/.exec(bare);
  if (subscript === null) return { text, how, pattern: bare, subscript: undefined };
  const from = Number(subscript[2]);
  const to = subscript[3] === undefined ? from : subscript[4] === "" ? Infinity : Number(subscript[4]);
  return { text, how, pattern: subscript[1] ?? "", subscript: [from, to] };
}

function match(inventory: Inventory, part: Part, at: Place, problems: Problem[]): ReadonlySet<string> {
  const test = tester(part.pattern, within(at, part.text), problems);
  if (test === undefined) return new Set();
  const groups = [...inventory.groups.values()].filter((group) => test(group.name));
  const hosts = [...inventory.hosts.keys()].filter(test);
  if (groups.length + hosts.length === 0) problems.push(nothing(inventory, part, within(at, part.pattern)));
  const all = new Set([...groups.flatMap((group) => [...hostsUnder(inventory.groups, group)]), ...hosts]);
  const inOrder = [...inventory.hosts.keys()].filter((host) => all.has(host));
  return new Set(slice(inOrder, part.subscript));
}

/** Ansible's subscripts count both ends in. */
function slice(hosts: readonly string[], subscript: Part["subscript"]): readonly string[] {
  if (subscript === undefined) return hosts;
  const [from, to] = subscript;
  if (from < 0) return hosts.slice(from).slice(0, 1);
  return hosts.slice(from, to + 1);
}

function tester(pattern: string, place: Place, problems: Problem[]): ((name: string) => boolean) | undefined {
  if (pattern === "all" || pattern === "*") return (name) => name === "all";
  if (pattern.startsWith("~")) return expression(pattern.slice(1), place, problems);
  if (!/[*?[]/.test(pattern)) return (name) => name === pattern;
  const glob = new RegExp(
    `^${[...pattern.matchAll(/\[!?[^\]]+\]|./gs)].map((piece) => globPiece(piece[0])).join("")}$`,
  );
  return (name) => glob.test(name);
}

function globPiece(piece: string): string {
  if (piece === "*") return ".*";
  if (piece === "?") return ".";
  if (piece.length > 1)
    return `[${piece
      .slice(1, -1)
      .replace(/^!/, "^")
      .replace(/[\\[\]]/g, "\\$&")}]`;
  return piece.replace(/[.+^${}()|[\]\\]/g, "\\$&");
}

function expression(text: string, place: Place, problems: Problem[]): ((name: string) => boolean) | undefined {
  try {
    const compiled = new RegExp(`^(?:${text})`);
    return (name) => compiled.test(name);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "";
    problems.push({ severity: "error", message: `not a regular expression: ${why}`, place });
    return undefined;
  }
}

function nothing(inventory: Inventory, part: Part, place: Place): Problem {
  if (part.pattern.startsWith("@")) {
    return {
      severity: "error",
      message: "a file of host names is not supported yet",
      place,
      help: "give the names themselves",
    };
  }
  const names = [...inventory.groups.keys(), ...inventory.hosts.keys()];
  const glob = /[*?[~]/.test(part.pattern);
  const near = glob ? undefined : nearest(part.pattern, names);
  return {
    severity: "error",
    message: glob ? `no host or group matches \`${part.pattern}\`` : `no host or group \`${part.pattern}\``,
    place,
    ...(near === undefined ? {} : { label: `did you mean \`${near}\`${sizeOf(inventory, near)}?` }),
    help: `groups of inventory \`${inventory.name}\`: ${listNames(groupNames(inventory))}`,
  };
}

function groupNames(inventory: Inventory): readonly string[] {
  return [...inventory.groups.keys()].filter((name) => name !== "ungrouped");
}

function sizeOf(inventory: Inventory, name: string): string {
  const group = inventory.groups.get(name);
  if (group === undefined) return "";
  const count = hostsUnder(inventory.groups, group).size;
  return ` (${count} ${count === 1 ? "host" : "hosts"})`;
}

function noHosts(inventory: Inventory, pattern: string, parts: readonly Part[], place: Place): Problem {
  const only = parts.length === 1 ? inventory.groups.get(parts[0]?.pattern ?? "") : undefined;
  const message = only === undefined ? `no hosts left: pattern \`${pattern}\`` : `group \`${only.name}\` has no hosts`;
  const related =
    only === undefined || only.place.end === 0 ? {} : { related: [{ place: only.place, label: "the group" }] };
  return { severity: "error", message, place, ...related };
}
