/** The command line, from words to what a command works with. The only door to yargs. */
import type { Argv } from "yargs";
import { tokenize } from "./tokenize.ts";
import {
  PROMPT_OPTIONS,
  DELAY_OPTIONS,
  DRILL_OPTIONS,
  RUN_OPTIONS,
  INVENTORY_OPTIONS,
  LAB_OPTIONS,
  LAB_ACTIONS,
  LIST_OPTIONS,
  OUTPUT_OPTIONS,
  TASK_FILTERS,
} from "./options.ts";
import type { CommandName } from "./options.ts";
import { EXPLAIN, INVENTORY_SHOW, inventoryAction } from "./inventory-options.ts";
import { UsageError } from "./usage-error.ts";
import { VAULT_ACTIONS, VAULT_FILES, VAULT_PASSWORDS, VAULT_STRING, vaultOptionsOf } from "./vault-options.ts";
import type {
  DrillArgs,
  ExplainArgs,
  InventoryArgs,
  InventoryOptions,
  LabArgs,
  CommandArgs,
  OutputOptions,
  PlayArgs,
} from "./types.ts";
import type { VaultArgs } from "./vault-options.ts";

/** What was asked for is said and done with: a help or version text, or that something has to be asked for. */
export interface Message {
  readonly said: string;
  readonly asked: boolean;
}

/** @throws UsageError */
export async function parseArgs(
  argv: readonly string[],
  version: string,
  columns: number,
): Promise<CommandArgs | Message> {
  const checked = tokenize(argv);
  switch (checked.is) {
    case "nothing":
      return { said: (await import("./help.ts")).shortHelp(columns), asked: false };
    case "version":
      return { said: `${version}\n`, asked: true };
    case "help": {
      const { help, helpOf } = await import("./help.ts");
      return { said: checked.command === undefined ? help(columns) : helpOf(checked.command, columns), asked: true };
    }
    case "command":
      return parse(checked.command.name, checked.options, checked.words);
  }
}

/** yargs sees one command at a time: a parser of all of them lays out their help, asked for or not. */
async function parse(name: CommandName, options: readonly string[], words: readonly string[]): Promise<CommandArgs> {
  const parser = (await import("yargs"))
    .default([...options])
    .scriptName("dsrctl")
    .help(false)
    .version(false)
    .strictOptions()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error instanceof UsageError ? error : new Error(`options that were right do not parse: ${message}`);
    });
  switch (name) {
    case "play":
      return playLine(await playOptions(parser).parseAsync(), words);
    case "drill":
      return drillLine(await drillOptions(parser).parseAsync());
    case "lab":
      return labLine(await labOptions(parser).parseAsync(), words);
    case "inventory":
      return inventoryLine(await inventoryCommand(parser).parseAsync(), words);
    case "explain":
      return explainLine(await explainOptions(parser).parseAsync(), words);
    case "vault":
      return vaultLine(await vaultOptions(parser).parseAsync(), words);
  }
}

function playOptions(parser: Argv) {
  return parser.options({
    ...INVENTORY_OPTIONS,
    ...VAULT_PASSWORDS,
    ...OUTPUT_OPTIONS,
    ...RUN_OPTIONS,
    ...TASK_FILTERS,
    ...LIST_OPTIONS,
  });
}

function drillOptions(parser: Argv) {
  return parser.options({ ...INVENTORY_OPTIONS, ...VAULT_PASSWORDS, ...OUTPUT_OPTIONS, ...DRILL_OPTIONS });
}

function labOptions(parser: Argv) {
  return parser.options({ ...OUTPUT_OPTIONS, ...LAB_OPTIONS, ...DELAY_OPTIONS });
}

function inventoryCommand(parser: Argv) {
  return parser.options({ ...INVENTORY_SHOW, ...INVENTORY_OPTIONS, ...VAULT_PASSWORDS, ...PROMPT_OPTIONS });
}

function explainOptions(parser: Argv) {
  return parser.options({ ...EXPLAIN, ...INVENTORY_OPTIONS, ...VAULT_PASSWORDS, ...PROMPT_OPTIONS });
}

function vaultOptions(parser: Argv) {
  return parser.options({ ...VAULT_PASSWORDS, ...VAULT_FILES, ...VAULT_STRING, color: OUTPUT_OPTIONS.color });
}

type Parsed<F extends (parser: Argv) => Argv<unknown>> = Awaited<ReturnType<F>["argv"]>;

function playLine(args: Parsed<typeof playOptions>, [playbook = ""]: readonly string[]): PlayArgs {
  const lists = [args.listHosts && "hosts", args.listTasks && "tasks", args.syntaxCheck && "nothing"] as const;
  return {
    command: "play",
    playbook,
    ...inventoryOf(args),
    ...outputOf(args),
    check: args.check,
    diff: args.diff,
    tags: words(args.tags),
    skipTags: words(args.skipTags),
    forks: whole("forks", args.forks, 1, 10_000),
    askBecomePass: args.askBecomePass,
    sshConfigExec: args.sshConfigExec,
    list: lists.find((each) => each !== false),
  };
}

function drillLine(args: Parsed<typeof drillOptions>): DrillArgs {
  return {
    command: "drill",
    drill: "failover",
    ...inventoryOf(args),
    ...outputOf(args),
    rate: number("rate", args.rate, 0.1, 100),
    timeout: number("timeout", args.timeout, 0.05, 60),
    settle: number("settle", args.settle, 1, 3600),
    hold: number("hold", args.hold, 1, 3600),
    patience: number("patience", args.patience, 1, 3600),
    url: args.url,
    sshConfigExec: args.sshConfigExec,
  };
}

function labLine(args: Parsed<typeof labOptions>, [word, ...hosts]: readonly string[]): LabArgs {
  const action = LAB_ACTIONS.find((each) => each === word);
  if (action === undefined) throw new Error("an action that was right was not found");
  return {
    command: "lab",
    action,
    hosts: [...hosts, ...words(args.hosts === undefined ? [] : [args.hosts])],
    ...outputOf(args),
    ms: number("ms", args.ms, 0, 60_000),
    jitter: number("jitter", args.jitter, 0, 60_000),
    loss: number("loss", args.loss, 0, 100),
    off: args.off,
  };
}

function inventoryLine(args: Parsed<typeof inventoryCommand>, [group]: readonly string[]): InventoryArgs {
  const { playbook, output } = args;
  const action = inventoryAction(args, group);
  return { command: "inventory", action, playbook, output, ...inventoryOf(args), ...outputOf(args) };
}

function explainLine(args: Parsed<typeof explainOptions>, [, variable = ""]: readonly string[]): ExplainArgs {
  const { host, playbook } = args;
  return { command: "explain", variable, host, playbook, ...inventoryOf(args), ...outputOf(args) };
}

function vaultLine(args: Parsed<typeof vaultOptions>, [word, ...files]: readonly string[]): VaultArgs {
  const action = VAULT_ACTIONS.find((each) => each === word);
  if (action === undefined) throw new Error("an action that was right was not found");
  return {
    command: "vault",
    ...{ action, files, vault: vaultOptionsOf(args), output: args.output, encryptId: args.encryptVaultId },
    ...{ newId: args.newVaultId, newPasswordFile: args.newVaultPasswordFile, name: args.name ?? args.stdinName },
    ...{ json: false, color: args.color },
  };
}

function inventoryOf(
  args: {
    inventory: string[];
    limit: string | undefined;
    extraVars: string[];
    inventoryTimeout: number;
    strict: boolean;
    allowPipe: boolean;
  } & Parameters<typeof vaultOptionsOf>[0],
): InventoryOptions {
  const { inventory, limit, extraVars, strict, allowPipe } = args;
  const inventoryTimeout = number("inventory-timeout", args.inventoryTimeout, 0.1, 3600);
  return { inventory, inventoryTimeout, limit, extraVars, strict, allowPipe, vault: vaultOptionsOf(args) };
}

function outputOf(args: { verbose?: number; json: boolean; color: boolean | undefined }): OutputOptions {
  return { verbosity: args.verbose ?? 0, json: args.json, color: args.color };
}

function words(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function number(name: string, value: number, min: number, max: number): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new UsageError(`\`--${name}\` takes a number from ${min} to ${max}`);
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`\`--${name}\` takes a whole number from ${min} to ${max}`);
}
