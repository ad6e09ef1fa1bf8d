/**
 * Holds the variables of a host in layers; a later layer overrides an earlier one. Values are raw and rendered when
 * they are used. A value that came from a host (facts, results) is marked and never rendered.
 */
import { SecretTemplate } from "../../core/secret.ts";
import type { Layer, Variable } from "../../jinja/templates.ts";
import { plain } from "../../yaml/index.ts";
import type { Node } from "../../yaml/index.ts";

export type { Layer, Variable } from "../../jinja/templates.ts";

export class Variables {
  /** Weakest first. */
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  get(name: string): Variable | undefined {
    return this.layers.findLast((layer) => layer.has(name))?.get(name);
  }

  has(name: string): boolean {
    return this.layers.some((layer) => layer.has(name));
  }

  names(): ReadonlySet<string> {
    return new Set(this.layers.flatMap((layer) => [...layer.keys()]));
  }

  /** With one more layer, stronger than all. */
  with(layer: Layer): Variables {
    return layer.size === 0 ? this : new Variables([...this.layers, layer]);
  }

  /**
   * All names that the given ones lead to, by way of variables whose values mention others.
   * @param mentioned the names that a text mentions.
   */
  reach(names: Iterable<string>, mentioned: (text: string, variable: Variable) => Iterable<string>): Set<string> {
    const reached = new Set<string>();
    const open = [...names];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      const variable = this.get(name);
      if (variable === undefined || variable.untrusted === true) continue;
      for (const text of textsOf(variable)) open.push(...mentioned(text, variable));
    }
    return reached;
  }
}

function textsOf({ value, node }: Variable): Iterable<string> {
  return node === undefined ? texts(value) : textsIn(node);
}

/** The same of a value as it was read: texts with `!unsafe` are none. */
function* textsIn(node: Node): Generator<string> {
  if (node.kind === "list") for (const item of node.items) yield* textsIn(item);
  else if (node.kind === "map") for (const entry of node.entries) yield* textsIn(entry.value);
  else if (!node.unsafe) yield* texts(plain(node));
}

/** Every text in a value that may be a template. */
function* texts(value: unknown): Generator<string> {
  if (typeof value === "string") {
    if (value.includes("{{") || value.includes("{%")) yield value;
  } else if (value instanceof SecretTemplate) {
    yield value.reveal();
  } else if (Array.isArray(value)) {
    for (const each of value) yield* texts(each);
  } else if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) yield* texts(each);
  }
}
