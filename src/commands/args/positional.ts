/** What a positional argument is, as data. */
import type { Completes } from "./option.ts";

interface Common {
  /** The placeholder for it in the help. */
  readonly name: string;
  readonly describe: string;
  readonly complete?: Completes;
  /** The last one: it is a list, and takes all further words. */
  readonly many?: true;
}

interface Needed extends Common {
  /** The message if it is missing. */
  readonly missing: string;
  /** The possible values, with the meaning of each. */
  readonly choices?: Readonly<Record<string, string>>;
  /** The message if it is none of the choices; the word follows it. Left out: `no such NAME:`. */
  readonly unknown?: string;
}

/** The last ones may be left out. */
type Optional = Common;

export type Positional = Needed | Optional;

/** By the names of their values, in the order in which they are given. */
export type Positionals = Readonly<Record<string, Positional>>;

export function choicesOf(positional: Positional): Readonly<Record<string, string>> | undefined {
  return "choices" in positional ? positional.choices : undefined;
}

type Value<P> = P extends { choices: infer C extends object }
  ? keyof C & string
  : P extends { many: true }
    ? readonly string[]
    : P extends { missing: string }
      ? string
      : string | undefined;

export type PositionalValues<T> = { readonly [Name in keyof T]: Value<T[Name]> };
