/** Where a description is written: in a variable, or in the older variables. Problems get their places there. */
import type { Problem } from "../core/problem.ts";
import type { ArgProblem } from "../core/schema.ts";
import type { Place } from "../core/source.ts";
import type { Variable } from "../inventory/types.ts";
import { argProblems } from "../playbook/args.ts";
import { nodeAt } from "../yaml/index.ts";
import type { Node, Path } from "../yaml/index.ts";
import type { Converted } from "./older.ts";
import { nodeOf, originOf } from "./older-variables.ts";
import type { Name } from "./older-variables.ts";

export interface Written {
  /** What messages call the whole. */
  readonly kind: string;
  readonly args: Node;
  readonly place: Place;
  readonly isOlder: boolean;
  /** Where a part of the description is written, or a part of what it says of a host. */
  readonly pathOf: (path: Path, host?: string) => Path;
}

export function inVariable({ node, keyPlace }: Variable, kind: string): Written {
  return { kind, args: node, place: keyPlace, isOlder: false, pathOf: (path) => path };
}

const NOWHERE: Place = { source: { file: "", text: "" }, start: 0, end: 0 };

export function inOlder(variable: (name: Name) => Variable | undefined, { places }: Converted): Written {
  const args = nodeOf(variable) ?? { kind: "map", entries: [], place: NOWHERE };
  const pathOf = (path: Path, host?: string): Path => {
    const member = host === undefined ? undefined : places.get(host);
    if (member === undefined || path[0] === "sources") return originOf(path);
    return [...member, ...(path[0] === "addresses" ? ["address"] : path)];
  };
  return { kind: "vip", args, place: args.place, isOlder: true, pathOf };
}

export function problemsIn({ kind, args, place }: Written, problems: readonly ArgProblem[]): readonly Problem[] {
  return argProblems({ type: { kind }, args, place, noun: "key" }, problems);
}

export function placed(problems: readonly ArgProblem[], written: Written, host?: string): readonly Problem[] {
  // In older variables the subnet is made from the VIP, which is checked itself.
  const own = written.isOlder ? problems.filter(({ path }) => !path.includes("subnets")) : problems;
  return problemsIn(
    written,
    own.map((problem) => ({ ...problem, path: written.pathOf(problem.path, host) })),
  );
}

/** The part of a path that is written down: what is left out has no place, but its owner has. */
export function writtenPart(path: Path, { args }: Written): Path {
  const ends = path.map((_, index) => path.slice(0, path.length - index));
  return ends.find((part) => nodeAt(args, part) !== undefined) ?? [];
}
