/** Reads YAML as Ansible does, through the program's own reader. */
import { InputError } from "../../../core/problem.ts";
import { lineAndColumn } from "../../../core/source.ts";
import { readYaml } from "../../../yaml/index.ts";
import type { ScalarNode, Node } from "../../../yaml/index.ts";
import { fail } from "../../errors/fault.ts";
import { work } from "../../errors/limits.ts";
import { Dict, Float } from "../../values/values.ts";
import type { Value } from "../../values/values.ts";

/** The one document of a text. */
export function parseYaml(text: string): Value {
  try {
    return ofNode(readYaml({ file: "from_yaml", text }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [problem] = error.problems;
    const at = problem?.place === undefined ? undefined : lineAndColumn(problem.place);
    const note =
      at === undefined ? {} : { note: `line ${at.line}, column ${at.column} of it: ${problem?.message ?? ""}` };
    return fail("the text is not YAML", note);
  }
}

/** All documents of a text. */
export function parseYamlAll(text: string): Value[] {
  const documents = text.split(/^---(?=\s|$)|^\.\.\.\s*$/m);
  return documents.filter((document, i) => i > 0 || document.trim() !== "").map(parseYaml);
}

function ofNode(node: Node): Value {
  work(1);
  switch (node.kind) {
    case "scalar":
      if (node.sealed === undefined) return ofScalar(node);
      return fail("no `!vault` can be read here: it is decrypted only in variables files");
    case "list":
      return node.items.map(ofNode);
    case "map":
      return new Dict(node.entries.map(({ key, value }) => [key, ofNode(value)]));
  }
}

/** `2.0` is a float to Python; as a JavaScript number it would be 2. */
export function ofScalar({ value, text }: Pick<ScalarNode, "value" | "text">): Value {
  return typeof value === "number" && Number.isInteger(value) && isFloatText(text) ? new Float(value) : value;
}

function isFloatText(text: string): boolean {
  return /^[-+]?[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?$/.test(text);
}
