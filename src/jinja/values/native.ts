/** Filters, tests, functions and methods that are written in TypeScript, with Python's way of passing arguments. */
import type { Run } from "./run.ts";
import { fail } from "../errors/fault.ts";
import { textWork, work } from "../errors/limits.ts";
import { didYouMean } from "../errors/hints.ts";
import { str } from "./print.ts";
import { items, numeric, truth, whole, withArticle } from "./python.ts";
import { Dict, kind, revealed, Undefined } from "./values.ts";
import type { Keywords, Value } from "./values.ts";

interface Parameter {
  readonly name: string;
  /** Undefined: it must be given. */
  readonly fallback: Value | undefined;
}

interface Signature {
  readonly parameters: readonly Parameter[];
  readonly rest: string | undefined;
  readonly keywords: string | undefined;
}

/** @typeParam R what it needs in addition to its arguments: the run for filters and functions, nothing for methods */
export interface Native<R = Run> {
  /** As in Python: `value, pattern='', count=none, *rest, **options`. */
  readonly parameters: string;
  /** It takes undefined values and secrets as they are; others never see one. */
  readonly raw: boolean;
  readonly run: (args: Args, run: R) => Value;
}

export function native<R = Run>(
  parameters: string,
  run: Native<R>["run"],
  options: { readonly raw?: boolean } = {},
): Native<R> {
  return { parameters, raw: options.raw ?? false, run };
}

export type Natives<R = Run> = Readonly<Record<string, Native<R>>>;

/** Filters of one subject: one file in `src/jinja/filters`. */
export interface FilterFamily {
  readonly filters: Natives;
  /** Prefixes that a name can have: the collections in which Ansible has the filter. */
  readonly collections: readonly string[];
}

/** @param collections each with a dot at its end */
export function filterFamily(
  filters: Natives,
  collections: readonly string[] = ["ansible.builtin.", "ansible.legacy."],
): FilterFamily {
  return { filters, collections };
}

const signatures = new Map<string, Signature>();

/** Parsed at the first call: there are hundreds of them. */
function signatureOf({ parameters }: Native<never>): Signature {
  const known = signatures.get(parameters) ?? parseSignature(parameters);
  signatures.set(parameters, known);
  return known;
}

function parseSignature(text: string): Signature {
  const parameters: Parameter[] = [];
  let rest: string | undefined;
  let keywords: string | undefined;
  for (const [, stars, name = "", literal] of text.matchAll(/(\*{0,2})(\w+)(?:=('[^']*'|[^,\s]+))?/g)) {
    if (stars === "**") keywords = name;
    else if (stars === "*") rest = name;
    else parameters.push({ name, fallback: literal === undefined ? undefined : parseLiteral(literal) });
  }
  return { parameters, rest, keywords };
}

function parseLiteral(text: string): Value {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (text === "none") return null;
  return text === "true" || text === "false" ? text === "true" : Number(text);
}

/** Calls it as Python would: by position, then by name, then with defaults. */
export function invoke<R>(name: string, it: Native<R>, args: readonly Value[], keywords: Keywords, run: R): Value {
  return it.run(new Args(name, it, args, keywords), run);
}

/** The arguments of one call, each by its name. */
export class Args {
  readonly rest: readonly Value[];
  readonly keywords: Keywords;
  readonly #values = new Map<string, Value>();
  readonly #given = new Set<string>();
  readonly #raw: boolean;
  /** What is called: a filter, a test, a function. */
  readonly #name: string;

  constructor(name: string, it: Native<never>, args: readonly Value[], keywords: Keywords) {
    this.#raw = it.raw;
    this.#name = name;
    const signature = signatureOf(it);
    const { parameters, rest } = signature;
    if (args.length > parameters.length && rest === undefined) tooMany(name, args.length, parameters.length);
    parameters.forEach((parameter, i) => this.#bind(name, parameter, args[i], keywords));
    this.rest = args.slice(parameters.length).map((value) => this.#checked(value));
    this.keywords = this.#extra(name, signature, keywords);
  }

  #bind(name: string, parameter: Parameter, positional: Value | undefined, keywords: Keywords): void {
    const named = keywords.get(parameter.name);
    if (positional !== undefined && named !== undefined) fail(`\`${name}\` gets \`${parameter.name}\` twice`);
    const given = positional === undefined ? named : positional;
    if (given !== undefined) this.#given.add(parameter.name);
    const value = given === undefined ? parameter.fallback : given;
    if (value === undefined) return fail(`\`${name}\` needs \`${parameter.name}\``);
    this.#values.set(parameter.name, this.#checked(value));
  }

  #extra(name: string, signature: Signature, keywords: Keywords): Keywords {
    const known = new Set(signature.parameters.map((parameter) => parameter.name));
    const extra = [...keywords].filter(([keyword]) => !known.has(keyword));
    const [unknown] = extra;
    if (unknown !== undefined && signature.keywords === undefined) {
      fail(`\`${name}\` has no argument \`${unknown[0]}\``, didYouMean(unknown[0], known));
    }
    return new Map(extra.map(([keyword, value]) => [keyword, this.#checked(value)]));
  }

  #checked(value: Value): Value {
    if (this.#raw) return value;
    return value instanceof Undefined ? value.raise() : revealed(value);
  }

  value(name: string): Value {
    return this.#values.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** The text of any value. */
  string(name: string): string {
    const text = str(this.value(name));
    textWork(text.length);
    return text;
  }

  /** A value that has to be a text. */
  text(name: string): string {
    const value = revealed(this.value(name));
    if (typeof value !== "string") return fail(`\`${name}\` must be a string, got ${withArticle(kind(value))}`);
    textWork(value.length);
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.value(name) === null ? undefined : this.text(name);
  }

  flag(name: string): boolean {
    return truth(this.value(name));
  }

  /** An integer small enough to count with. */
  int(name: string): number {
    const value = whole(this.value(name));
    if (typeof value === "bigint") return fail(`\`${name}\` is too large`);
    return value ?? fail(`\`${name}\` must be an integer, got ${withArticle(kind(this.value(name)))}`, INT);
  }

  optionalInt(name: string): number | undefined {
    return this.value(name) === null ? undefined : this.int(name);
  }

  number(name: string): number {
    const value = numeric(this.value(name));
    return value ?? fail(`\`${name}\` must be a number, got ${withArticle(kind(this.value(name)))}`, INT);
  }

  /** The items of a value that has to be a list. */
  items(name: string): readonly Value[] {
    // What a filter is given has no name that people would know.
    const all = items(this.value(name), name === "value" ? `\`${this.#name}\`` : `\`${name}\` of \`${this.#name}\``);
    work(all.length);
    return all;
  }

  dict(name: string): Dict {
    const value = this.value(name);
    return value instanceof Dict ? value : fail(`\`${name}\` must be a map, got ${withArticle(kind(value))}`);
  }
}

const INT = { help: "`| int` makes a number of a text" };

function tooMany(name: string, given: number, most: number): never {
  fail(`\`${name}\` takes ${most === 0 ? "no arguments" : `at most ${most}`}, got ${given}`);
}
