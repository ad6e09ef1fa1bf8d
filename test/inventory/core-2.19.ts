/** An inventory as ansible-core 2.19 shows it, made of how 2.14 (and dsrctl) shows it; where 2.14 is installed, as it is. */
import { expected } from "../core-2.19.ts";

/** `--list` as data. */
export function withProfile(list: unknown): unknown {
  return expected("profile", list, (each) => {
    const { _meta: meta, ...groups } = each as { readonly _meta: object };
    return { _meta: { ...meta, profile: "inventory_legacy" }, ...groups };
  });
}

/** `--list` as text. */
export function withProfileText(text: string): string {
  const hostvars = /^ {8}"hostvars": \{.*?^ {8}\}/ms;
  return expected("profile", text, (each) => each.replace(hostvars, `$&,\n        "profile": "inventory_legacy"`));
}

/** `--list` as data, in which these are bytes; none of another inventory are. */
export function withBytes(list: unknown, bytes: readonly string[]): unknown {
  const marked = (name: string, value: unknown) => (bytes.includes(name) ? { __ansible_unsafe: value } : value);
  return expected("bytes", list, (each) => {
    const text = JSON.stringify(each, (name, value: unknown) =>
      typeof value === "string" ? marked(name, value) : value,
    );
    return JSON.parse(text) as unknown;
  });
}

/** `--host` as text. */
export function withoutUnsafe(text: string): string {
  return expected("unsafe-host", text, (each) => each.replaceAll(/\{\s*"__ansible_unsafe": ("[^"\n]*")\s*\}/g, "$1"));
}

/** What is read of an inventory beside what 2.14 reads. */
export function alsoRead(files: readonly string[]): readonly string[] {
  return expected<readonly string[]>("ini-ignored", [], () => files);
}

/** `--list --yaml`; groups come in the order of their names, 2.19 goes through them in the inventory's order. */
export function yamlGroups(text: string, order: (group: string) => readonly string[] = () => []): string {
  const lean = expected("empty-groups", text, (each) =>
    shown(branches(each), (groups) => groups.flatMap(withoutEmpty)),
  );
  return expected("repeated-groups", lean, (each) => {
    const seen = new Set<string>();
    return shown(branches(each), (groups) => groups.map((group) => once(group, seen, order)));
  });
}

/** A line, and those below it that stand deeper. */
interface Branch {
  readonly line: string;
  readonly below: readonly Branch[];
}

function shown(tree: readonly Branch[], change: (groups: readonly Branch[]) => readonly Branch[]): string {
  return `${change(tree).flatMap(linesOf).join("\n")}\n`;
}

function withoutEmpty(group: Branch): readonly Branch[] {
  if (group.line.endsWith(": {}")) return [];
  const below = inChildren(group, (groups) => groups.flatMap(withoutEmpty)).below;
  return below.length === 0 ? [] : [{ ...group, below }];
}

function once(group: Branch, seen: Set<string>, order: (group: string) => readonly string[]): Branch {
  const name = nameOf(group);
  if (seen.has(name)) return { line: `${group.line} {}`, below: [] };
  const made = inChildren(group, (groups) => {
    const place = (each: Branch) => order(name).indexOf(nameOf(each));
    const visited = groups.toSorted((a, b) => place(a) - place(b));
    const children = new Map(visited.map((each) => [each, once(each, seen, order)]));
    return groups.map((each) => children.get(each) ?? each);
  });
  seen.add(name);
  return made;
}

function nameOf({ line }: Branch): string {
  return line.trim().replace(/:$/, "");
}

/** A group with other children; without the word when there are none. */
function inChildren(group: Branch, change: (groups: readonly Branch[]) => readonly Branch[]): Branch {
  const below = group.below.flatMap((each) => {
    if (each.line.trim() !== "children:") return [each];
    const children = change(each.below);
    return children.length === 0 ? [] : [{ ...each, below: children }];
  });
  return { ...group, below };
}

function branches(text: string): readonly Branch[] {
  const [found] = below(text.trimEnd().split("\n"), -1);
  return found;
}

/** The branches deeper than an indentation, and the lines that are left. */
function below(lines: readonly string[], depth: number): readonly [readonly Branch[], readonly string[]] {
  const found: Branch[] = [];
  let rest = lines;
  for (let [line] = rest; line !== undefined && indentation(line) > depth; [line] = rest) {
    const [deeper, others] = below(rest.slice(1), indentation(line));
    found.push({ line, below: deeper });
    rest = others;
  }
  return [found, rest];
}

/** An empty line belongs to what stands before it. */
function indentation(line: string): number {
  return line.trim() === "" ? Infinity : line.search(/\S/);
}

function linesOf({ line, below: deeper }: Branch): readonly string[] {
  return [line, ...deeper.flatMap(linesOf)];
}
