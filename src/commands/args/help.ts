/** The help of the program and of its commands. All of it is ASCII: a character is a column. */
import { COMMANDS } from "./options.ts";
import type { Command } from "./options.ts";
import type { Option, Table } from "./option.ts";

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 40;

const EXIT_CODES: Readonly<Record<string, string>> = {
  0: "all hosts are as wanted",
  1: "wrong input; nothing was touched",
  2: "a host failed",
  4: "a host was unreachable, or it is unknown what became of it",
  5: "the command line is wrong",
  99: "interrupted, stopped in order (130: ended at once)",
  250: "a bug in dsrctl",
};

/** What is said where no command was given. */
export function shortHelp(columns: number): string {
  const commands = Object.fromEntries(COMMANDS.map(({ usage, summary }) => [usage, summary]));
  return `${[...table(commands, columns), "", "`dsrctl COMMAND --help` shows everything a command takes."].join("\n")}\n`;
}

/** The help of the program. */
export function help(columns: number): string {
  const intro =
    "Builds, checks and rehearses LVS directors and their web nodes over ssh. Nothing is installed on them.";
  return `${[
    "dsrctl COMMAND",
    "",
    ...wrap(intro, 0, columns),
    ...section("Commands", Object.fromEntries(COMMANDS.map(({ usage, summary }) => [usage, summary])), columns),
    ...section("Options", { "-h, --help": "this, or the help of a command", "-V, --version": "the version" }, columns),
    ...section("Exit codes", EXIT_CODES, columns),
  ].join("\n")}\n`;
}

/** The help of one command. */
export function helpOf(command: Command, columns: number): string {
  const words = command.words ?? Object.fromEntries(command.positionals.map((each) => [each.name, each.describe]));
  const title = command.words === undefined ? "Arguments" : (command.positionals[0]?.name ?? "Arguments");
  return `${[
    command.usage,
    "",
    ...wrap(`${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`, 0, columns),
    ...section(title, words, columns),
    ...command.sections.flatMap(({ title: of, options }) => section(of, optionWords(options), columns)),
    ...section("Examples", Object.fromEntries(command.examples), columns),
    "",
    "Exit codes: `dsrctl --help`",
  ].join("\n")}\n`;
}

function optionWords(options: Table): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [flag(name, option), meaning(option)]));
}

function flag(name: string, option: Option): string {
  const short = typeof option.alias === "string" ? `-${option.alias}, ` : "    ";
  const long = option.negatable === true ? `--[no-]${name}` : `--${name}`;
  return `${short}${long}${option.value === undefined ? "" : ` ${option.value}`}`;
}

function meaning({ describe, default: otherwise }: Option): string {
  return typeof otherwise === "number" ? `${describe} (default: ${otherwise})` : describe;
}

function section(title: string, rows: Readonly<Record<string, string>>, columns: number): readonly string[] {
  return Object.keys(rows).length === 0 ? [] : ["", `${title}:`, ...table(rows, columns)];
}

/** Two columns; where there is no room for them, the second stands under the first. */
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
