import type { Place } from "../core/source.ts";
import { Secret, SecretTemplate } from "../core/secret.ts";
import type { Sealed } from "../vault/sealed.ts";

/** A scalar. `value` is what YAML 1.1 reads (as PyYAML does), `text` how the file writes it. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly text: string;
  readonly place: Place;
  /** Written with `!unsafe`: never rendered as a template. */
  readonly unsafe: boolean;
  /** Written with `!vault`: the value is this, `value` is null. */
  readonly sealed?: Sealed;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly place: Place;
}

/** A key and its value. Keys are always text: `80: http` has the key `"80"`. */
export interface Entry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: Node;
}

/** A map in the order of the file; entries from `<<` come first. Each key occurs once. */
export interface MapNode {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  readonly place: Place;
}

/** A piece of YAML with its place. An alias shares the nodes of its anchor. */
export type Node = ScalarNode | ListNode | MapNode;

/** All scalars in a node, in order, without keys of maps. */
export function* scalars(node: Node): Generator<ScalarNode> {
  switch (node.kind) {
    case "scalar":
      yield node;
      return;
    case "list":
      for (const item of node.items) yield* scalars(item);
      return;
    case "map":
      for (const { value } of node.entries) yield* scalars(value);
  }
}

/** The keys of all maps in a node. */
export function* keysIn(node: Node): Generator<string> {
  if (node.kind === "list") for (const item of node.items) yield* keysIn(item);
  if (node.kind !== "map") return;
  for (const { key, value } of node.entries) {
    yield key;
    yield* keysIn(value);
  }
}

/** A way into a node: keys of maps, indices of lists. */
export type Path = readonly (string | number)[];

export function entryOf(map: MapNode, key: string): Entry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/**
 * The node as ordinary data; texts of a file that was decrypted are secrets, as are values with `!vault`. A key
 * `__proto__`, if a node ever had one, becomes an own property and nothing else.
 */
export function plain(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node.sealed ?? secretly(node);
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries(node.entries.map((entry) => [entry.key, plain(entry.value)]));
  }
}

function secretly({ value, unsafe, place }: ScalarNode): unknown {
  if (typeof value !== "string" || place.source.secret !== true) return value;
  return !unsafe && /\{[{%#]/.test(value) ? new SecretTemplate(value) : new Secret(value);
}

function childOf(node: Node, step: string | number): Node | undefined {
  if (node.kind === "list") return node.items[Number(step)];
  return node.kind === "map" ? entryOf(node, String(step))?.value : undefined;
}

/** The node at a path; `undefined` when there is none. */
export function nodeAt(node: Node, path: Path): Node | undefined {
  let here: Node | undefined = node;
  for (const step of path) here = here === undefined ? undefined : childOf(here, step);
  return here;
}

/** The place of the value at a path; if the path ends early, its nearest parent's. */
export function placeAt(node: Node, path: Path): Place {
  const [step, ...rest] = path;
  const child = step === undefined ? undefined : childOf(node, step);
  return child === undefined ? node.place : placeAt(child, rest);
}

/** The place of the key at a path; the value's place for an item of a list or a path that does not exist. */
export function keyPlaceAt(node: Node, path: Path): Place {
  const parent = nodeAt(node, path.slice(0, -1));
  const entry = parent?.kind === "map" ? entryOf(parent, String(path.at(-1))) : undefined;
  return entry?.keyPlace ?? placeAt(node, path);
}
