/** What `dsrctl vault` is asked to do, and the combinations that make no sense. */
import type { VaultOptions } from "../args/types.ts";
import { UsageError } from "../args/usage-error.ts";

export const HELP = "`dsrctl vault --help` shows what there is";

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

const IN_ARGV = "everyone on this machine would see it in `ps`";

/** @throws UsageError */
export function checkLine({ action, files, output }: VaultArgs): void {
  if (action === "encrypt-string" && files.length > 0) {
    throw new UsageError(
      `the text to encrypt is not accepted on the command line: ${IN_ARGV}`,
      "without it you are asked for the text, or it is taken from standard input",
    );
  }
  if (NEEDS_FILE.includes(action) && files.length === 0)
    throw new UsageError("which file?", `\`dsrctl vault ${action} FILE\``);
  if (action === "create" && (files.length > 1 || files.includes("-")))
    throw new UsageError("one file is created, with a name", "`dsrctl vault create FILE`");
  if (output !== undefined && files.length > 1)
    throw new UsageError("`--output` takes one file, there are several", HELP);
}
