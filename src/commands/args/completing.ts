/** Finds what the last word of an unfinished command line can be. It passes over what the tokenizer refuses. */
import { optionsOf, takesValue } from "./option.ts";
import type { Completes, Option, Options } from "./option.ts";
import { choicesOf } from "./positional.ts";
import type { Positional } from "./positional.ts";
import type { Verb } from "./verb.ts";

/** The words before the last one. */
export interface Before {
  readonly verb: Verb;
  readonly options: Options;
  /** Options with their values, `""` for a flag. */
  readonly given: readonly { readonly name: string; readonly value: string }[];
  readonly positionals: readonly string[];
  /** `--` was given: no option follows. */
  readonly closed: boolean;
  /** The option whose value is the last word. */
  readonly open: Option | undefined;
}

export type Wanted =
  | { readonly is: "verb" }
  | { readonly is: "option"; readonly options: Options }
  | { readonly is: "choice"; readonly choices: Readonly<Record<string, string>> }
  | {
      readonly is: "value";
      readonly of: Completes;
      /** What the word begins with and stays: `--limit=`, `web1,`. */
      readonly lead: string;
      readonly before: Before;
    }
  | { readonly is: "nothing" };

const NOTHING = { is: "nothing" } as const;

/** @param words all after `dsrctl`; the last one is completed, and may be empty */
export function wantedAt(words: readonly string[], verbs: readonly Verb[]): Wanted {
  const [name, ...rest] = words;
  if (name === undefined || rest.length === 0) return { is: "verb" };
  if (["help", "--help", "-h"].includes(name)) return rest.length === 1 ? { is: "verb" } : NOTHING;
  const verb = verbs.find((each) => each.name === name);
  if (verb === undefined) return NOTHING;
  return wantedOf(readBefore(verb, rest.slice(0, -1)), rest.at(-1) ?? "");
}

function wantedOf(before: Before, word: string): Wanted {
  const { open, closed, options, positionals, verb } = before;
  if (open !== undefined) return valueOf(open, word, "", before);
  if (verb.verbatim?.(positionals) === true) return NOTHING;
  const [flag = "", name] = /^--([\w-]+)=/.exec(word) ?? [];
  if (name !== undefined) {
    const option = named(options, name)?.[1];
    return option === undefined || closed ? NOTHING : valueOf(option, word.slice(flag.length), flag, before);
  }
  if (word.startsWith("-") && !closed) return { is: "option", options: possible(before) };
  return positionalOf(before, word);
}

function positionalOf(before: Before, word: string): Wanted {
  const { verb, positionals } = before;
  const all: readonly Positional[] = Object.values(verb.positionals);
  const last = all.at(-1);
  const positional = all[positionals.length] ?? (last !== undefined && "many" in last ? last : undefined);
  if (positional === undefined) return NOTHING;
  const choices = choicesOf(positional);
  if (choices !== undefined) return { is: "choice", choices };
  const { complete } = positional;
  return complete === undefined ? NOTHING : { is: "value", of: complete, lead: leadOf(complete, word, false), before };
}

function valueOf(option: Option, value: string, flag: string, before: Before): Wanted {
  if (option.type !== "string" || option.complete === undefined) return NOTHING;
  const lead = `${flag}${leadOf(option.complete, value, option.many === "commas")}`;
  return { is: "value", of: option.complete, lead, before };
}

/** The parts of a list that are finished. */
function leadOf(of: Completes, value: string, commas: boolean): string {
  if (of === "pattern") return /^(?:.*[,:])?[!&]?/s.exec(value)?.[0] ?? "";
  return commas ? (/^.*,/s.exec(value)?.[0] ?? "") : "";
}

/** Options that may still be given. */
function possible({ options, given, positionals: [choice] }: Before): Options {
  const again = (option: Option): boolean =>
    option.type === "count" || (option.type === "string" && option.many !== undefined);
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, option]) =>
        (option.only === undefined || choice === undefined || option.only.includes(choice)) &&
        (again(option) || !given.some((each) => each.name === name)),
    ),
  );
}

function readBefore(verb: Verb, words: readonly string[]): Before {
  const options = optionsOf(verb.options);
  const given: { readonly name: string; readonly value: string }[] = [];
  const positionals: string[] = [];
  const rest = [...words];
  const read = { verb, options, given, positionals };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--" || verb.verbatim?.([...positionals, word]) === true)
      return {
        ...read,
        positionals: [...positionals, ...(word === "--" ? [] : [word]), ...rest],
        closed: true,
        open: undefined,
      };
    const found = word.startsWith("-") ? optionIn(options, word) : undefined;
    if (found === undefined) {
      if (!word.startsWith("-")) positionals.push(word);
      continue;
    }
    const { name, option } = found;
    const value = takesValue(option) ? (found.value ?? rest.shift()) : "";
    if (value === undefined) return { ...read, closed: false, open: option };
    given.push({ name, value });
  }
  return { ...read, closed: false, open: undefined };
}

interface Found {
  readonly name: string;
  readonly option: Option;
  readonly value: string | undefined;
}

/** `--name`, `--name=value`, `-n`, `-nvalue`, `-vvn`. */
function optionIn(options: Options, word: string): Found | undefined {
  const [, long, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) {
    const found = named(options, long);
    return found === undefined ? undefined : { name: found[0], option: found[1], value };
  }
  const [letter = "", ...others] = word.slice(1);
  const found = Object.entries(options).find(([, { short }]) => short === letter);
  if (found === undefined) return undefined;
  const [name, option] = found;
  const after = others.join("");
  if (takesValue(option) || after === "")
    return { name, option, value: after === "" ? undefined : after.replace(/^=/, "") };
  return optionIn(options, `-${after}`);
}

function named(options: Options, name: string): readonly [name: string, option: Option] | undefined {
  return Object.entries(options).find(([own, { also }]) => own === name || also === name);
}
