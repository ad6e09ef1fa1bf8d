/** Declares a verb. Parsing, help, completion and docs follow from the declaration; each file in `verbs/` holds one. */
import type { ExitCode } from "../../core/problem.ts";
import type { Terminal } from "../../core/terminal.ts";
import { parseOptions } from "./parse.ts";
import { optionsOf } from "./option.ts";
import type { SectionValues, Sections } from "./option.ts";
import type { PositionalValues, Positionals } from "./positional.ts";

interface Described<P, S> {
  readonly name: string;
  /** Its place in the help and in the docs. */
  readonly order: number;
  /** What follows its name in a typical call. */
  readonly usage: string;
  /** A phrase without a full stop. */
  readonly summary: string;
  /** A page of docs/ that says more. */
  readonly page?: string;
  readonly positionals: P;
  /** True if all words after these are taken as they are, options included. */
  readonly verbatim?: (words: readonly string[]) => boolean;
  readonly options: S;
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** True if it works on hosts: a failure before that says that no host was touched. */
  readonly reachesHosts: boolean;
}

interface Declaration<P, S> extends Described<P, S> {
  /** Loads what it needs by `import()`: every declaration is loaded at each start. */
  readonly run: (args: PositionalValues<P> & SectionValues<S>, terminal: Terminal) => Promise<ExitCode>;
}

/** Options as `--name=value`, and all other words. */
export interface Words {
  readonly options: readonly string[];
  readonly words: readonly string[];
}

/** A call of a verb, ready to run. */
export interface Call {
  readonly reachesHosts: boolean;
  readonly json: boolean;
  readonly color: boolean | undefined;
  readonly run: (terminal: Terminal) => Promise<ExitCode>;
}

export interface Verb extends Described<Positionals, Sections> {
  /** @throws UsageError for a value that is out of its range */
  readonly call: (words: Words) => Promise<Call>;
}

export function verb<const P extends Positionals, const S extends Sections>({ run, ...all }: Declaration<P, S>): Verb {
  const call = async ({ options, words }: Words): Promise<Call> => {
    const values = await parseOptions(optionsOf(all.options), options);
    // The tokenizer and yargs read them by the declaration that the type follows from.
    const args = { ...values, ...positionalValues(all.positionals, words) } as Parameters<typeof run>[0];
    const { json, color } = values;
    return {
      reachesHosts: all.reachesHosts,
      json: json === true,
      color: typeof color === "boolean" ? color : undefined,
      run: (terminal) => run(args, terminal),
    };
  };
  return { ...all, call };
}

function positionalValues(positionals: Positionals, words: readonly string[]): Readonly<Record<string, unknown>> {
  const entries = Object.entries(positionals);
  return Object.fromEntries(
    entries.map(([name, each], index) => [name, "many" in each ? words.slice(index) : words[index]]),
  );
}
