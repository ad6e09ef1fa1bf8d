/** Builds nodes from what the library composed: scalars, keys, aliases, merge keys. */
import type { Problem } from "../core/problem.ts";
import type { Place, Source } from "../core/source.ts";
import { LIMITS } from "./limits.ts";
import type { Entry, ListNode, MapNode, Node, ScalarNode } from "./node.ts";
import type { Raw, RawAlias, RawList, RawMap, RawScalar } from "./raw.ts";
import { readPlain, readTagged } from "./scalar.ts";
import { surprise, surprisingKey, wordsAmongTexts } from "./surprise.ts";
import type { Reading } from "./scalar.ts";
import { VAULT_TAGS } from "./tags.ts";
import { SYNTAX } from "./text.ts";
import { readSealed, sealedInJson, untaggedVault } from "./vault.ts";

export interface Built {
  readonly node: Node;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The size of a node, including all that its aliases expand to. */
interface Weight {
  readonly size: number;
  readonly height: number;
}

interface Building {
  readonly source: Source;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly anchors: Map<string, Node>;
  readonly open: Set<string>;
  readonly weights: Map<Node, Weight>;
  aliased: number;
}

/** Builds the tree, and returns it with its problems. */
export function buildTree(source: Source, raw: Raw | undefined): Built {
  const building: Building = {
    source,
    problems: [],
    warnings: [],
    anchors: new Map(),
    open: new Set(),
    weights: new Map(),
    aliased: 0,
  };
  const node = raw === undefined ? nothing(building, source.text.length) : build(building, raw, 0, "");
  return { node, problems: building.problems, warnings: building.warnings };
}

function build(b: Building, raw: Raw, depth: number, key: string): Node {
  if (raw.kind === "alias") return aliased(b, raw, depth);
  if (raw.anchor !== undefined) b.open.add(raw.anchor);
  const node = buildOwn(b, raw, depth, key);
  b.weights.set(node, weigh(b, node));
  if (raw.anchor !== undefined) {
    b.open.delete(raw.anchor);
    b.anchors.set(raw.anchor, node);
  }
  return node;
}

function buildOwn(b: Building, raw: Exclude<Raw, RawAlias>, depth: number, key: string): Node {
  switch (raw.kind) {
    case "scalar":
      return scalar(b, raw, key);
    case "list":
      return list(b, raw, depth);
    case "map":
      return map(b, raw, depth);
  }
}

function weigh(b: Building, node: Node): Weight {
  const children =
    node.kind === "scalar" ? [] : node.kind === "list" ? node.items : node.entries.map((each) => each.value);
  let size = 1;
  let height = 0;
  for (const child of children) {
    const weight = b.weights.get(child) ?? { size: 1, height: 0 };
    size += weight.size;
    height = Math.max(height, weight.height + 1);
  }
  return { size, height };
}

function placeOf(b: Building, { start, end }: { readonly start: number; readonly end: number }): Place {
  return { source: b.source, start, end };
}

function nothing(b: Building, at: number): ScalarNode {
  return { kind: "scalar", value: null, text: "", place: placeOf(b, { start: at, end: at }), unsafe: false };
}

const CORE = "tag:yaml.org,2002:";

function scalar(b: Building, raw: RawScalar, key: string): ScalarNode {
  const place = placeOf(b, raw);
  const text = b.source.text.slice(raw.start, raw.end);
  if (VAULT_TAGS.has(raw.tag)) return sealed(b, raw.value, text, place);
  const reading = meaning(raw);
  if (reading === undefined) b.problems.push(wrongTag(raw, text, place));
  else if (raw.plain) tellSurprise(b, surprise(reading, { text, place, key }));
  if (key !== "__ansible_vault") b.warnings.push(...untaggedVault(raw.value, place));
  return { kind: "scalar", value: reading?.value ?? null, text, place, unsafe: raw.tag === "!unsafe" };
}

/** The encrypted value; nothing if it is damaged (the problem is noted). */
function sealed(b: Building, value: string, text: string, place: Place): ScalarNode {
  const made = readSealed(value, text, place);
  const node = { kind: "scalar", value: null, text, place, unsafe: true } as const;
  if (!("problem" in made)) return { ...node, sealed: made.sealed };
  b.problems.push(made.problem);
  return node;
}

function meaning(raw: RawScalar): Reading | undefined {
  if (raw.tag?.startsWith(CORE) === true) return readTagged(raw.tag.slice(CORE.length), raw.value);
  return raw.plain && raw.tag === undefined ? readPlain(raw.value) : { value: raw.value };
}

function wrongTag(raw: RawScalar, text: string, place: Place): Problem {
  return { ...SYNTAX, message: `\`${text}\` is not a \`!!${raw.tag?.slice(CORE.length) ?? ""}\``, place };
}

function tellSurprise(b: Building, problem: Problem | undefined): void {
  if (problem !== undefined) (problem.severity === "error" ? b.problems : b.warnings).push(problem);
}

function list(b: Building, raw: RawList, depth: number): ListNode {
  const items = raw.items.map((item) => build(b, item, depth + 1, ""));
  const scalars = items.filter((item) => item.kind === "scalar");
  b.warnings.push(...wordsAmongTexts(scalars));
  if (raw.tag === `${CORE}map`) b.problems.push(wrongCollection(b, raw, "list", "map"));
  if (VAULT_TAGS.has(raw.tag)) b.problems.push(encryptedCollection(b, raw, "list"));
  return { kind: "list", items, place: placeOf(b, raw) };
}

function wrongCollection(b: Building, raw: RawList | RawMap, is: string, said: string): Problem {
  return { ...SYNTAX, message: `a ${is} has the tag of a ${said}`, place: placeOf(b, raw) };
}

function encryptedCollection(b: Building, raw: RawList | RawMap, is: string): Problem {
  const message = `\`!vault\` before a ${is}: it needs the encrypted text of one value`;
  return {
    severity: "error",
    code: "vault-format",
    message,
    place: placeOf(b, raw),
    help: "encrypt each value, or the file as a whole",
  };
}

function map(b: Building, raw: RawMap, depth: number): MapNode | ScalarNode {
  const own = new Map<string, Entry>();
  const merged = new Map<string, Entry>();
  for (const pair of raw.pairs) {
    const key = keyOf(b, pair.key);
    const value = pair.value === undefined ? nothing(b, pair.key.end) : build(b, pair.value, depth + 1, key ?? "");
    if (key === undefined) continue;
    if (pair.key.kind === "scalar" && pair.key.plain && pair.key.tag === undefined) {
      tellSurprise(b, surprisingKey(readPlain(key), key, placeOf(b, pair.key)));
    }
    if (key === "<<" && pair.key.kind === "scalar" && pair.key.plain) merge(b, merged, value);
    else add(b, own, { key, keyPlace: placeOf(b, pair.key), value });
  }
  if (raw.tag === `${CORE}seq`) b.problems.push(wrongCollection(b, raw, "map", "list"));
  if (VAULT_TAGS.has(raw.tag)) b.problems.push(encryptedCollection(b, raw, "map"));
  const inherited = [...merged.values()].filter((entry) => !own.has(entry.key));
  const vault = sealedInJson([...own.values()]);
  if (vault !== undefined) return sealed(b, String(vault.value), vault.text, vault.place);
  return { kind: "map", entries: [...inherited, ...own.values()], place: placeOf(b, raw) };
}

const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

function add(b: Building, entries: Map<string, Entry>, entry: Entry): void {
  const first = entries.get(entry.key);
  if (RESERVED.has(entry.key)) b.problems.push(reserved(entry));
  else if (first === undefined) entries.set(entry.key, entry);
  else b.problems.push(duplicate(entry, first));
}

function reserved(entry: Entry): Problem {
  return {
    severity: "error",
    code: "invalid-name",
    message: `\`${entry.key}\` is a reserved name and cannot be a key`,
    place: entry.keyPlace,
    help: "choose another name",
  };
}

function duplicate(entry: Entry, first: Entry): Problem {
  return {
    severity: "error",
    code: "duplicate-key",
    message: `key \`${entry.key}\` is defined twice`,
    place: entry.keyPlace,
    label: "defined again here",
    related: [{ place: first.keyPlace, label: "first defined here" }],
    help: "remove one of the two; YAML would silently keep the last one",
  };
}

/** The text of a key; numbers and booleans are keys as they are written. */
function keyOf(b: Building, raw: Raw): string | undefined {
  if (raw.kind === "scalar" && (raw.value !== "" || !raw.plain)) return raw.value;
  const anchored = raw.kind === "alias" ? b.anchors.get(raw.name) : undefined;
  if (anchored?.kind === "scalar") return String(anchored.value);
  const empty = raw.kind === "scalar";
  b.problems.push({
    ...SYNTAX,
    message: empty ? "a key is missing before `:`" : "a key must be text, not a list or a map",
    place: placeOf(b, raw),
    help: empty
      ? "write the key, or quote the value if `:` belongs to it"
      : "put the key in quotes if it is meant as text",
  });
  return undefined;
}

function merge(b: Building, merged: Map<string, Entry>, value: Node): void {
  const maps = value.kind === "list" ? value.items : [value];
  for (const each of maps) {
    if (each.kind !== "map") b.problems.push(wrongMerge(each));
    else for (const entry of each.entries) if (!merged.has(entry.key)) merged.set(entry.key, entry);
  }
}

function wrongMerge(node: Node): Problem {
  return { ...SYNTAX, message: "`<<` takes in a map or a list of maps", place: node.place };
}

function aliased(b: Building, raw: RawAlias, depth: number): Node {
  const place = placeOf(b, raw);
  const node = b.anchors.get(raw.name);
  const problem = node === undefined ? noAnchor(b, raw.name, place) : expand(b, node, depth, place);
  if (problem !== undefined) b.problems.push(problem);
  return node === undefined || problem !== undefined ? nothing(b, raw.start) : node;
}

function noAnchor(b: Building, name: string, place: Place): Problem {
  return {
    ...SYNTAX,
    message: b.open.has(name)
      ? `alias \`*${name}\` is inside its own anchor`
      : `no anchor \`&${name}\` before this alias`,
    place,
    help: "put the value in quotes if the text itself begins with `*`",
  };
}

function expand(b: Building, node: Node, depth: number, place: Place): Problem | undefined {
  const weight = b.weights.get(node) ?? { size: 1, height: 0 };
  b.aliased += weight.size;
  if (depth + weight.height > LIMITS.depth) {
    return {
      severity: "error",
      code: "limit-exceeded",
      message: `this alias is nested more than ${LIMITS.depth} levels deep`,
      place,
    };
  }
  if (b.aliased <= LIMITS.aliased) return undefined;
  const again = b.problems.some((problem) => problem.message.startsWith("aliases expand"));
  const message = `aliases expand to more than ${LIMITS.aliased} values`;
  return again
    ? undefined
    : { severity: "error", code: "limit-exceeded", message, place, label: "this one is too much" };
}
