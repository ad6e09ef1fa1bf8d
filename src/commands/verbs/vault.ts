/** `dsrctl vault`. The names of its actions and options are those of `ansible-vault`. */
import { COLOR, VAULT_PASSWORDS } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const vault = verb({
  name: "vault",
  order: 7,
  usage: "ACTION [FILE..]",
  summary: "encrypt and decrypt files and values in ansible-vault's format",
  page: "docs/vault.md",
  positionals: {
    action: {
      ...{ name: "ACTION", describe: "the action", missing: "missing argument: ACTION" },
      choices: {
        create: "edit a new file in $EDITOR and encrypt it",
        encrypt: "encrypt files, or standard input",
        decrypt: "decrypt files, or standard input",
        view: "print the content of encrypted files",
        edit: "decrypt a file, open it in $EDITOR, encrypt it again",
        rekey: "encrypt files again with another password",
        "encrypt-string": "encrypt a typed text or standard input as a value for YAML",
      },
    },
    files: { name: "FILE", describe: "the files (default or `-`: standard input)", many: true, complete: "file" },
  },
  options: {
    "Vault passwords": VAULT_PASSWORDS,
    Files: {
      output: {
        ...{ type: "string", value: "FILE", complete: "file" },
        describe: "output file (`-`: standard output; default: the file itself)",
      },
      "encrypt-vault-id": { type: "string", value: "ID", describe: "the vault id whose password encrypts" },
      "new-vault-id": { type: "string", value: "ID@SOURCE", describe: "with rekey: the new password" },
      "new-vault-password-file": {
        ...{ type: "string", value: "FILE", complete: "file" },
        describe: "with rekey: the new password without an id",
      },
    },
    "encrypt-string": {
      name: { short: "n", type: "string", value: "NAME", describe: "name of the variable" },
      "stdin-name": {
        type: "string",
        value: "NAME",
        describe: "read the text from standard input; name of the variable",
      },
    },
    Output: { color: COLOR },
  },
  examples: [
    ["dsrctl vault encrypt group_vars/all/secrets.yml", "ask for a new password and encrypt the file"],
    ["dsrctl vault edit group_vars/all/secrets.yml --vault-id prod@~/.vault-prod", "in $EDITOR"],
    ["dsrctl vault encrypt-string --name auth_pass", "ask for the text and print the value for YAML"],
  ],
  reachesHosts: false,
  run: async (args, terminal) => (await import("../run/vault.ts")).runVault(args, terminal),
});
