/** The context of reading a playbook. */
import type { AnyTaskType } from "../core/task-instance.ts";
import type { Problem } from "../core/problem.ts";
import { collectProblemsSync } from "../core/collect-problems.ts";
import { isConnectionVariable } from "../inventory/connection.ts";
import { readVariables, variableNameProblem } from "../inventory/variables.ts";
import type { Place } from "../core/source.ts";
import type { Entry, Node } from "../yaml/index.ts";
import { templatesIn } from "./render.ts";
import type { Templates } from "../jinja/templates.ts";
import type { Text, VarEntry } from "./types.ts";
import type { BecomeWords } from "../core/target.ts";
import { error, invalid, isNull, isTemplateText, readFlag, readWord } from "./values.ts";

export interface Reading {
  /** The task types that the playbook may use. */
  readonly types: ReadonlyMap<string, AnyTaskType>;
  /** The keys of all task types. */
  readonly kinds: readonly string[];
  readonly templates: Templates;
  readonly tell: (problem: Problem) => void;
}

/** Reports syntax errors of the templates in a node. */
export function checkTemplates(node: Node, { templates, tell }: Reading): void {
  for (const { text, place } of templatesIn(node)) collectProblemsSync(tell, () => templates.names(text, place));
}

/** Reports syntax errors of expressions without braces. */
export function checkExpressions(texts: readonly Text[], { templates, tell }: Reading): void {
  for (const { text, place } of texts) collectProblemsSync(tell, () => templates.expressionNames(text, place));
}

/** The same for a text that may be a template. */
export function checkText(given: Text, { templates, tell }: Reading): void {
  if (isTemplateText(given)) collectProblemsSync(tell, () => templates.names(given.text, given.place));
}

/** `vars` of a play or a task. */
export function readVars({ key, keyPlace, value }: Entry, reading: Reading): readonly VarEntry[] {
  if (isNull(value)) {
    reading.tell(invalid(`\`${key}\` is empty (null)`, keyPlace, "remove the key, or write `{}`"));
    return [];
  }
  checkTemplates(value, reading);
  return varEntries(value, `\`${key}\``, reading.tell);
}

export function varEntries(node: Node, what: string, tell: Reading["tell"]): readonly VarEntry[] {
  return [...readVariables(node, what, tell, nameProblem).values()].map(({ name, value, place, node, untrusted }) => ({
    name,
    value,
    place,
    node,
    ...(untrusted === true ? { untrusted } : {}),
  }));
}

/** A host has one connection for all plays, so a play cannot set how it is made. */
function nameProblem(name: string, place: Place): Problem | undefined {
  if (!isConnectionVariable(name)) return variableNameProblem(name, place);
  return error(
    "connection-variable",
    `\`${name}\` is a connection variable and cannot be set in a playbook`,
    place,
    whereInstead(name),
  );
}

function whereInstead(name: string): string {
  const keyword = /^ansible_(become|become_user|become_method)$/.exec(name)?.[1];
  if (keyword !== undefined) return `\`${keyword}\` is a keyword: write it next to \`vars\`, not into it`;
  // Every user can see a command line.
  const option = name.includes("pass") ? "-e @FILE" : "-e";
  return `set it in the inventory (\`group_vars/\` next to the playbook, too), or for all hosts with \`${option}\``;
}

/** `become`, `become_user` and `become_method` among the keys of a play or a task. */
export function readBecome(entries: ReadonlyMap<string, Entry>, { tell }: Reading): BecomeWords {
  const [become, user, method] = ["become", "become_user", "become_method"].map((key) => entries.get(key));
  if (method !== undefined) {
    const word = readWord(method, tell, "`sudo`");
    if (word !== undefined && word.text !== "sudo")
      tell(error("not-supported", "only `sudo` is supported", word.place));
  }
  return {
    become: become === undefined ? undefined : readFlag(become, tell),
    user: user === undefined ? undefined : readWord(user, tell, "a user name")?.text,
  };
}
