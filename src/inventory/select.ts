/** Selects the hosts of patterns: `web`, `web:!web3`, `lb*`, `web:&staging`, `web[0:2]`, `~web\d+`, `--limit @file`. */
import { resolve } from "node:path";
import { expandHome, homeDirectory } from "../system/home.ts";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { readSource } from "../files.ts";
import { collectProblemsSync } from "../core/collect-problems.ts";
import { listNames, closestMatch } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { hostsUnder } from "./assemble.ts";
import { within } from "./names.ts";
import { isGlob, partOf, partsOf, tester } from "./pattern.ts";
import type { Part } from "./pattern.ts";
import type { Group, Host, Inventory } from "./types.ts";

/**
 * The hosts of a pattern, in the order of its parts and of the groups; parts are joined by `:` or `,`. Additions come
 * first, then intersections (`&`), then exclusions (`!`), in any written order.
 *
 * @throws InputError when a part matches nothing or no host is left. This includes an exclusion: the host to be spared
 * would be changed.
 */
export function selectHosts(inventory: Inventory, pattern: string, at: Place): readonly Host[] {
  return chosen(inventory, partsOf(pattern, at), pattern, at);
}

/**
 * The hosts of a `--limit`: a pattern, in which `@FILE` means a file with one pattern per line. Lines that begin with
 * `#` are comments.
 *
 * @throws InputError
 */
export async function selectLimit(inventory: Inventory, limit: string, cwd: string): Promise<readonly Host[]> {
  const at: Place = { source: { file: "--limit", text: limit }, start: 0, end: limit.length };
  const parts: Part[] = [];
  for (const part of partsOf(limit, at)) {
    if (part.text.startsWith("@")) parts.push(...(await partsInFile(part, cwd)));
    else parts.push(part);
  }
  return chosen(inventory, parts, limit, at);
}

async function partsInFile({ text, place }: Part, cwd: string): Promise<readonly Part[]> {
  const shown = text.slice(1);
  const source = await readSource(resolve(cwd, expandHome(shown, homeDirectory())), {
    shown,
    what: "file of hosts",
    at: place,
  });
  const parts = [...source.text.matchAll(/[^\r\n]+/g)].flatMap((line) => {
    const name = line[0].trim();
    const start = line.index + line[0].indexOf(name);
    const known = name !== "" && !name.startsWith("#");
    return known ? [partOf(name, { source, start, end: start + name.length })] : [];
  });
  if (parts.length > 0) return parts;
  throw new InputError([{ severity: "error", code: "no-hosts", message: `\`${shown}\` names no host`, place }]);
}

function chosen(inventory: Inventory, parts: readonly Part[], pattern: string, at: Place): readonly Host[] {
  const problems: Problem[] = [];
  const tell = (problem: Problem) => void problems.push(problem);
  const matched = parts.map((part) => ({ part, hosts: collectProblemsSync(tell, () => match(inventory, part)) ?? [] }));
  if (problems.length > 0) throw new InputError(missing(problems, parts));
  const added = matched.flatMap(({ part, hosts }) => (part.how === "add" ? hosts : []));
  const start = parts.some(({ how }) => how === "add") ? added : [...inventory.hosts.values()];
  const tests = matched.filter(({ part }) => part.how !== "add").map((each) => ({ ...each, set: namesOf(each.hosts) }));
  const left = unique(start).filter(({ name }) =>
    tests.every(({ part, set }) => set.has(name) === (part.how === "intersect")),
  );
  if (left.length === 0) throw new InputError([noHosts(inventory, pattern, parts, at)]);
  return left;
}

function namesOf(hosts: readonly Host[]): ReadonlySet<string> {
  return new Set(hosts.map(({ name }) => name));
}

function unique(hosts: readonly Host[]): readonly Host[] {
  return [...new Map(hosts.map((host) => [host.name, host])).values()];
}

/** Names in a file that do not exist are reported once, no matter how many: the file is from an older inventory. */
function missing(problems: readonly Problem[], parts: readonly Part[]): readonly Problem[] {
  const said = new Map<Place["source"] | undefined, Problem[]>();
  for (const problem of problems) {
    const source = problem.place?.source;
    said.set(source, [...(said.get(source) ?? []), problem]);
  }
  return [...said].flatMap(([source, all]) => {
    const [first] = all;
    const names = parts.filter(({ place }) => place.source === source);
    if (first === undefined || all.length === 1 || source === undefined || source.file === "--limit") return all;
    const lines = all.flatMap(({ place }) => (place === undefined ? [] : [source.text.slice(place.start, place.end)]));
    const message = `${all.length} of ${names.length} names are not in the inventory: ${listNames(lines)}`;
    return source.text.includes("\n") ? [{ ...first, message }] : all;
  });
}

/** The hosts of a play that `--limit` leaves, in the play's order. */
export function limitHosts(hosts: readonly Host[], limit: readonly Host[]): readonly Host[] {
  const names = namesOf(limit);
  return hosts.filter((host) => names.has(host.name));
}

/** The inventory with these hosts only; the groups stay, empty if need be. */
export function limitInventory(inventory: Inventory, limit: readonly Host[]): Inventory {
  const names = namesOf(limit);
  const groups = [...inventory.groups.values()].map((group): [string, Group] => [
    group.name,
    { ...group, hosts: group.hosts.filter((name) => names.has(name)) },
  ]);
  const hosts = [...inventory.hosts].filter(([name]) => names.has(name));
  return { ...inventory, groups: new Map(groups), hosts: new Map(hosts) };
}

const LOCALHOST: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "::1"]);

/**
 * Groups that match give all their hosts; then come hosts that match themselves. @throws InputError if there are none
 */
function match(inventory: Inventory, part: Part): readonly Host[] {
  const names = part.pattern === "all" || part.pattern === "*" ? inGroup(inventory, "all") : named(inventory, part);
  if (names !== undefined) return sliced(names, part).flatMap((name) => inventory.hosts.get(name) ?? []);
  if (LOCALHOST.has(part.pattern)) return [inventory.implicit(part.pattern)];
  throw new InputError([nothing(inventory, part)]);
}

function inGroup(inventory: Inventory, name: string): readonly string[] {
  const group = inventory.groups.get(name);
  return group === undefined ? [] : [...hostsUnder(inventory.groups, group)];
}

function named(inventory: Inventory, part: Part): readonly string[] | undefined {
  if (!isGlob(part.pattern)) {
    if (inventory.groups.has(part.pattern)) return inGroup(inventory, part.pattern);
    return inventory.hosts.has(part.pattern) ? [part.pattern] : undefined;
  }
  const test = tester(part);
  const groups = [...inventory.groups.keys()].filter(test);
  const hosts = [...inventory.hosts.keys()].filter(test);
  return groups.length + hosts.length === 0
    ? undefined
    : [...groups.flatMap((each) => inGroup(inventory, each)), ...hosts];
}

/** Ansible's subscripts include both ends. */
function sliced(hosts: readonly string[], { subscript, place, pattern }: Part): readonly string[] {
  if (subscript === undefined || hosts.length === 0) return hosts;
  if (typeof subscript !== "number") return hosts.slice(subscript[0], subscript[1] + 1);
  const host = hosts.at(subscript);
  if (host !== undefined) return [host];
  const message = `\`${pattern}\` has ${countOf(hosts.length)}, and none of the number ${subscript}`;
  throw new InputError([
    { severity: "error", code: "unknown-host", message, place, help: "the first is `[0]`, the last `[-1]`" },
  ]);
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? "host" : "hosts"}`;
}

function nothing(inventory: Inventory, { pattern, place }: Part): Problem {
  const names = [...inventory.groups.keys(), ...inventory.hosts.keys()];
  const near = isGlob(pattern) ? undefined : closestMatch(pattern, names);
  return {
    severity: "error",
    code: "unknown-host",
    message: isGlob(pattern) ? `no host or group matches \`${pattern}\`` : `no host or group \`${pattern}\``,
    place: within(place, pattern),
    ...(near === undefined ? {} : { label: `did you mean \`${near}\`${sizeOf(inventory, near)}?` }),
    help: pattern.startsWith("@") ? "only `--limit` takes a file" : groupsOf(inventory),
  };
}

function groupsOf(inventory: Inventory): string {
  const names = [...inventory.groups.keys()].filter((name) => name !== "ungrouped");
  return `groups of inventory \`${inventory.name}\`: ${listNames(names)}`;
}

function sizeOf(inventory: Inventory, name: string): string {
  const group = inventory.groups.get(name);
  return group === undefined ? "" : ` (${countOf(hostsUnder(inventory.groups, group).size)})`;
}

function noHosts(inventory: Inventory, pattern: string, parts: readonly Part[], place: Place): Problem {
  const only = parts.length === 1 ? inventory.groups.get(parts[0]?.pattern ?? "") : undefined;
  const message = only === undefined ? `no hosts left: pattern \`${pattern}\`` : `group \`${only.name}\` has no hosts`;
  const related =
    only === undefined || only.place.end === 0 ? {} : { related: [{ place: only.place, label: "the group" }] };
  return { severity: "error", code: "no-hosts", message, place, ...related };
}
