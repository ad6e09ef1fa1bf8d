/**
 * Checks the words of a command line before yargs parses them. yargs guesses where dsrctl must not: `--limit` without a
 * value would be no limit, `--check=maybe` no dry run.
 */
import { didYouMean, listNames } from "../../text/suggest.ts";
import { brief } from "../../report/escape.ts";
import { optionsOf, takesValue } from "./option.ts";
import type { Option, Options } from "./option.ts";
import { UsageError } from "./usage-error.ts";
import type { Verb, Words } from "./verb.ts";

/** What the words ask for. */
export type Asked =
  | { readonly is: "help"; readonly verb: Verb | undefined }
  | { readonly is: "version" }
  | { readonly is: "nothing" }
  | { readonly is: "call"; readonly verb: Verb; readonly words: Words };

/** @throws UsageError */
export function tokenize(argv: readonly string[], verbs: readonly Verb[]): Asked {
  const [first, ...rest] = argv;
  if (first === undefined) return { is: "nothing" };
  if (first === "--version" || first === "-V") return { is: "version" };
  if (first === "help" || first === "--help" || first === "-h") {
    const about = rest.find((word) => !word.startsWith("-"));
    return { is: "help", verb: about === undefined ? undefined : verbOf(about, verbs) };
  }
  const verb = verbOf(first, verbs);
  const words = new Tokenizer(verb).read(rest);
  return words === "help" ? { is: "help", verb } : { is: "call", verb, words };
}

function verbOf(word: string, verbs: readonly Verb[]): Verb {
  const found = verbs.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const names = verbs.map(({ name }) => name);
  const shown = brief(word);
  if (word.startsWith("-")) throw new UsageError(`option before the command: write \`${nameOnly(word)}\` after it`);
  if (/\.ya?ml$/.test(word))
    throw new UsageError(`no such command: \`${shown}\``, `did you mean \`dsrctl play ${shown}\`?`);
  throw new UsageError(`no such command: \`${shown}\``, didYouMean(word, names) ?? `commands: ${listNames(names)}`);
}

/** Of a flag only the name: its value may be a secret. */
function nameOnly(word: string): string {
  return brief(word.replace(/=.*/s, ""), 40);
}

interface Given {
  readonly name: string;
  readonly value: string | boolean;
}

class Tokenizer {
  readonly #verb: Verb;
  readonly #options: Options;
  readonly #given: Given[] = [];
  readonly #positionals: string[] = [];

  constructor(verb: Verb) {
    this.#verb = verb;
    this.#options = optionsOf(verb.options);
  }

  read(argv: readonly string[]): Words | "help" {
    const words = [...argv];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word === "--help" || word === "-h") return "help";
      if (word === "--") this.#positionals.push(...words.splice(0));
      else if (word.startsWith("--")) this.#long(word.slice(2), words);
      else if (word.startsWith("-") && word.length > 1) this.#short(word.slice(1), words);
      else this.#positionals.push(word);
      if (this.#verb.verbatim?.(this.#positionals) === true) this.#positionals.push(...words.splice(0));
    }
    this.#judgePositionals();
    this.#judgeAllowed();
    this.#judgeNeeded();
    return { options: this.#given.map(wordOf), words: this.#positionals };
  }

  #long(text: string, rest: string[]): void {
    const [name = ""] = text.split("=", 1);
    const value = text.length > name.length ? text.slice(name.length + 1) : undefined;
    const negated = name.startsWith("no-") ? name.slice(3) : "";
    if (isNegatable(this.#options[negated]) && value === undefined) return this.#give(negated, false);
    this.#take(name, this.#named(name)?.[1] ?? this.#unknown(`--${name}`, name), value, rest);
  }

  #named(name: string): readonly [name: string, option: Option] | undefined {
    return Object.entries(this.#options).find(([own, { also }]) => own === name || also === name);
  }

  /** `-v`, `-vv`, `-CD`, `-i prod`, `-iprod`, `-f5`. */
  #short(text: string, rest: string[]): void {
    const [letter = "", ...others] = text;
    const found = Object.entries(this.#options).find(([, { short }]) => short === letter);
    if (found === undefined) this.#unknown(`-${letter}`, text);
    const [name, option] = found;
    const after = others.join("");
    if (takesValue(option)) return this.#take(name, option, after === "" ? undefined : after.replace(/^=/, ""), rest);
    this.#take(name, option, undefined, rest);
    if (after !== "") this.#short(after, rest);
  }

  #take(name: string, option: Option, value: string | undefined, rest: string[]): void {
    if (!takesValue(option)) {
      if (value !== undefined) throw new UsageError(`unexpected value: \`--${name}\` takes none`, this.#more());
      return this.#give(name, true);
    }
    const taken = value ?? (isValue(rest[0], option) ? rest.shift() : undefined);
    if (taken === undefined || taken.trim() === "")
      throw new UsageError(`missing value: \`--${name}\``, `\`--${name} ${option.value}\`: ${option.describe}`);
    this.#give(name, taken);
  }

  /** The same thing said twice is said once. `as` is the name or the other name of an option. */
  #give(as: string, value: string | boolean): void {
    const [name, option] = this.#named(as) ?? [as, undefined];
    const before = this.#given.find((given) => given.name === name);
    if (before === undefined || isRepeatable(option)) this.#given.push({ name, value });
    else if (before.value !== value)
      throw new UsageError(`\`--${name}\` is given twice with different values`, this.#more());
  }

  #unknown(flag: string, name: string): never {
    const shown = nameOnly(flag);
    if (/pass(word)?$/i.test(name.replace(/=.*/s, "")))
      throw new UsageError(
        `\`${shown}\` is not accepted: every user of this machine could see the password in \`ps\``,
        /vault/i.test(name)
          ? "use `--ask-vault-password` to type it, or `--vault-password-file FILE` or `--vault-id ID@FILE` to read it from a file or a program"
          : "use `--ask-become-pass` for sudo's password; put other passwords into a variables file (`-e @FILE`)",
      );
    const near = didYouMean(name, Object.keys(this.#options))?.replace("`", "`--");
    throw new UsageError(`no such option: \`${shown}\``, near ?? ELSEWHERE[flag] ?? this.#more());
  }

  #more(): string {
    return `see \`dsrctl ${this.#verb.name} --help\``;
  }

  #judgePositionals(): void {
    const { usage, name: verb } = this.#verb;
    const positionals = Object.values(this.#verb.positionals);
    for (const [index, positional] of positionals.entries()) {
      if (!("missing" in positional)) continue;
      const { missing, name, choices, unknown = `no such ${name.toLowerCase()}:` } = positional;
      const word = this.#positionals[index];
      const names = choices === undefined ? undefined : Object.keys(choices);
      if (word === undefined || word === "")
        throw new UsageError(
          missing,
          names === undefined ? `\`dsrctl ${verb} ${usage}\`` : `give one of ${listNames(names)}`,
        );
      if (names?.includes(word) === false)
        throw new UsageError(
          `${unknown} \`${brief(word)}\``,
          didYouMean(word, names) ?? `give one of ${listNames(names)}`,
        );
    }
    const extra = this.#positionals[positionals.length];
    const many = positionals.some((positional) => "many" in positional);
    if (extra !== undefined && !many)
      throw new UsageError(`unexpected argument \`${brief(extra)}\``, `\`dsrctl ${verb} ${usage}\``);
  }

  /** Options that mean something with some choices of the first positional only. */
  #judgeAllowed(): void {
    const [choice = ""] = this.#positionals;
    for (const { name } of this.#given) {
      const only = this.#options[name]?.only;
      if (only?.includes(choice) === false)
        throw new UsageError(
          `\`--${name}\` does not apply to \`${this.#verb.name} ${choice}\``,
          `it applies to ${listNames(only)}`,
        );
    }
  }

  #judgeNeeded(): void {
    for (const [name, option] of Object.entries(this.#options))
      if ("required" in option && !this.#has(name)) throw new UsageError(option.required.message, option.required.help);
  }

  #has(name: string): boolean {
    return this.#given.some((given) => given.name === name);
  }
}

function wordOf({ name, value }: Given): string {
  if (typeof value === "string") return `--${name}=${value}`;
  return value ? `--${name}` : `--no-${name}`;
}

function isNegatable(option: Option | undefined): boolean {
  return option?.type === "boolean" && option.negatable === true;
}

function isRepeatable(option: Option | undefined): boolean {
  return option?.type === "count" || (option?.type === "string" && option.many !== undefined);
}

/** A word that looks like an option is one, unless a number is wanted. */
function isValue(word: string | undefined, { type }: Option): boolean {
  if (word === undefined) return false;
  return !/^-./.test(word) || (type === "number" && /^-[\d.]/.test(word));
}

/** Options of Ansible's that are something else here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "-b": "write `become: true` into the playbook, or give `-e ansible_become=true`",
  "--become": "write `become: true` into the playbook, or give `-e ansible_become=true`",
  "-u": "give `-e ansible_user=NAME`",
  "--user": "give `-e ansible_user=NAME`",
  "--private-key": "give `-e ansible_ssh_private_key_file=PATH`",
  "--key-file": "give `-e ansible_ssh_private_key_file=PATH`",
  "--start-at-task": "not supported: run the play again; tasks that are already ok cost no changes",
  "--toml": "use `--yaml` or JSON: TOML has no null",
  "--step": "use `--check --diff` to see the changes before a run",
};
