/** Variables from a map in YAML, and which names they may have. */
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { plain } from "../yaml/index.ts";
import type { Entry, Node } from "../yaml/index.ts";
import type { Variable } from "./types.ts";

/** Names that the program itself gives, and words of the expression language. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...["facts", "ansible_facts", "item", "hostvars", "groups", "group_names", "omit", "loop", "lookup", "query"],
  ...["inventory_hostname", "inventory_hostname_short", "inventory_dir", "inventory_file", "playbook_dir"],
  ...["ansible_check_mode", "ansible_diff_mode", "ansible_play_hosts", "ansible_play_batch", "play_hosts"],
  ...["true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "for"],
]);

/** What is wrong with a variable's name, if anything. */
export function variableNameProblem(name: string, place: Place, what = "variable"): Problem | undefined {
  if (RESERVED_NAMES.has(name)) {
    return {
      severity: "error",
      code: "invalid-name",
      message: `\`${name}\` is a reserved name and cannot be a ${what}`,
      place,
      help: "choose another name",
    };
  }
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !UNSAFE_NAMES.has(name)) return undefined;
  const better = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
  return {
    severity: "error",
    code: "invalid-name",
    message: `\`${name}\` is not a ${what} name: a letter or \`_\`, then letters, digits and \`_\``,
    place,
    help: `write \`${better}\``,
  };
}

/** The same in an inventory: Ansible takes any name there, though no template can name it. */
export function inventoryNameProblem(name: string, place: Place): Problem | undefined {
  const problem = variableNameProblem(name, place);
  if (problem === undefined || RESERVED_NAMES.has(name) || UNSAFE_NAMES.has(name)) return problem;
  return { ...problem, severity: "warning", note: "it stays, but no template can name it" };
}

const UNSAFE_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype", ""]);

type NameCheck = (name: string, place: Place) => Problem | undefined;

/** The variables of a map; of anything else but null, a problem. */
export function readVariables(
  node: Node,
  what: string,
  tell: (problem: Problem) => void,
  check: NameCheck = variableNameProblem,
): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  if (node.kind === "scalar" && node.value === null) return variables;
  if (node.kind !== "map") {
    tell({
      severity: "error",
      code: "invalid-value",
      message: `${what} must be a map of names and values, not ${node.kind === "list" ? "a list" : "a single value"}`,
      place: node.place,
      help: "write `name: value`, a line for each variable",
    });
    return variables;
  }
  for (const entry of node.entries) {
    const problem = check(entry.key, entry.keyPlace);
    if (problem !== undefined) tell(problem);
    if (problem?.severity !== "error") variables.set(entry.key, variableOf(entry));
  }
  return variables;
}

export function variableOf({ key, keyPlace, value }: Entry): Variable {
  const untrusted = value.kind === "scalar" && value.unsafe;
  return {
    name: key,
    value: plain(value),
    node: value,
    place: value.place,
    keyPlace,
    ...(untrusted ? { untrusted } : {}),
  };
}
