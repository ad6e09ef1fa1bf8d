/** The options about vault passwords, and those of `dsrctl vault`. */
import type { Table } from "./option.ts";

const LIST = { type: "string", array: true, nargs: 1, default: [] as string[] } as const;

/** For every command that may meet something encrypted. Their names are Ansible's. */
export const VAULT_PASSWORDS = {
  "vault-id": { value: "ID@SOURCE", ...LIST, describe: "a vault password: SOURCE is a file, a program, or `prompt`" },
  "vault-password-file": { value: "FILE", ...LIST, describe: "the same without an id" },
  "vault-pass-file": { value: "FILE", ...LIST, describe: "another name for it" },
  "ask-vault-password": { alias: "J", type: "boolean", default: false, describe: "ask for the vault password" },
  "ask-vault-pass": { type: "boolean", default: false, describe: "another name for it" },
} satisfies Table;

export const VAULT_FILES = {
  output: { type: "string", value: "FILE", describe: "where it goes (`-`: standard output); default: the file itself" },
  "encrypt-vault-id": { type: "string", value: "ID", describe: "which of several passwords encrypts" },
  "new-vault-id": { type: "string", value: "ID@SOURCE", describe: "rekey: the new password" },
  "new-vault-password-file": { type: "string", value: "FILE", describe: "rekey: the same without an id" },
} satisfies Table;

export const VAULT_STRING = {
  name: { alias: "n", type: "string", value: "NAME", describe: "the variable that it is for" },
  "stdin-name": { type: "string", value: "NAME", describe: "the same; the text comes by standard input" },
} satisfies Table;

export const VAULT_ACTIONS_HELP = {
  create: "write a new file in $EDITOR, and encrypt it",
  encrypt: "encrypt files, or standard input",
  decrypt: "decrypt files, or standard input",
  view: "show what is in encrypted files",
  edit: "decrypt a file, open it in $EDITOR, encrypt it again",
  rekey: "encrypt files with another password",
  "encrypt-string": "a text that is asked for, or standard input, as a value for YAML",
} as const;

export type VaultAction = keyof typeof VAULT_ACTIONS_HELP;
export const VAULT_ACTIONS = Object.keys(VAULT_ACTIONS_HELP) as readonly VaultAction[];

/** Where vault passwords come from, as the command line says. */
export interface VaultOptions {
  readonly ids: readonly string[];
  readonly passwordFiles: readonly string[];
  readonly ask: boolean;
}

export function vaultOptionsOf(args: {
  readonly vaultId: readonly string[];
  readonly vaultPasswordFile: readonly string[];
  readonly vaultPassFile: readonly string[];
  readonly askVaultPassword: boolean;
  readonly askVaultPass: boolean;
}): VaultOptions {
  const { vaultId, vaultPasswordFile, vaultPassFile, askVaultPassword, askVaultPass } = args;
  return {
    ids: vaultId,
    passwordFiles: [...vaultPasswordFile, ...vaultPassFile],
    ask: askVaultPassword || askVaultPass,
  };
}

/** `dsrctl vault`. */
export interface VaultArgs {
  readonly command: "vault";
  readonly action: VaultAction;
  /** Files; none or `-`: standard input. */
  readonly files: readonly string[];
  readonly vault: VaultOptions;
  readonly output: string | undefined;
  readonly encryptId: string | undefined;
  readonly newId: string | undefined;
  readonly newPasswordFile: string | undefined;
  readonly name: string | undefined;
  readonly json: false;
  readonly color: boolean | undefined;
}
