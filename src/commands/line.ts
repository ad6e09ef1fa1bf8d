/** The command line, from words to what a command works with. The only door to yargs. */
import yargs from "yargs";
import type { Argv } from "yargs";
import { check } from "./check.ts";
import { help, helpOf, shortHelp } from "./help.ts";
import { DELAY, DRILL, HOW, INVENTORY, LAB, LAB_ACTIONS, ONLY, OUTPUT, WHICH } from "./options.ts";
import type { LabAction } from "./options.ts";
import { UsageError } from "./usage.ts";

/** What the command line says; the shape depends on the command. */
export type Line = PlayLine | DrillLine | LabLine;

export interface InventoryOptions {
  readonly inventory: string;
  readonly limit: string | undefined;
  readonly extraVars: readonly string[];
}

export interface OutputOptions {
  readonly verbosity: number;
  readonly json: boolean;
  readonly color: boolean | undefined;
}

export interface PlayLine extends InventoryOptions, OutputOptions {
  readonly command: "play";
  readonly playbook: string;
  readonly check: boolean;
  readonly diff: boolean;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly forks: number;
  readonly askBecomePass: boolean;
  readonly list: "hosts" | "tasks" | "nothing" | undefined;
}

export interface DrillLine extends InventoryOptions, OutputOptions {
  readonly command: "drill";
  readonly drill: "failover";
  readonly rate: number;
  readonly timeout: number;
  readonly settle: number;
  readonly hold: number;
  readonly patience: number;
  readonly url: string | undefined;
}

export interface LabLine extends OutputOptions {
  readonly command: "lab";
  readonly action: LabAction;
  readonly hosts: readonly string[];
  readonly ms: number;
  readonly jitter: number;
  readonly loss: number;
  readonly off: boolean;
}

/** What was asked for is said and done with: a help or version text, or that something has to be asked for. */
export interface Said {
  readonly said: string;
  readonly asked: boolean;
}

/** @throws UsageError */
export async function readLine(argv: readonly string[], version: string, columns: number): Promise<Line | Said> {
  const checked = check(argv);
  switch (checked.is) {
    case "nothing":
      return { said: shortHelp(columns), asked: false };
    case "version":
      return { said: `${version}\n`, asked: true };
    case "help":
      return { said: checked.command === undefined ? help(columns) : helpOf(checked.command, columns), asked: true };
    case "command":
      return parse(checked.words);
  }
}

async function parse(words: readonly string[]): Promise<Line> {
  const lines: Line[] = [];
  const parser = commands(yargs().scriptName("dsrctl"), (line) => void lines.push(line))
    .help(false)
    .version(false)
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({ "parse-positional-numbers": false, "duplicate-arguments-array": true })
    .fail((message, error) => {
      throw error instanceof UsageError ? error : new Error(`words that were right do not parse: ${message}`);
    });
  await parser.parseAsync([...words]);
  const [line] = lines;
  if (line === undefined) throw new Error("words that were right make no command");
  return line;
}

function commands(parser: Argv, take: (line: Line) => void): Argv {
  return parser
    .command("play PLAYBOOK", "", playOptions, (args) => take(playLine(args)))
    .command("drill NAME", "", drillOptions, (args) => take(drillLine(args)))
    .command("lab ACTION [HOST..]", "", labOptions, (args) => take(labLine(args)));
}

function playOptions(parser: Argv) {
  return parser
    .options({ ...INVENTORY, ...OUTPUT, ...HOW, ...WHICH, ...ONLY })
    .positional("PLAYBOOK", { type: "string", demandOption: true });
}

function drillOptions(parser: Argv) {
  return parser
    .options({ ...INVENTORY, ...OUTPUT, ...DRILL })
    .positional("NAME", { choices: ["failover"] as const, demandOption: true });
}

function labOptions(parser: Argv) {
  return parser
    .options({ ...OUTPUT, ...LAB, ...DELAY })
    .positional("ACTION", { choices: LAB_ACTIONS, demandOption: true })
    .positional("HOST", { type: "string", array: true, default: [] as string[] });
}

type Args<F extends (parser: Argv) => Argv<unknown>> = Awaited<ReturnType<F>["argv"]>;

function playLine(args: Args<typeof playOptions>): PlayLine {
  const lists = [args.listHosts && "hosts", args.listTasks && "tasks", args.syntaxCheck && "nothing"] as const;
  return {
    command: "play",
    playbook: args.PLAYBOOK,
    ...inventoryOf(args),
    ...outputOf(args),
    check: args.check,
    diff: args.diff,
    tags: words(args.tags),
    skipTags: words(args.skipTags),
    forks: whole("forks", args.forks, 1, 10_000),
    askBecomePass: args.askBecomePass,
    list: lists.find((each) => each !== false),
  };
}

function drillLine(args: Args<typeof drillOptions>): DrillLine {
  return {
    command: "drill",
    drill: args.NAME,
    ...inventoryOf(args),
    ...outputOf(args),
    rate: number("rate", args.rate, 0.1, 100),
    timeout: number("timeout", args.timeout, 0.05, 60),
    settle: number("settle", args.settle, 1, 3600),
    hold: number("hold", args.hold, 1, 3600),
    patience: number("patience", args.patience, 1, 3600),
    url: args.url,
  };
}

function labLine(args: Args<typeof labOptions>): LabLine {
  return {
    command: "lab",
    action: args.ACTION,
    hosts: [...args.HOST, ...words(args.hosts === undefined ? [] : [args.hosts])],
    ...outputOf(args),
    ms: number("ms", args.ms, 0, 60_000),
    jitter: number("jitter", args.jitter, 0, 60_000),
    loss: number("loss", args.loss, 0, 100),
    off: args.off,
  };
}

function inventoryOf(args: { inventory: string; limit: string | undefined; extraVars: string[] }): InventoryOptions {
  return { inventory: one("inventory", args.inventory), limit: one("limit", args.limit), extraVars: args.extraVars };
}

function outputOf(args: { verbose: number; json: boolean; color: boolean | undefined }): OutputOptions {
  return { verbosity: args.verbose, json: one("json", args.json), color: args.color };
}

/** yargs makes a list of an option that is given twice. */
function one<T>(name: string, value: T | T[]): T {
  if (!Array.isArray(value)) return value;
  const [first, ...others] = value;
  if (first === undefined || others.some((other) => other !== first)) throw new UsageError(`--${name} is given twice`);
  return first;
}

function words(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function number(name: string, value: number, min: number, max: number): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a number from ${min} to ${max}`);
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}`);
}
