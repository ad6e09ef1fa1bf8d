/** `dsrctl inventory`: what `ansible-inventory` prints. No host is reached. */
import { unlessStopped } from "../../system/abort.ts";
import { EXIT, InputError } from "../../core/problem.ts";
import type { ProblemCode } from "../../core/problem-code.ts";
import type { ExitCode, Problem } from "../../core/problem.ts";
import { inventoryWithExtra } from "../../inventory/extra.ts";
import { graph, hostVariables, listing } from "../../inventory/listing.ts";
import { pythonJson } from "../../inventory/python-json.ts";
import { limitHosts, limitInventory, selectHosts } from "../../inventory/select.ts";
import type { Group, Host, Inventory } from "../../inventory/types.ts";
import { didYouMean, listNames } from "../../text/suggest.ts";
import { redact } from "../../core/secret.ts";
import type { InventoryOptions, OutputOptions } from "../args/types.ts";
import { UsageError } from "../args/usage-error.ts";
import { readInventoryFor } from "../input/read-inventory.ts";
import type { ReadInventory } from "../input/read-inventory.ts";
import type { Terminal } from "../../core/terminal.ts";
import { writeFileWhole } from "./write-file.ts";

interface InventoryArgs extends InventoryOptions, OutputOptions {
  readonly playbook: string | undefined;
  readonly action: InventoryAction;
  /** The file it goes to; `undefined` or `-`: standard output. */
  readonly output: string | undefined;
}

export type InventoryAction =
  | { readonly show: "list"; readonly export: boolean; readonly yaml: boolean }
  | { readonly show: "host"; readonly host: string; readonly export: boolean; readonly yaml: boolean }
  | { readonly show: "graph"; readonly group: string; readonly vars: boolean };

/** @throws UsageError */
export function inventoryAction(args: {
  readonly list: boolean;
  readonly host: string | undefined;
  readonly graph: boolean;
  readonly group: string | undefined;
  readonly vars: boolean;
  readonly export: boolean;
  readonly yaml: boolean;
}): InventoryAction {
  const { host, group, yaml } = args;
  const graph = args.graph || (args.vars && !args.list && host === undefined);
  const asked = [args.list, host !== undefined, graph].filter(Boolean).length;
  const help = "give one of `--list`, `--host HOST` and `--graph [GROUP]`";
  if (asked === 0) throw new UsageError("missing option: `--list`, `--host HOST` or `--graph [GROUP]`", help);
  if (asked > 1) throw new UsageError("`--list`, `--host` and `--graph` exclude each other", help);
  if (group !== undefined && !graph) throw new UsageError("unexpected argument GROUP: only `--graph` takes it", help);
  if (graph) return { show: "graph", group: group ?? "all", vars: args.vars };
  return host === undefined
    ? { show: "list", export: args.export, yaml }
    : { show: "host", host, export: args.export, yaml };
}

export async function runInventory(line: InventoryArgs, terminal: Terminal): Promise<ExitCode> {
  const read = await unlessStopped(terminal.stop, readInventoryFor(line, terminal));
  await tellWarnings(read.inventory, line, terminal);
  const text = redact(await shown(read, line.action));
  if (line.output === undefined || line.output === "-") terminal.out(text);
  else await writeFileWhole(line.output, text, terminal.cwd);
  return EXIT.fine;
}

/** On standard error: what is printed can be read by programs. */
export async function tellWarnings(
  { warnings }: Inventory,
  { color }: OutputOptions,
  terminal: Terminal,
): Promise<void> {
  if (warnings.length === 0) return;
  const { renderProblems } = await import("../../report/problem.ts");
  terminal.err(renderProblems(warnings, { color: color ?? terminal.color, touched: undefined }));
}

/** Loaded when it is used: most callers use JSON. */
async function yaml() {
  return import("../../inventory/listing-yaml.ts");
}

async function shown(given: ReadInventory, action: InventoryAction): Promise<string> {
  const read = { ...given, inventory: inventoryWithExtra(given.inventory, given.extra) };
  const inventory = read.limit === undefined ? read.inventory : limitInventory(read.inventory, read.limit);
  switch (action.show) {
    case "list":
      return action.yaml
        ? (await yaml()).yamlListing(inventory, action)
        : `${pythonJson(listing(inventory, action))}\n`;
    case "host": {
      const variables = hostVariables(hostNamed(read, action.host), action);
      return action.yaml ? (await yaml()).yamlText(variables) : `${pythonJson(variables)}\n`;
    }
    case "graph":
      return `${graph(inventory, groupNamed(inventory, action.group), action).join("\n")}\n`;
  }
}

/** A pattern, as long as it means one host. @throws InputError */
export function hostNamed({ inventory, limit }: ReadInventory, pattern: string): Host {
  const place = { source: { file: "--host", text: pattern }, start: 0, end: pattern.length };
  const hosts = selectHosts(inventory, pattern, place);
  const [host, ...others] = hosts;
  const wrong = (code: ProblemCode, message: string, help?: string): InputError =>
    new InputError([{ severity: "error", code, message, place, ...(help === undefined ? {} : { help }) }]);
  if (host === undefined || others.length > 0)
    throw wrong(
      "host-pattern",
      `\`${pattern}\` matches ${hosts.length} hosts; expected one`,
      `name one of ${listed(hosts)}`,
    );
  if (limit === undefined || limitHosts(hosts, limit).length === 1) return host;
  throw wrong("no-hosts", `\`--limit\` excludes \`${host.name}\``, `it selects ${listed(limit)}`);
}

function listed(hosts: readonly Host[]): string {
  return listNames(hosts.map(({ name }) => name));
}

function groupNamed(inventory: Inventory, name: string): Group {
  const group = inventory.groups.get(name);
  if (group !== undefined) return group;
  const label = didYouMean(name, inventory.groups.keys());
  const place = { source: { file: "--graph", text: name }, start: 0, end: name.length };
  const problem: Problem = { severity: "error", code: "unknown-group", message: `no group \`${name}\``, place };
  throw new InputError([label === undefined ? problem : { ...problem, label }]);
}
