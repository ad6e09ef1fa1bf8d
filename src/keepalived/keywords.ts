/**
 * Keepalived's keywords: in which block, since which release, and with which values. The data is
 * data/keepalived-keywords.json (extracted from keepalived's sources, checked against 2.2.7 and 2.3.3 path by path).
 */
import { TABLE } from "./keywords.generated.ts";
import { compareVersions } from "./version.ts";

/**
 * The form of the values after a keyword. `?`: the values may be left out.
 *
 * - `flag`: none; what follows is ignored.
 * - `switch` (only since 2.0), `bool`: on or off.
 * - `word`, `words`: one word, several words.
 * - `command`: a command line, perhaps with a user and a group.
 * - `lines`: a block of entries.
 * - `block`: a block of keywords.
 * - `free`: newer than the tried releases, accepted as written.
 */
export type Shape =
  | "flag"
  | "switch"
  | "bool"
  | "word"
  | "word?"
  | "words"
  | "words?"
  | "command"
  | "command?"
  | "lines"
  | "block"
  | "free";

/** Both ends are included; seconds for a time, milliseconds in `bfd_instance`. */
export interface Range {
  readonly whole: boolean;
  readonly min: number;
  readonly max: number;
}

/** In `there`, not in `notIn`; without `notIn` the edge is known exactly. */
export interface Edge {
  readonly there: string;
  readonly notIn: string | undefined;
}

export interface Keyword {
  readonly keyword: string;
  readonly shape: Shape;
  /** A block that has a name after its keyword. */
  readonly named: boolean;
  /** It may occur several times. */
  readonly several: boolean;
  readonly range: Range | undefined;
  readonly from: Edge;
  readonly until: Edge | undefined;
}

const blocks = parse(TABLE);

/** The possible keywords in a block, by the keywords of the blocks around them (`[]`: the top of the file). */
export function keywordsIn(block: readonly string[]): ReadonlyMap<string, Keyword> {
  const own = blocks.get(block.join(">")) ?? new Map<string, Keyword>();
  if (!block.includes("SSL_GET")) return own;
  const shared = block.map((keyword) => (keyword === "SSL_GET" ? "HTTP_GET" : keyword)).join(">");
  return new Map([...(blocks.get(shared) ?? []), ...own]);
}

/** Every block that knows a keyword, as a path of keywords; for messages about a keyword in a wrong block. */
export function blocksWith(keyword: string): readonly string[] {
  return [...blocks].filter(([, keywords]) => keywords.has(keyword)).map(([path]) => path);
}

/** Whether a release has a keyword; `undefined`: the release is between the ones that were checked. */
export function isKnown(keyword: Keyword, version: string): boolean | undefined {
  const { from, until } = keyword;
  if (compareVersions(version, from.there) < 0) {
    return from.notIn === undefined || compareVersions(version, from.notIn) <= 0 ? false : undefined;
  }
  if (until === undefined || compareVersions(version, until.there) <= 0) return true;
  return until.notIn !== undefined && compareVersions(version, until.notIn) >= 0 ? false : undefined;
}

function parse(table: string): ReadonlyMap<string, ReadonlyMap<string, Keyword>> {
  const found = new Map<string, Map<string, Keyword>>();
  for (const line of table.trim().split("\n")) {
    const [block = "", ...rest] = line.split("|");
    const keywords = found.get(block) ?? new Map<string, Keyword>();
    for (const keyword of group(rest)) keywords.set(keyword.keyword, keyword);
    found.set(block, keywords);
  }
  return found;
}

function group([marks = "", versions = "", range = "", names = ""]: readonly string[]): readonly Keyword[] {
  const words = marks.split(" ");
  const [from = "", until] = versions.split(" ");
  const shared = {
    shape: (words.at(-1) ?? "word") as Shape,
    named: words.includes("named"),
    several: words.includes("several"),
    range: range === "" ? undefined : rangeOf(range),
    from: edge(from, 1),
    until: until === undefined ? undefined : edge(until, 0),
  };
  return names.split(" ").map((keyword) => ({ keyword, ...shared }));
}

/** `a<b`: one of the two has the keyword. A keyword of the oldest release that was checked exists in all. */
function edge(text: string, side: 0 | 1): Edge {
  const parts = text.split("<");
  if (parts.length === 1) return { there: text, notIn: undefined };
  const [there = "", notIn = ""] = side === 0 ? parts : [...parts].reverse();
  return notIn === "" ? { there: "0", notIn: undefined } : { there, notIn };
}

function rangeOf(text: string): Range {
  const [min = "", max = ""] = text.slice(1).split(":");
  return { whole: text.startsWith("i"), min: Number(min), max: max === "" ? Infinity : Number(max) };
}
