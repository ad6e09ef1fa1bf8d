/** `dsrctl inventory`: what `ansible-inventory` prints. No host is reached. */
import { EXIT, InputError } from "../failure.ts";
import type { ExitCode, Problem } from "../failure.ts";
import { graph, hostVariables, listing } from "../inventory/listing.ts";
import { pythonJson } from "../inventory/python-json.ts";
import { selectHosts } from "../inventory/select.ts";
import type { Group, Host, Inventory } from "../inventory/types.ts";
import { didYouMean } from "../nearest.ts";
import { scrub } from "../secret.ts";
import type { InventoryAction } from "./inventory-line.ts";
import type { InventoryOptions, OutputOptions } from "./line.ts";
import { readInventoryFor } from "./read-inventory.ts";
import type { Terminal } from "./terminal.ts";

export interface InventoryLine extends InventoryOptions, OutputOptions {
  readonly command: "inventory";
  readonly playbook: string | undefined;
  readonly action: InventoryAction;
}

export async function runInventory(line: InventoryLine, terminal: Terminal): Promise<ExitCode> {
  const { inventory } = await readInventoryFor(line, terminal);
  await tellWarnings(inventory, line, terminal);
  terminal.out(`${scrub(shown(inventory, line.action))}\n`);
  return EXIT.fine;
}

/** On standard error: what is printed can be read by programs. */
export async function tellWarnings(
  { warnings }: Inventory,
  { color }: OutputOptions,
  terminal: Terminal,
): Promise<void> {
  if (warnings.length === 0) return;
  const { renderProblems } = await import("../report/problem.ts");
  terminal.err(renderProblems(warnings, { color: color ?? terminal.color, touched: undefined }));
}

function shown(inventory: Inventory, action: InventoryAction): string {
  switch (action.show) {
    case "list":
      return pythonJson(listing(inventory, action));
    case "host":
      return pythonJson(hostVariables(hostNamed(inventory, action.host), action));
    case "graph":
      return graph(inventory, groupNamed(inventory, action.group), action).join("\n");
  }
}

/** A pattern, as long as it means one host. @throws InputError */
export function hostNamed(inventory: Inventory, pattern: string): Host {
  const place = { source: { file: "--host", text: pattern }, start: 0, end: pattern.length };
  const [host, ...others] = selectHosts(inventory, pattern, place);
  if (host !== undefined && others.length === 0) return host;
  const message = `\`${pattern}\` means ${others.length + 1} hosts, and one is asked for`;
  throw new InputError([{ severity: "error", message, place }]);
}

function groupNamed(inventory: Inventory, name: string): Group {
  const group = inventory.groups.get(name);
  if (group !== undefined) return group;
  const label = didYouMean(name, inventory.groups.keys());
  const place = { source: { file: "--graph", text: name }, start: 0, end: name.length };
  const problem: Problem = { severity: "error", message: `no group \`${name}\``, place };
  throw new InputError([label === undefined ? problem : { ...problem, label }]);
}
