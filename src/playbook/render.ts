import type { Place } from "../core/source.ts";
import { hide } from "../jinja/templates.ts";
import { plain, scalars } from "../yaml/index.ts";
import type { Node } from "../yaml/index.ts";
import { isTemplate } from "./values.ts";

/**
 * A node as data, its templates rendered. Keys are never templates, nor are texts written with `!unsafe`. What is
 * encrypted, by itself or with its file, comes out secret.
 * @param render gets each text that holds a template and the place of it.
 */
export function renderNode(node: Node, render: (text: string, place: Place) => unknown): { readonly value: unknown } {
  return { value: rendered(node, render) };
}

function rendered(node: Node, render: (text: string, place: Place) => unknown): unknown {
  switch (node.kind) {
    case "scalar":
      if (typeof node.value !== "string" || node.unsafe || !isTemplate(node.value)) return plain(node);
      return node.place.source.secret === true ? hide(render(node.value, node.place)) : render(node.value, node.place);
    case "list":
      return node.items.map((item) => rendered(item, render));
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, rendered(value, render)]));
  }
}

/** The texts of a node that hold templates. */
export function* templatesIn(node: Node): Generator<{ readonly text: string; readonly place: Place }> {
  for (const { value, unsafe, place } of scalars(node)) {
    if (typeof value === "string" && !unsafe && isTemplate(value)) yield { text: value, place };
  }
}

/** The node itself, or something in it, is known only later: a template, or an encrypted value. */
export function hasTemplates(node: Node): boolean {
  return !templatesIn(node).next().done || hasSealed(node);
}

function hasSealed(node: Node): boolean {
  for (const { sealed } of scalars(node)) if (sealed !== undefined) return true;
  return false;
}
