/**
 * Judges the words of a command line before yargs parses them. yargs guesses where we must not: `--limit` without a
 * value would be no limit, `--check=maybe` no dry run.
 */
import { didYouMean, listNames } from "../../text/suggest.ts";
import { brief } from "../../report/escape.ts";
import { COMMANDS, optionsOf } from "./options.ts";
import type { Command } from "./options.ts";
import type { Option, Table } from "./option.ts";
import { UsageError } from "./usage-error.ts";

/** What the words ask for. `options` are for yargs, as `--name=value`; `words` is the rest. */
export type Checked =
  | { readonly is: "help"; readonly command: Command | undefined }
  | { readonly is: "version" }
  | { readonly is: "nothing" }
  | ({ readonly is: "command"; readonly command: Command } & Read);

interface Read {
  readonly options: readonly string[];
  readonly words: readonly string[];
}

/** @throws UsageError */
export function tokenize(argv: readonly string[]): Checked {
  const [first, ...rest] = argv;
  if (first === undefined) return { is: "nothing" };
  if (first === "--version" || first === "-V") return { is: "version" };
  if (first === "help" || first === "--help" || first === "-h") {
    const about = rest.find((word) => !word.startsWith("-"));
    return { is: "help", command: about === undefined ? undefined : commandOf(about) };
  }
  const command = commandOf(first);
  const read = new Tokenizer(command).read(rest);
  return read === "help" ? { is: "help", command } : { is: "command", command, ...read };
}

function commandOf(word: string): Command {
  const found = COMMANDS.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const names = COMMANDS.map(({ name }) => name);
  const shown = brief(word);
  if (word.startsWith("-")) throw new UsageError(`the command comes first, then \`${nameOnly(word)}\``);
  if (/\.ya?ml$/.test(word))
    throw new UsageError(`no such command: \`${shown}\``, `did you mean \`dsrctl play ${shown}\`?`);
  throw new UsageError(`no such command: \`${shown}\``, didYouMean(word, names) ?? `there are ${listNames(names)}`);
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
  readonly #command: Command;
  readonly #options: Table;
  readonly #given: Given[] = [];
  readonly #positionals: string[] = [];

  constructor(command: Command) {
    this.#command = command;
    this.#options = optionsOf(command);
  }

  read(argv: readonly string[]): Read | "help" {
    const words = [...argv];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word === "--help" || word === "-h") return "help";
      if (word === "--") this.#positionals.push(...words.splice(0));
      else if (word.startsWith("--")) this.#long(word.slice(2), words);
      else if (word.startsWith("-") && word.length > 1) this.#short(word.slice(1), words);
      else this.#positionals.push(word);
      if (this.#command.verbatim?.(this.#positionals) === true) this.#positionals.push(...words.splice(0));
    }
    this.#judgePositionals();
    this.#judgeNeeded();
    this.#judgeInventory();
    return { options: this.#given.map(wordOf), words: this.#positionals };
  }

  #long(text: string, rest: string[]): void {
    const [name = ""] = text.split("=", 1);
    const value = text.length > name.length ? text.slice(name.length + 1) : undefined;
    const negated = name.startsWith("no-") ? name.slice(3) : "";
    if (this.#options[negated]?.negatable === true && value === undefined) return this.#give(negated, false);
    this.#take(name, this.#options[name] ?? this.#unknown(`--${name}`, name), value, rest);
  }

  /** `-v`, `-vv`, `-CD`, `-i prod`, `-iprod`, `-f5`. */
  #short(text: string, rest: string[]): void {
    const [letter = "", ...others] = text;
    const found = Object.entries(this.#options).find(([, { alias }]) => alias === letter);
    if (found === undefined) this.#unknown(`-${letter}`, text);
    const [name, option] = found;
    const after = others.join("");
    if (takesValue(option)) return this.#take(name, option, after === "" ? undefined : after.replace(/^=/, ""), rest);
    this.#take(name, option, undefined, rest);
    if (after !== "") this.#short(after, rest);
  }

  #take(name: string, option: Option, value: string | undefined, rest: string[]): void {
    if (!takesValue(option)) {
      if (value !== undefined) throw new UsageError(`\`--${name}\` takes no value`, this.#more());
      return this.#give(name, true);
    }
    const taken = value ?? (isValue(rest[0], option) ? rest.shift() : undefined);
    if (taken === undefined || taken.trim() === "")
      throw new UsageError(
        `\`--${name}\` needs a value`,
        `\`--${name} ${option.value ?? "VALUE"}\`: ${option.describe}`,
      );
    this.#give(name, taken);
  }

  /** The same thing said twice is said once. */
  #give(name: string, value: string | boolean): void {
    const { type, array } = this.#options[name] ?? {};
    const before = this.#given.find((given) => given.name === name);
    if (before === undefined || type === "count" || array === true) this.#given.push({ name, value });
    else if (before.value !== value)
      throw new UsageError(`\`--${name}\` is given twice, with different values`, this.#more());
  }

  #unknown(flag: string, name: string): never {
    const shown = nameOnly(flag);
    if (/pass(word)?$/i.test(name.replace(/=.*/s, "")))
      throw new UsageError(
        `\`${shown}\` is not accepted: everyone on this machine would see the password in \`ps\``,
        /vault/i.test(name)
          ? "`--ask-vault-password` asks for it; `--vault-password-file FILE` and `--vault-id ID@FILE` take it from a file or a program"
          : "`--ask-become-pass` asks for sudo's; others stand in a file of variables (`-e @FILE`)",
      );
    const near = didYouMean(name, Object.keys(this.#options))?.replace("`", "`--");
    throw new UsageError(`no such option: \`${shown}\``, near ?? ELSEWHERE[flag] ?? this.#more());
  }

  #more(): string {
    return `\`dsrctl ${this.#command.name} --help\` shows what there is`;
  }

  #judgePositionals(): void {
    const { positionals, usage, more } = this.#command;
    for (const [index, { question, choices, name }] of positionals.entries()) {
      const word = this.#positionals[index];
      if (word === undefined || word === "")
        throw new UsageError(question, choices === undefined ? `\`${usage}\`` : `there is ${listNames(choices)}`);
      if (choices?.includes(word) === false)
        throw new UsageError(
          `${NOT_THERE[name] ?? `no such ${name.toLowerCase()}:`} \`${brief(word)}\``,
          didYouMean(word, choices) ?? `there is ${listNames(choices)}`,
        );
    }
    const extra = this.#positionals[positionals.length];
    if (extra !== undefined && more === undefined) throw new UsageError(`what is \`${brief(extra)}\`?`, `\`${usage}\``);
  }

  #judgeInventory(): void {
    if (this.#options["inventory"] !== undefined && !this.#has("inventory"))
      throw new UsageError("which inventory?", "`-i prod` (a folder in inventories/) or `-i PATH`");
  }

  /** Other options that have to be given. */
  #judgeNeeded(): void {
    for (const [name, { demandOption, value = "VALUE" }] of Object.entries(this.#options))
      if (demandOption === true && name !== "inventory" && !this.#has(name))
        throw new UsageError(`which ${name}?`, `\`--${name} ${value}\`, as in \`${this.#command.usage}\``);
  }

  #has(name: string): boolean {
    return this.#given.some((given) => given.name === name);
  }
}

/** By the argument's name, where that does not say what it is. */
const NOT_THERE: Readonly<Record<string, string>> = { NAME: "no such drill:", WHAT: "nothing is explained about" };

function wordOf({ name, value }: Given): string {
  if (typeof value === "string") return `--${name}=${value}`;
  return value ? `--${name}` : `--no-${name}`;
}

function takesValue({ type }: Option): boolean {
  return type === "string" || type === "number";
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
  "--start-at-task": "there is none: what is right already costs nothing when a play is repeated",
  "--toml": "TOML has no null, and no inventory is read from it: `--yaml` and JSON hold everything",
  "--step": "`--check --diff` shows beforehand what will be done",
};
