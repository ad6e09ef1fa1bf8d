/** The command line: what may be given, and what is wrong with what was given. The only door to yargs. */
import yargs from "yargs";
import type { Argv } from "yargs";

/** A command line that cannot be understood: one message, and how to get help. */
export class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help = "`dsrctl --help` shows what there is") {
    super(message);
    this.name = "UsageError";
    this.help = help;
  }
}

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

export const LAB_ACTIONS = [
  "up",
  "down",
  "status",
  "reset",
  "ssh",
  "cut",
  "heal",
  "freeze",
  "thaw",
  "kill",
  "delay",
] as const;
export type LabAction = (typeof LAB_ACTIONS)[number];

export interface LabLine extends OutputOptions {
  readonly command: "lab";
  readonly action: LabAction;
  readonly hosts: readonly string[];
  readonly ms: number;
  readonly jitter: number;
  readonly loss: number;
  readonly off: boolean;
}

/**
 * @param print takes help and version texts.
 * @returns `undefined` when help or version was asked for and printed.
 * @throws UsageError
 */
export async function readLine(
  argv: readonly string[],
  version: string,
  print: (text: string) => void,
): Promise<Line | undefined> {
  let line: Line | undefined;
  const take = (made: Line): void => {
    line = made;
  };
  const parser = commands(yargs().scriptName("dsrctl"), take)
    .version(version)
    .alias({ h: "help", version: "V" })
    .strict()
    .recommendCommands()
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({ "duplicate-arguments-array": true, "boolean-negation": true, "camel-case-expansion": true })
    .demandCommand(1, "what shall be done? `dsrctl play`, `dsrctl drill` or `dsrctl lab`")
    .fail((message, error) => {
      if (error instanceof UsageError) throw error;
      throw new UsageError(plain(message ?? error.message));
    });
  await parser.parseAsync([...argv], {}, (error: Error | null | undefined, _parsed: unknown, output: string) => {
    if (output !== "") print(`${output}\n`);
    if (error instanceof Error) throw error;
  });
  return line;
}

function plain(message: string): string {
  const [first = message] = message.split("\n");
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function commands(parser: Argv, take: (line: Line) => void): Argv {
  return parser
    .usage(
      "$0 COMMAND\n\nRuns idempotent playbooks on LVS directors and web nodes over ssh. Nothing is installed on them.",
    )
    .command("play PLAYBOOK", "make the hosts what a playbook says", playOptions, (args) => take(playLine(args)))
    .command("drill NAME", "rehearse a failure: failover", drillOptions, (args) => take(drillLine(args)))
    .command("lab ACTION [HOST..]", "real hosts on this machine, to try things on", labOptions, (args) =>
      take(labLine(args)),
    );
}

function inventoryOptions<T>(parser: Argv<T>) {
  return parser
    .option("inventory", {
      alias: "i",
      type: "string",
      demandOption: "which inventory? `-i prod` (a folder in inventories/) or `-i PATH`",
      describe: "inventory: a path, or a name in inventories/",
    })
    .option("limit", { alias: "l", type: "string", describe: "only these hosts: a pattern such as `web1:lb*:!lb2`" })
    .option("extra-vars", {
      alias: "e",
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: "variables above all others: KEY=VALUE, a YAML or JSON map, or @FILE",
    });
}

function outputOptions<T>(parser: Argv<T>) {
  return parser
    .option("verbose", {
      alias: "v",
      type: "count",
      describe: "show more: unchanged tasks and costs (-v), what commands print (-vv)",
    })
    .option("json", { type: "boolean", default: false, describe: "one event a line, as JSON" })
    .option("color", { type: "boolean", describe: "colours (default: on a terminal, unless NO_COLOR is set)" });
}

function playOptions(parser: Argv) {
  return outputOptions(inventoryOptions(parser))
    .positional("PLAYBOOK", { type: "string", demandOption: true, describe: "a path, or a name in playbooks/" })
    .option("check", { alias: "C", type: "boolean", default: false, describe: "dry run: look, judge, change nothing" })
    .option("diff", { alias: "D", type: "boolean", default: false, describe: "show what changes, line by line" })
    .option("tags", {
      alias: "t",
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: "only plays and tasks with one of these tags",
    })
    .option("skip-tags", {
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: "leave out plays and tasks with one of these tags",
    })
    .option("forks", { alias: "f", type: "number", default: 50, describe: "how many hosts at once" })
    .option("ask-become-pass", { alias: "K", type: "boolean", default: false, describe: "ask for sudo's password" })
    .option("list-hosts", { type: "boolean", default: false, describe: "only list the hosts of each play" })
    .option("list-tasks", { type: "boolean", default: false, describe: "only list the tasks of each play" })
    .option("syntax-check", { type: "boolean", default: false, describe: "only read everything; no host is reached" });
}

function drillOptions(parser: Argv) {
  return outputOptions(inventoryOptions(parser))
    .positional("NAME", { choices: ["failover"] as const, demandOption: true, describe: "the drill" })
    .option("rate", { type: "number", default: 10, describe: "probes a second, from the client" })
    .option("timeout", { type: "number", default: 0.5, describe: "seconds until a probe counts as lost" })
    .option("settle", { type: "number", default: 10, describe: "seconds of asking before the strike" })
    .option("hold", { type: "number", default: 5, describe: "seconds of asking after the backup took over" })
    .option("patience", { type: "number", default: 30, describe: "seconds that the backup has to take over" })
    .option("url", { type: "string", describe: "what the client asks for (default: the VIP of the inventory)" });
}

function labOptions(parser: Argv) {
  return outputOptions(parser)
    .positional("ACTION", { choices: LAB_ACTIONS, demandOption: true, describe: "what to do with the lab" })
    .positional("HOST", { type: "string", array: true, default: [] as string[], describe: "hosts (default: all)" })
    .option("hosts", { type: "string", describe: "hosts, with commas" })
    .option("ms", { type: "number", default: 20, describe: "delay: milliseconds" })
    .option("jitter", { type: "number", default: 0, describe: "delay: give or take, milliseconds" })
    .option("loss", { type: "number", default: 0, describe: "delay: percent of packets lost" })
    .option("off", { type: "boolean", default: false, describe: "delay: take it away" });
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
