/** What `dsrctl vault` is asked to do, and the combinations that make no sense. */
import type { VaultOptions } from "../args/types.ts";
import { UsageError } from "../args/usage-error.ts";

export const HELP = "see `dsrctl vault --help`";

type VaultAction = "create" | "encrypt" | "decrypt" | "view" | "edit" | "rekey" | "encrypt-string";

export interface VaultArgs extends VaultOptions {
  readonly action: VaultAction;
  /** Files; none or `-`: standard input. */
  readonly files: readonly string[];
  readonly output: string | undefined;
  readonly encryptVaultId: string | undefined;
  readonly newVaultId: string | undefined;
  readonly newVaultPasswordFile: string | undefined;
  readonly name: string | undefined;
  readonly stdinName: string | undefined;
}

const NEEDS_FILE: readonly VaultAction[] = ["create", "edit", "rekey", "view"];

const IN_ARGV = "every user of this machine could see it in `ps`";

/** @throws UsageError */
export function checkLine({ action, files, output }: VaultArgs): void {
  if (action === "encrypt-string" && files.length > 0) {
    throw new UsageError(
      `the text to encrypt is not accepted on the command line: ${IN_ARGV}`,
      "leave it out: dsrctl asks for the text, or reads it from standard input",
    );
  }
  if (NEEDS_FILE.includes(action) && files.length === 0)
    throw new UsageError("missing argument: FILE", `\`dsrctl vault ${action} FILE\``);
  if (action === "create" && (files.length > 1 || files.includes("-")))
    throw new UsageError("`vault create` takes exactly one file", "`dsrctl vault create FILE`");
  if (output !== undefined && files.length > 1)
    throw new UsageError("`--output` cannot be used with several files", HELP);
}
