/** `dsrctl vault`. The names of its actions and options are those of `ansible-vault`. */
import { COLOR, VAULT_PASSWORDS } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const vault = verb({
  name: "vault",
  order: 6,
  usage: "ACTION [FILE..]",
  summary: "encrypted files and values, as ansible-vault has them",
  page: "docs/vault.md",
  positionals: {
    action: {
      ...{ name: "ACTION", describe: "what to do", missing: "do what with the vault?" },
      choices: {
        create: "write a new file in $EDITOR, and encrypt it",
        encrypt: "encrypt files, or standard input",
        decrypt: "decrypt files, or standard input",
        view: "show what is in encrypted files",
        edit: "decrypt a file, open it in $EDITOR, encrypt it again",
        rekey: "encrypt files with another password",
        "encrypt-string": "a text that is asked for, or standard input, as a value for YAML",
      },
    },
    files: { name: "FILE", describe: "a file; none or `-`: standard input", many: true, complete: "file" },
  },
  options: {
    "Vault passwords": VAULT_PASSWORDS,
    Files: {
      output: {
        ...{ type: "string", value: "FILE", complete: "file" },
        describe: "where it goes (`-`: standard output); default: the file itself",
      },
      "encrypt-vault-id": { type: "string", value: "ID", describe: "which of several passwords encrypts" },
      "new-vault-id": { type: "string", value: "ID@SOURCE", describe: "rekey: the new password" },
      "new-vault-password-file": {
        ...{ type: "string", value: "FILE", complete: "file" },
        describe: "rekey: the same without an id",
      },
    },
    "encrypt-string": {
      name: { short: "n", type: "string", value: "NAME", describe: "the variable that it is for" },
      "stdin-name": { type: "string", value: "NAME", describe: "the same; the text comes by standard input" },
    },
    "What is shown": { color: COLOR },
  },
  examples: [
    ["dsrctl vault encrypt group_vars/all/secrets.yml", "asks for a new password"],
    ["dsrctl vault edit group_vars/all/secrets.yml --vault-id prod@~/.vault-prod", "in $EDITOR"],
    ["dsrctl vault encrypt-string --name auth_pass", "asks for the text; prints the value for YAML"],
  ],
  reachesHosts: false,
  run: async (args, terminal) => (await import("../run/vault.ts")).runVault(args, terminal),
});
