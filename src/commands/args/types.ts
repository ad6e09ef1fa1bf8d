/** What a command line says, by command. */
import type { InventoryAction } from "./inventory-options.ts";
import type { LabAction } from "./options.ts";
import type { VaultArgs, VaultOptions } from "./vault-options.ts";

/** What the command line says; the shape depends on the command. */
export type CommandArgs = PlayArgs | DrillArgs | LabArgs | VaultArgs | InventoryArgs | ExplainArgs;

export interface InventoryOptions {
  readonly inventory: readonly string[];
  /** Seconds for each call of an inventory script. */
  readonly inventoryTimeout: number;
  readonly limit: string | undefined;
  /** Warnings about the input are errors. */
  readonly strict: boolean;
  /** Templates may run programs on this machine: `lookup('pipe', …)`. */
  readonly allowPipe: boolean;
  readonly extraVars: readonly string[];
  readonly vault: VaultOptions;
}

export interface OutputOptions {
  readonly verbosity: number;
  readonly json: boolean;
  readonly color: boolean | undefined;
}

export interface ReachOptions {
  /** `Match exec` of the ssh configuration may run its commands. */
  readonly sshConfigExec: boolean;
}

export interface PlayArgs extends InventoryOptions, ReachOptions, OutputOptions {
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

export interface DrillArgs extends InventoryOptions, ReachOptions, OutputOptions {
  readonly command: "drill";
  readonly drill: "failover";
  readonly rate: number;
  readonly timeout: number;
  readonly settle: number;
  readonly hold: number;
  readonly patience: number;
  readonly url: string | undefined;
}

export interface LabArgs extends OutputOptions {
  readonly command: "lab";
  readonly action: LabAction;
  readonly hosts: readonly string[];
  readonly ms: number;
  readonly jitter: number;
  readonly loss: number;
  readonly off: boolean;
}

export interface InventoryArgs extends InventoryOptions, OutputOptions {
  readonly command: "inventory";
  readonly playbook: string | undefined;
  readonly action: InventoryAction;
  /** The file it goes to; `undefined` or `-`: standard output. */
  readonly output: string | undefined;
}

export interface ExplainArgs extends InventoryOptions, OutputOptions {
  readonly command: "explain";
  readonly variable: string;
  readonly host: string;
  readonly playbook: string | undefined;
}
