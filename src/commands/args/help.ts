/** The help of the program and of its verbs. All of it is ASCII: a character is a column. */
import { EXIT_CODES } from "./exit-codes.ts";
import { takesValue } from "./option.ts";
import type { Option, Options } from "./option.ts";
import { choicesOf } from "./positional.ts";
import type { Positionals } from "./positional.ts";
import type { Verb } from "./verb.ts";

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 40;

/** Shown if no command was given. */
export function shortHelp(verbs: readonly Verb[], columns: number): string {
  return `${[...table(summaries(verbs), columns), "", "`dsrctl COMMAND --help` lists the arguments and options of a command."].join("\n")}\n`;
}

/** The help of the program. */
export function help(verbs: readonly Verb[], columns: number): string {
  const intro =
    "Configures, checks and tests LVS directors and their web nodes over ssh. It installs no agent on them.";
  return `${[
    "dsrctl COMMAND",
    "",
    ...wrap(intro, 0, columns),
    ...section("Commands", summaries(verbs), columns),
    ...section(
      "Options",
      { "-h, --help": "show this help, or the help of a command", "-V, --version": "show the version" },
      columns,
    ),
    ...section("Exit codes", EXIT_CODES, columns),
  ].join("\n")}\n`;
}

function summaries(verbs: readonly Verb[]): Readonly<Record<string, string>> {
  return Object.fromEntries(verbs.map((verb) => [callOf(verb), verb.summary]));
}

function callOf({ name, usage }: Verb): string {
  return `dsrctl ${name} ${usage}`.trimEnd();
}

/** The help of one verb. */
export function helpOf(verb: Verb, columns: number): string {
  return `${[
    callOf(verb),
    "",
    ...wrap(`${verb.summary.charAt(0).toUpperCase()}${verb.summary.slice(1)}.`, 0, columns),
    ...choiceSections(verb.positionals, columns),
    ...section("Arguments", argumentsOf(verb.positionals), columns),
    ...Object.entries(verb.options).flatMap(([title, options]) => section(title, optionWords(options), columns)),
    ...section("Examples", Object.fromEntries(verb.examples), columns),
    "",
    "Exit codes: `dsrctl --help`",
  ].join("\n")}\n`;
}

function choiceSections(positionals: Positionals, columns: number): readonly string[] {
  return Object.values(positionals).flatMap((each) => section(each.name, choicesOf(each) ?? {}, columns));
}

function argumentsOf(positionals: Positionals): Readonly<Record<string, string>> {
  const plain = Object.values(positionals).filter((each) => choicesOf(each) === undefined);
  return Object.fromEntries(plain.map(({ name, describe }) => [name, describe]));
}

/** Every name of every option, as it is written, with its meaning. */
export function optionWords(options: Options): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, option]) => [
      [flag(name, option), meaning(option)],
      ...(option.also === undefined ? [] : [[flag(option.also, { ...option, short: "" }), "alias"]]),
    ]),
  ) as Readonly<Record<string, string>>;
}

function flag(name: string, option: Option): string {
  const short = option.short === undefined || option.short === "" ? "    " : `-${option.short}, `;
  const long = option.type === "boolean" && option.negatable === true ? `--[no-]${name}` : `--${name}`;
  return `${short}${long}${takesValue(option) ? ` ${option.value}` : ""}`;
}

function meaning(option: Option): string {
  return option.type === "number" ? `${option.describe} (default: ${option.default})` : option.describe;
}

function section(title: string, rows: Readonly<Record<string, string>>, columns: number): readonly string[] {
  return Object.keys(rows).length === 0 ? [] : ["", `${title}:`, ...table(rows, columns)];
}

/** Two columns; if they do not fit, the second is below the first. */
function table(rows: Readonly<Record<string, string>>, columns: number): readonly string[] {
  const left = Math.max(...Object.keys(rows).map(({ length }) => length)) + 4;
  const narrow = left + 30 > textWidth(columns);
  return Object.entries(rows).flatMap(([word, text]) => {
    if (narrow) return [`  ${word}`, ...wrap(text, 6, columns)];
    const [first = "", ...rest] = wrap(text, left, columns);
    return [`  ${word.padEnd(left - 2)}${first.trimStart()}`, ...rest];
  });
}

function textWidth(columns: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, columns));
}

function wrap(text: string, indent: number, columns: number): readonly string[] {
  const room = textWidth(columns) - indent;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > room && line !== "") {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each);
}
