/** The inventory of a command, with what else its line says of hosts and variables. Nothing is rendered. */
import { dirname } from "node:path";
import type { Problem } from "../../core/problem.ts";
import { collectProblems, throwIfErrors } from "../../core/collect-problems.ts";
import { loadInventory } from "../../inventory/load.ts";
import { selectLimit } from "../../inventory/select.ts";
import type { Host, Inventory, Variables } from "../../inventory/types.ts";
import { findPlaybook } from "../../playbook/find.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { extraVars } from "./extra-vars.ts";
import { keyringFor } from "./twin.ts";
import type { TwinLine } from "./twin.ts";
import type { InventoryOptions } from "../args/types.ts";
import type { Terminal } from "../../core/terminal.ts";

export interface ReadInventory {
  readonly inventory: Inventory;
  /** `-e`. */
  readonly extra: Variables;
  /** The hosts that `--limit` leaves; `undefined`: all. */
  readonly limit: readonly Host[] | undefined;
  /** Vault passwords. */
  readonly vault: Keyring;
  /** The playbook's; the current one where there is no playbook. */
  readonly directory: string;
}

export type ReadingLine = InventoryOptions & TwinLine & { readonly playbook?: string | undefined };

/** @throws InputError */
export async function readInventoryFor(line: ReadingLine, terminal: Terminal): Promise<ReadInventory> {
  const problems: Problem[] = [];
  const vault = await keyringFor(line, terminal);
  const read = await readInventory(line, terminal, vault, problems);
  throwIfErrors(problems);
  if (read === undefined) throw new Error("an inventory without a problem was not read");
  return read;
}

/** Everything that is wrong is added to `problems`; `undefined` when that leaves nothing to work with. */
export async function readInventory(
  line: ReadingLine,
  terminal: Terminal,
  vault: Keyring,
  problems: Problem[],
): Promise<ReadInventory | undefined> {
  const tell = (problem: Problem): void => void problems.push(problem);
  const { cwd } = terminal;
  const beside = await directoryOf(line.playbook, cwd);
  const options = {
    vault,
    ...{ scriptDeadline: line.inventoryTimeout, stop: terminal.stop },
    ...(beside === undefined ? {} : { playbook: beside }),
  };
  const inventory = await collectProblems(tell, () => loadInventory(line.inventory, cwd, options));
  const extra = await collectProblems(tell, () => extraVars(line.extraVars, terminal.cwd, vault));
  const warnings = [...(inventory?.warnings ?? []), ...(extra?.warnings ?? [])];
  problems.push(...(line.strict ? warnings.map(strictly) : warnings));
  const limit = await collectProblems(tell, () => limitOf(line, inventory, cwd));
  if (inventory === undefined || extra === undefined) return undefined;
  return {
    inventory: { ...inventory, warnings },
    extra: extra.variables,
    limit,
    vault,
    directory: beside?.path ?? cwd,
  };
}

async function limitOf({ limit }: InventoryOptions, inventory: Inventory | undefined, cwd: string) {
  return limit === undefined || inventory === undefined ? undefined : selectLimit(inventory, limit, cwd);
}

/** `--strict`. */
export function strictly(problem: Problem): Problem {
  return { ...problem, severity: "error" };
}

/** The playbook's directory, if there is one; a missing playbook is reported elsewhere. */
async function directoryOf(playbook: string | undefined, cwd: string) {
  if (playbook === undefined) return undefined;
  const found = await collectProblems(
    () => undefined,
    () => findPlaybook(playbook, cwd),
  );
  return found === undefined ? undefined : { path: dirname(found.path), shown: dirname(found.shown) };
}
