/**
 * Values as Python's `json.dumps(…, indent=4, sort_keys=True, ensure_ascii=False)` prints them, with Ansible's marks.
 */
import { printFloat } from "../jinja/values/print.ts";
import { REDACTED } from "../core/secret.ts";
import type { Node, ScalarNode } from "../yaml/index.ts";
import { byCodePoint } from "./find.ts";

/** What is printed: nodes, or texts, lists and maps made of them. */
export type Dump = Node | string | number | readonly Dump[] | ReadonlyMap<string, Dump>;

export function pythonJson(value: Dump, indent = 0): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return String(value);
  if (isList(value))
    return bracketed(
      "[",
      "]",
      value.map((item) => pythonJson(item, indent + 1)),
      indent,
    );
  if (value instanceof Map) return mapping(value as ReadonlyMap<string, Dump>, indent);
  const node = value as Node;
  switch (node.kind) {
    case "scalar":
      return scalar(node, indent);
    case "list":
      return pythonJson(node.items, indent);
    case "map":
      return mapping(new Map(node.entries.map((entry) => [entry.key, entry.value])), indent);
  }
}

function isList(value: Dump): value is readonly Dump[] {
  return Array.isArray(value);
}

function mapping(map: ReadonlyMap<string, Dump>, indent: number): string {
  const keys = [...map.keys()].sort(byCodePoint);
  const pairs = keys.map((key) => `${JSON.stringify(key)}: ${pythonJson(map.get(key) ?? "", indent + 1)}`);
  return bracketed("{", "}", pairs, indent);
}

function bracketed(open: string, close: string, items: readonly string[], indent: number): string {
  if (items.length === 0) return open + close;
  const inner = "    ".repeat(indent + 1);
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${"    ".repeat(indent)}${close}`;
}

/** What is encrypted stays so; what came out of an encrypted file is not shown. */
function scalar(node: ScalarNode, indent: number): string {
  const { value, sealed, unsafe, place } = node;
  if (sealed !== undefined) return mapping(new Map([["__ansible_vault", sealed.encrypted]]), indent);
  if (typeof value !== "string") return typeof value === "number" ? number(node, value) : String(value);
  if (place.source.secret === true) return JSON.stringify(REDACTED);
  return unsafe ? mapping(new Map([["__ansible_unsafe", value]]), indent) : JSON.stringify(value);
}

function number(node: ScalarNode, value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  return isFloat(node) ? printFloat(value) : BigInt(value).toString();
}

/** A number that Python would keep as a float. */
export function isFloat({ value, text }: ScalarNode): boolean {
  if (typeof value !== "number") return false;
  return !Number.isInteger(value) || (/[.eE]/.test(text) && !/^[-+]?0[xX]/.test(text));
}
