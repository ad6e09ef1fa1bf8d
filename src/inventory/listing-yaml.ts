/** Prints an inventory as `ansible-inventory --yaml` does. */
import { emitted, Tagged } from "../jinja/filters/parts/yaml-emitter.ts";
import { Dict, float } from "../jinja/values/values.ts";
import type { Key, Value } from "../jinja/values/values.ts";
import { REDACTED } from "../core/secret.ts";
import type { Node, ScalarNode } from "../yaml/index.ts";
import { groupVariables, hostVariables } from "./listing.ts";
import type { ListingOptions } from "./listing.ts";
import { isFloat } from "./python-json.ts";
import type { Dump } from "./python-json.ts";
import type { Group, Inventory } from "./types.ts";

/** `--list --yaml`: nested groups; a host's variables where it occurs first. */
export function yamlListing(inventory: Inventory, options: ListingOptions): string {
  const all = inventory.groups.get("all");
  const listed = new Set<string>();
  const groupOf = (group: Group): ReadonlyMap<string, Dump> => {
    const children = new Map(
      group.children.flatMap((name) => {
        const child = inventory.groups.get(name);
        return child === undefined ? [] : [[name, groupOf(child)] as const];
      }),
    );
    const hosts = new Map(group.name === "all" ? [] : group.hosts.map((name) => [name, firstVariables(name)] as const));
    const vars = options.export ? groupVariables(group) : NOTHING;
    return new Map(Object.entries({ children, hosts, vars }).filter(([, { size }]) => size > 0));
  };
  const firstVariables = (name: string): ReadonlyMap<string, Dump> => {
    const host = listed.has(name) ? undefined : inventory.hosts.get(name);
    listed.add(name);
    return host === undefined ? NOTHING : hostVariables(host, options);
  };
  return yamlText(new Map<string, Dump>(all === undefined ? [] : [["all", groupOf(all)]]));
}

const NOTHING: ReadonlyMap<string, Dump> = new Map();

/**
 * As `yaml.dump` with Ansible's dumper writes it: a value that occurs in several places is written once, with an
 * anchor.
 */
export function yamlText(dump: Dump): string {
  const value = new Values().of(dump);
  return emitted(value, { ...LAYOUT, anchors: true, bounded: false });
}

const LAYOUT = { indent: 2, width: 80, sortKeys: true, flow: false, start: false, end: false } as const;

/** One node is one value. */
class Values {
  readonly #made = new Map<Node, Value>();

  of(dump: Dump): Value {
    if (typeof dump !== "object") return dump;
    if (isMap(dump)) return this.#dict([...dump]);
    if (isList(dump)) return dump.map((item) => this.of(item));
    const known = this.#made.get(dump);
    if (known !== undefined) return known;
    const made = this.#ofNode(dump);
    this.#made.set(dump, made);
    return made;
  }

  #ofNode(node: Node): Value {
    switch (node.kind) {
      case "scalar":
        return scalar(node);
      case "list":
        return node.items.map((item) => this.of(item));
      case "map":
        return this.#dict(node.entries.map(({ key, value }) => [key, value]));
    }
  }

  #dict(entries: readonly (readonly [string, Dump])[]): Dict {
    return new Dict(entries.map(([key, value]): [Key, Value] => [key, this.of(value)]));
  }
}

/** An encrypted value stays encrypted; values from an encrypted file are not shown. */
function scalar(node: ScalarNode): Value {
  const { value, sealed, place } = node;
  if (sealed !== undefined) return new Tagged("!vault", sealed.encrypted);
  if (place.source.secret === true && typeof value === "string") return REDACTED;
  return typeof value === "number" && isFloat(node) ? float(value) : value;
}

function isMap(dump: Dump): dump is ReadonlyMap<string, Dump> {
  return dump instanceof Map;
}

function isList(dump: Dump): dump is readonly Dump[] {
  return Array.isArray(dump);
}
