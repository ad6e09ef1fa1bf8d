/** `lookup(…)` and `query(…)`: what templates may fetch from outside, through what they were given for it. */
import { InputError } from "../../core/problem.ts";
import { Secret } from "../../core/secret.ts";
import { fail } from "../errors/fault.ts";
import type { Details } from "../errors/fault.ts";
import { listNames } from "../../text/suggest.ts";
import { didYouMean } from "../errors/hints.ts";

import type { Args } from "../values/native.ts";
import { wantedPassword } from "./password.ts";
import { str } from "../values/print.ts";
import { items, truth, withArticle } from "../values/python.ts";
import type { Run } from "../values/run.ts";
import { Dict, kind, tuple, undefinedValue } from "../values/values.ts";
import type { Keywords, Value } from "../values/values.ts";
import { product } from "../filters/lists.ts";

type Lookup = (terms: readonly Value[], options: Keywords, run: Run) => Value[];

/** Other lookups of Ansible's, with what to do instead, or why not. */
export const NOT_HERE: ReadonlyMap<string, string> = new Map([
  ...["url", "dig", "redis", "hashi_vault"].map((name) => [name, "templates do not ask the network"] as const),
  ...["csvfile", "ini", "fileglob", "first_found", "lines"].map(
    (name) => [name, "name one file with `lookup('file', …)`, or use a variable"] as const,
  ),
  ["config", "there is no ansible.cfg here"],
  ["inventory_hostnames", "write `groups['name']`"],
  ["random_choice", "write `| random`"],
  ["sequence", "write `range(1, 5)`"],
  ["subelements", "write `| subelements('name')`"],
  ["unvault", "`lookup('file', …)` decrypts"],
]);

/** By name. */
export const LOOKUPS: ReadonlyMap<string, Lookup> = new Map<string, Lookup>([
  ["vars", variables],
  ["varnames", variableNames],
  ["env", environment],
  ["file", files],
  ["template", (terms, _, run) => terms.map((term) => run.renderTemplate(name(term, "template")))],
  ["password", passwords],
  ["pipe", pipe],
  ["items", (terms) => terms.flatMap((term) => (Array.isArray(term) ? term : [term]))],
  ["list", (terms) => [...terms]],
  ["flattened", (terms) => terms.flatMap(flat)],
  ["indexed_items", (terms) => terms.flatMap((term) => [...items(term)]).map((item, i) => tuple([i, item]))],
  ["dict", (terms) => terms.flatMap(entries)],
  ["together", together],
  ["nested", (terms) => product(terms)],
  ["cartesian", (terms) => product(terms)],
]);

/** @param wantList always a list (`query`), else one value, or texts joined with commas */
export function lookup(args: Args, run: Run, wantList: boolean): Value {
  const plugin = shortName(args.text("name"));
  const found = LOOKUPS.get(plugin) ?? unknown(plugin);
  const options = new Map(args.keywords);
  const asList = wantList || truth(options.get("wantlist") ?? false);
  options.delete("wantlist");
  options.delete("errors");
  const values = found(args.rest, options, run);
  if (asList) return values;
  if (values.every((value) => typeof value === "string")) return values.join(",");
  return values.length === 1 ? (values[0] ?? null) : values;
}

function unknown(plugin: string): never {
  const { message, details } = withoutLookup(plugin) ?? { message: `unknown lookup \`${plugin}\``, details: {} };
  return fail(message, details);
}

/** What is wrong with naming this lookup; `isKnown`: it is one of Ansible's, and no slip. */
export function withoutLookup(
  name: string,
): { readonly message: string; readonly details: Details; readonly isKnown: boolean } | undefined {
  const plugin = shortName(name);
  if (LOOKUPS.has(plugin)) return undefined;
  const why = NOT_HERE.get(plugin);
  const isKnown = why !== undefined || plugin.includes(".");
  if (isKnown) {
    const help = why ?? "it is a collection's: write what it gives into a variable";
    return { message: `lookup \`${plugin}\` is not supported`, details: { help }, isKnown };
  }
  const help = `there are ${[...LOOKUPS.keys()].join(", ")}`;
  const details = { ...didYouMean(plugin, LOOKUPS.keys()), help };
  return { message: `unknown lookup \`${plugin}\``, details, isKnown };
}

function shortName(name: string): string {
  return name.replace(/^ansible\.(?:builtin|legacy)\./, "");
}

function name(term: Value, plugin: string): string {
  return typeof term === "string" ? term : fail(`lookup \`${plugin}\` wants a name, got ${withArticle(kind(term))}`);
}

function variables(terms: readonly Value[], options: Keywords, run: Run): Value[] {
  return terms.map((term) => {
    const variable = name(term, "vars");
    const value = run.variable(variable);
    if (value !== undefined) return value;
    const near = didYouMean(variable, run.scope.names());
    return options.has("default")
      ? (options.get("default") ?? null)
      : undefinedValue(`\`${variable}\` is not defined`, near);
  });
}

function variableNames(terms: readonly Value[], _: Keywords, run: Run): Value[] {
  const names = [...run.scope.names()];
  const matching = (term: Value): Value[] => names.filter((each) => run.test("search", each, [term], new Map()));
  return terms.flatMap(matching);
}

function environment(terms: readonly Value[], options: Keywords, run: Run): Value[] {
  const { env } = run.options;
  if (env === undefined) return fail("lookup `env` is not available here");
  return terms.map((term) => env(name(term, "env").split(/\s/)[0] ?? "") ?? options.get("default") ?? "");
}

function files(terms: readonly Value[], options: Keywords, run: Run): Value[] {
  const { file } = run.options;
  if (file === undefined) return fail("lookup `file` is not available here");
  return terms.map((term) => {
    const path = name(term, "file");
    const found = asked(run, () => file(path, run.here())) ?? fail(`file ${listNames([path])} is not there`);
    const text = found instanceof Secret ? found.reveal() : found;
    const end = truth(options.get("rstrip") ?? true) ? text.trimEnd() : text;
    const made = truth(options.get("lstrip") ?? false) ? end.trimStart() : end;
    return run.intake(found instanceof Secret ? new Secret(made) : made);
  });
}

function passwords(terms: readonly Value[], options: Keywords, run: Run): Value[] {
  const { password } = run.options;
  if (password === undefined) return fail("lookup `password` is not available here");
  const given = new Map(
    [...options].map(([option, value]) => [option, Array.isArray(value) ? value.map(str) : str(value)]),
  );
  return terms.map((term) => {
    const wanted = wantedPassword(name(term, "password"), given);
    return run.intake(asked(run, () => password(wanted)));
  });
}

function pipe(terms: readonly Value[], _: Keywords, run: Run): Value[] {
  const command = run.options.pipe ?? fail("lookup `pipe` runs programs on this machine", { help: PIPE });
  return terms.map((term) => run.intake(asked(run, () => command(name(term, "pipe"), run.here()))));
}

/** What goes wrong outside is shown where the template asks for it. */
function asked<T>(run: Run, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.problems.map((problem) => ({ place: run.here(), ...problem })));
  }
}

const PIPE = "`--allow-pipe` lets templates do so";

function flat(term: Value): Value[] {
  if (!Array.isArray(term)) return term === null ? [] : [term];
  return term.flatMap(flat);
}

function entries(term: Value): Value[] {
  if (!(term instanceof Dict)) return fail(`lookup \`dict\` wants a map, got ${withArticle(kind(term))}`);
  return term.entries().map(
    ([name, value]) =>
      new Dict([
        ["key", name],
        ["value", value],
      ]),
  );
}

function together(terms: readonly Value[]): Value[] {
  const lists = terms.map((term) => items(term));
  const size = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: size }, (_, i) => lists.map((list) => list[i] ?? null));
}
