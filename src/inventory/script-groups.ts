/** What an executable inventory answers: groups with lists of hosts, and variables of hosts under `_meta`. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { entryOf } from "../yaml/index.ts";
import type { Entry, ListNode, MapNode, Node } from "../yaml/index.ts";
import { addHost, groupOf, setHostVariable, setVariable } from "./draft.ts";
import type { Draft, GroupDraft } from "./draft.ts";
import { readJson } from "./json.ts";
import { groupNameProblem, hostNameProblem } from "./names.ts";
import { runScript } from "./script.ts";
import type { Script, ScriptOptions } from "./script.ts";
import type { Variable } from "./types.ts";
import { inventoryNameProblem, readVariables, variableOf } from "./variables.ts";

/** How many `--host` calls run at once. */
const AT_ONCE = 8;

/** Runs the script and reads what it answers into the draft. @throws InputError */
export async function readScript(draft: Draft, script: Script, options: ScriptOptions): Promise<void> {
  const warn = (problem: Problem) => void draft.problems.push(problem);
  const root = readJson(await runScript(script, ["--list"], options), { warn, lastKeyCounts: true });
  if (root.kind !== "map")
    throw new InputError([wrong("an inventory script answers with a map of groups", root.place)]);
  const reader = new Reader(draft);
  for (const entry of root.entries) if (entry.key !== "_meta") reader.group(entry);
  const known = hostvarsOf(root);
  if (known !== undefined) return reader.hostvars(known);
  await askEach(reader, script, options, warn);
}

function hostvarsOf(root: MapNode): Node | undefined {
  const meta = entryOf(root, "_meta")?.value;
  return meta?.kind === "map" ? entryOf(meta, "hostvars")?.value : undefined;
}

/**
 * Without `_meta` the script is called once per host: first for one host alone, since a failure there would repeat for
 * all.
 */
async function askEach(
  reader: Reader,
  script: Script,
  options: ScriptOptions,
  warn: (problem: Problem) => void,
): Promise<void> {
  const ask = async (name: string): Promise<void> => {
    const answer = await runScript(script, ["--host", name], options);
    if (answer.text.trim() === "") return;
    const root = readJson(answer, { warn, lastKeyCounts: true });
    reader.variables(name, root);
  };
  const [first, ...waiting] = reader.hosts;
  if (first !== undefined) await ask(first);
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await ask(name);
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

class Reader {
  readonly hosts = new Set<string>();
  readonly #draft: Draft;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  #tell = (problem: Problem): void => void this.#draft.problems.push(problem);

  group({ key, keyPlace, value }: Entry): void {
    const group = this.#groupOf(key, keyPlace);
    if (group === undefined) return;
    group.defined = true;
    if (value.kind === "list") this.#hosts(group, value);
    else if (value.kind === "map" && hasSections(value)) this.#sections(group, value);
    else if (value.kind === "map") this.#hostOfItsOwn(group, value, keyPlace);
    else this.#tell(wrong(`group \`${key}\` must be a list of hosts, or a map`, value.place));
  }

  #groupOf(name: string, place: Place): GroupDraft | undefined {
    const problem = groupNameProblem(name, inner(place));
    if (problem !== undefined) this.#tell(problem);
    return problem?.severity === "error" ? undefined : groupOf(this.#draft, name, inner(place));
  }

  /** Ansible's oldest form: a group that is a host, with its variables. */
  #hostOfItsOwn(group: GroupDraft, value: MapNode, place: Place): void {
    this.#host(group, group.name, place);
    this.#groupVariables(group, value);
  }

  #sections(group: GroupDraft, value: MapNode): void {
    const hosts = entryOf(value, "hosts")?.value;
    if (hosts?.kind === "list") this.#hosts(group, hosts);
    else if (hosts !== undefined) this.#tell(wrong(`\`hosts\` of group \`${group.name}\` must be a list`, hosts.place));
    const vars = entryOf(value, "vars")?.value;
    if (vars !== undefined) this.#groupVariables(group, vars);
    const children = entryOf(value, "children")?.value;
    if (children?.kind === "list") this.#children(group, children);
    else if (children !== undefined) {
      this.#tell(wrong(`\`children\` of group \`${group.name}\` must be a list`, children.place));
    }
  }

  #groupVariables(group: GroupDraft, node: Node): void {
    const what = `\`vars\` of group \`${group.name}\``;
    if (node.kind !== "map") return this.#tell(wrong(`${what} must be a map`, node.place));
    const variables = readVariables(node, what, this.#tell, inventoryNameProblem);
    for (const variable of variables.values()) setVariable(group.variables, variable);
  }

  #children(group: GroupDraft, { items }: ListNode): void {
    for (const item of items) {
      const name = this.#name(item, "group");
      const child = name === undefined ? undefined : this.#groupOf(name, item.place);
      if (child === undefined) continue;
      child.defined = true;
      if (!group.children.has(child.name)) group.children.set(child.name, inner(item.place));
    }
  }

  #hosts(group: GroupDraft, { items }: ListNode): void {
    for (const item of items) {
      const name = this.#name(item, "host");
      if (name !== undefined) this.#host(group, name, item.place);
    }
  }

  #name(item: Node, what: string): string | undefined {
    if (item.kind === "scalar" && typeof item.value === "string") return item.value;
    this.#tell(wrong(`expected the name of a ${what}`, item.place));
    return undefined;
  }

  #host(group: GroupDraft, name: string, place: Place): void {
    const problem = hostNameProblem(name, inner(place));
    if (problem !== undefined) return this.#tell(problem);
    addHost(this.#draft, group, name, inner(place));
    this.hosts.add(name);
  }

  hostvars(node: Node): void {
    if (node.kind !== "map") return this.#tell(wrong("`hostvars` must be a map of hosts", node.place));
    for (const { key, value } of node.entries) if (this.hosts.has(key)) this.variables(key, value);
  }

  variables(name: string, node: Node): void {
    const host = this.#draft.hosts.get(name);
    if (host === undefined) return;
    if (node.kind !== "map") return this.#tell(wrong(`the variables of host \`${name}\` must be a map`, node.place));
    for (const variable of this.#checked(node)) setHostVariable(this.#draft, host, variable);
  }

  *#checked(node: MapNode): Generator<Variable> {
    for (const entry of node.entries) {
      const problem = inventoryNameProblem(entry.key, inner(entry.keyPlace));
      if (problem !== undefined) this.#tell(problem);
      if (problem?.severity !== "error") yield variableOf(entry);
    }
  }
}

function hasSections(value: MapNode): boolean {
  return ["hosts", "vars", "children"].some((key) => entryOf(value, key) !== undefined);
}

/** Without the quotes. */
function inner(place: Place): Place {
  return { ...place, start: place.start + 1, end: place.end - 1 };
}

function wrong(message: string, place: Place): Problem {
  return { severity: "error", code: "invalid-value", message, place };
}
