/** Writes the names of many hosts in short form: `lb[1-2], web[01-03,07].example.com`. */
import { widthOf } from "./width.ts";

/** Longer numbers are text: they do not fit a number. */
const NUMBER = /(?<!\d)\d{1,15}(?!\d)/g;

/** A host's name, split at the number by which it differs from its neighbours. */
interface Member {
  readonly before: string;
  readonly number: string;
  readonly after: string;
}

/** Hosts whose names differ in one number. */
interface Family {
  readonly before: string;
  readonly after: string;
  readonly numbers: string[];
}

/** A unit at which a list can be cut: one host, or a range of them. */
interface Piece {
  readonly family: Family;
  readonly text: string;
  readonly hosts: number;
}

/**
 * Families are in order of their first hosts, numbers in their own order. A list that is wider than `columns` is cut
 * between two pieces, and the rest is counted: `web[01-03] and 17 more`.
 */
export function compactHosts(hosts: readonly string[], columns = Infinity): string {
  const pieces = families([...new Set(hosts)]).flatMap(piecesOf);
  const whole = written(pieces);
  if (widthOf(whole) <= columns || pieces.length === 0) return whole;
  return cutList(pieces, columns) ?? (hosts.length === 1 ? whole : `${hosts.length} hosts`);
}

function cutList(pieces: readonly Piece[], columns: number): string | undefined {
  const total = countOf(pieces);
  let fits: string | undefined;
  for (let kept = 1; kept < pieces.length; kept++) {
    const first = pieces.slice(0, kept);
    const text = `${written(first)} and ${total - countOf(first)} more`;
    if (widthOf(text) > columns) break;
    fits = text;
  }
  return fits;
}

function countOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { hosts }) => sum + hosts, 0);
}

function families(hosts: readonly string[]): readonly Family[] {
  const places = hosts.map((host) => [...host.matchAll(NUMBER)].map((match) => memberAt(host, match)));
  const sizes = new Map<string, number>();
  for (const member of places.flat()) sizes.set(keyOf(member), (sizes.get(keyOf(member)) ?? 0) + 1);
  const found = new Map<string, Family>();
  for (const [index, host] of hosts.entries()) {
    const { before, number, after } = largest(places[index] ?? [], sizes) ?? { before: host, number: "", after: "" };
    const key = keyOf({ before, number, after });
    const family = found.get(key) ?? { before, after, numbers: [] };
    family.numbers.push(number);
    found.set(key, family);
  }
  return [...found.values()];
}

function memberAt(host: string, { 0: number, index }: RegExpExecArray): Member {
  return { before: host.slice(0, index), number, after: host.slice(index + number.length) };
}

function keyOf({ before, number, after }: Member): string {
  return JSON.stringify([before, number !== "", after]);
}

/** Of several numbers in a name, the one whose rest most other names share; of equal ones the last. */
function largest(members: readonly Member[], sizes: ReadonlyMap<string, number>): Member | undefined {
  const size = (member: Member): number => sizes.get(keyOf(member)) ?? 0;
  return members.reduce<Member | undefined>(
    (best, member) => (best === undefined || size(member) >= size(best) ? member : best),
    undefined,
  );
}

function piecesOf(family: Family): readonly Piece[] {
  const numbers = family.numbers.toSorted((a, b) => Number(a) - Number(b) || a.length - b.length);
  const ranges: string[][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && follows(range.at(-1) ?? "", number)) range.push(number);
    else ranges.push([number]);
  }
  return ranges.map((range) => ({ family, text: rangeText(range), hosts: range.length }));
}

/** `10` after `9` and after `09`, but `010` after neither. */
function follows(before: string, number: string): boolean {
  return before !== "" && number === String(Number(before) + 1).padStart(before.length, "0");
}

function rangeText(range: readonly string[]): string {
  const [first = "", last = first] = [range[0], range.at(-1)];
  return range.length === 1 ? first : `${first}-${last}`;
}

function written(pieces: readonly Piece[]): string {
  const texts = new Map<Family, string[]>();
  for (const { family, text } of pieces) texts.set(family, [...(texts.get(family) ?? []), text]);
  return [...texts].map(([family, ranges]) => familyText(family, ranges)).join(", ");
}

function familyText({ before, after }: Family, ranges: readonly string[]): string {
  const [only] = ranges;
  const single = ranges.length === 1 && only !== undefined && !only.includes("-");
  return `${before}${single ? only : `[${ranges.join(",")}]`}${after}`;
}
