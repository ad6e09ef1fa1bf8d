/** How versions compare: Python's LooseVersion and StrictVersion, and semantic versions (semver.org 2.0). */
import { fail } from "../errors/fault.ts";
import type { Args } from "./native.ts";
import { str } from "./print.ts";
import { truth } from "./python.ts";

const OPERATORS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ...["==", "=", "eq"].map((name) => [name, (order: number) => order === 0] as const),
  ...["!=", "<>", "ne"].map((name) => [name, (order: number) => order !== 0] as const),
  ...["<", "lt"].map((name) => [name, (order: number) => order < 0] as const),
  ...["<=", "le"].map((name) => [name, (order: number) => order <= 0] as const),
  ...[">", "gt"].map((name) => [name, (order: number) => order > 0] as const),
  ...[">=", "ge"].map((name) => [name, (order: number) => order >= 0] as const),
]);

type Order = (a: string, b: string) => number;

const TYPES: ReadonlyMap<string, Order> = new Map([
  ["loose", loose],
  ["strict", strict],
  ["semver", semantic],
  ["semantic", semantic],
]);

/** The test `version`. */
export function compareVersions(args: Args): boolean {
  const [value, other] = [args.value("value"), args.value("version")];
  if (!truth(value) || !truth(other)) return fail("an empty version cannot be compared");
  const name = args.text("operator");
  const holds = OPERATORS.get(name) ?? fail(`unknown operator \`${name}\``, { help: [...OPERATORS.keys()].join(" ") });
  return holds(orderOf(args)(str(value), str(other)));
}

function orderOf(args: Args): Order {
  const type = args.optionalText("version_type");
  if (type !== undefined && args.value("strict") !== null)
    return fail("`strict` and `version_type` exclude each other");
  if (type === undefined) return args.flag("strict") ? strict : loose;
  return TYPES.get(type) ?? fail(`unknown type of version \`${type}\``, { help: [...TYPES.keys()].join(", ") });
}

function loose(a: string, b: string): number {
  const [x, y] = [looseParts(a), looseParts(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const [m, n] = [x[i] ?? "", y[i] ?? ""];
    if (typeof m !== typeof n)
      return fail("the versions cannot be compared: one has a number where the other has letters", SEMVER);
    if (m !== n) return m < n ? -1 : 1;
  }
  return x.length - y.length;
}

const SEMVER = { help: "`version_type='semver'` compares semantic versions" };

function looseParts(version: string): (string | bigint)[] {
  const parts = version.split(/(\d+|[a-z]+|\.)/).filter((part) => part !== "" && part !== ".");
  return parts.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
}

/** `1.2`, `1.2.3`, `1.2a1`: a pre-release comes before the release. */
function strict(a: string, b: string): number {
  const [x, y] = [strictParts(a), strictParts(b)];
  return x.reduce((order, part, i) => order || part - (y[i] ?? 0), 0);
}

function strictParts(version: string): readonly number[] {
  const found = /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(version);
  if (found === null) return fail(`\`${version}\` is not a strict version`, { help: "like 1.2, 1.2.3 or 1.2b1" });
  const [, major, minor, patch, letter, number] = found;
  const stage = letter === undefined ? 2 : letter === "b" ? 1 : 0;
  return [Number(major), Number(minor), Number(patch ?? 0), stage, Number(number ?? 0)];
}

function semantic(a: string, b: string): number {
  const [x, y] = [semanticParts(a), semanticParts(b)];
  const core = x.core.reduce((order, part, i) => order || part - (y.core[i] ?? 0), 0);
  return core || preRelease(x.pre, y.pre);
}

function semanticParts(version: string): { readonly core: readonly number[]; readonly pre: readonly string[] } {
  const found = /^(\d+)\.(\d+)\.(\d+)(?:-([\dA-Za-z.-]+))?(?:\+[\dA-Za-z.-]+)?$/.exec(version);
  if (found === null) return fail(`\`${version}\` is not a semantic version`, { help: "like 1.2.3 or 1.2.3-rc.1" });
  return { core: found.slice(1, 4).map(Number), pre: found[4]?.split(".") ?? [] };
}

/** Numbers below words, fewer parts below more, any below none. */
function preRelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x = "", y = ""] = [a[i], b[i]];
    const [m, n] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (m && n && Number(x) !== Number(y)) return Number(x) - Number(y);
    if (m !== n) return m ? -1 : 1;
    if (!m && x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
