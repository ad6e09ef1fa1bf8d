/**
 * What keywords keepalived knows, where, since when, and what stands after each. The data is
 * data/keepalived-keywords.json (extracted from keepalived's sources, checked against 2.2.7 and 2.3.3 path by path).
 */
import { TABLE } from "./keywords.generated.ts";
import { compareVersions } from "./version.ts";

/**
 * What stands after a keyword: nothing (`flag`, which ignores whatever follows it), on or off (`switch`: since 2.0
 * only; `bool`), one word, several words, a command line with perhaps a user and a group, a block of entries (`lines`),
 * a block of keywords. `?`: or nothing. `free`: newer than what was tried, taken as written.
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

/** Both ends belong to it; seconds where it is a time, milliseconds in `bfd_instance`. */
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
  /** May stand there several times. */
  readonly several: boolean;
  readonly range: Range | undefined;
  readonly from: Edge;
  readonly until: Edge | undefined;
}

const blocks = parse(TABLE);

/** The keywords that may stand in a block, by the keywords of the blocks around them (`[]`: the top of the file). */
export function keywordsIn(block: readonly string[]): ReadonlyMap<string, Keyword> {
  const own = blocks.get(block.join(">")) ?? new Map<string, Keyword>();
  if (!block.includes("SSL_GET")) return own;
  const shared = block.map((keyword) => (keyword === "SSL_GET" ? "HTTP_GET" : keyword)).join(">");
  return new Map([...(blocks.get(shared) ?? []), ...own]);
}

/** Every block that knows a keyword, as a path of keywords; for messages to those who put it elsewhere. */
export function blocksWith(keyword: string): readonly string[] {
  return [...blocks].filter(([, keywords]) => keywords.has(keyword)).map(([path]) => path);
}

/** Whether a release has a keyword; `undefined`: it lies between the releases that were looked at. */
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

/** `a<b`, of which one side has the keyword. What the first release that was looked at has, all have. */
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
