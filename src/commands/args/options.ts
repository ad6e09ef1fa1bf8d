/** Options that several verbs have. */
import type { Option, Options } from "./option.ts";

/** Which hosts, and how inventories are read. */
export const INVENTORY_OPTIONS = {
  inventory: {
    ...{ short: "i", type: "string", many: true, value: "NAME", complete: "inventory" },
    describe: "a path, a name in inventories/, or hosts such as `web1,web2,`",
    required: {
      message: "missing option: `-i INVENTORY`",
      help: "give `-i prod` (a directory in inventories/) or `-i PATH`",
    },
  },
  limit: {
    ...{ short: "l", type: "string", value: "PATTERN", complete: "pattern" },
    describe: "limit the run to these hosts, such as `web1:lb*:!lb2`, or to those in a file: `@FILE`",
  },
  "extra-vars": {
    ...{ short: "e", type: "string", many: true, value: "VARS" },
    describe: "extra variables, which override all others: KEY=VALUE, a YAML or JSON map, or @FILE",
  },
  "inventory-timeout": {
    ...{ type: "number", value: "S", default: 10, range: [0.1, 3600] },
    describe: "timeout in seconds for each call of an inventory script",
  },
  strict: { type: "boolean", describe: "treat warnings as errors" },
} as const satisfies Options;

/** For verbs that render templates. */
export const TEMPLATE_OPTIONS = {
  "allow-pipe": {
    type: "boolean",
    describe: "allow `lookup('pipe', …)` in templates to run programs on this machine",
  },
} as const satisfies Options;

/** For verbs that may meet something encrypted. Their names are Ansible's. */
export const VAULT_PASSWORDS = {
  "vault-id": {
    ...{ type: "string", many: true, value: "ID@SOURCE" },
    describe: "vault password for an id: SOURCE is a file, a program, or `prompt`",
  },
  "vault-password-file": {
    ...{ type: "string", many: true, value: "FILE", also: "vault-pass-file", complete: "file" },
    describe: "vault password without an id: a file or a program",
  },
  "ask-vault-password": {
    ...{ short: "J", type: "boolean", also: "ask-vault-pass" },
    describe: "ask for the vault password",
  },
} as const satisfies Options;

/** How hosts are reached. */
export const REACH_OPTIONS = {
  "ssh-config-exec": {
    type: "boolean",
    describe: "allow `Match exec` in the ssh configuration to run commands on this machine",
  },
  lab: {
    type: "boolean",
    describe: "reach the twin of the hosts (`dsrctl lab up -i NAME`), never the hosts themselves",
  },
  "allow-local": {
    type: "boolean",
    describe: "with --lab: allow connections to this machine, and `lookup('pipe', …)`",
  },
  "with-secrets": { type: "boolean", describe: "with --lab: decrypt vaults (default: random text in place of them)" },
} as const satisfies Options;

/** `-v`, for verbs that reach hosts. */
export const VERBOSE = { type: "count", short: "v" } as const satisfies Omit<Option, "describe">;

/** What `-vvv` adds. */
export const TRACE = "how each host was reached";

export const COLOR = {
  type: "boolean",
  negatable: true,
  describe: "turn colors on or off (default: on for a terminal, unless NO_COLOR is set)",
} as const satisfies Option;

/** For verbs that print events. */
export const OUTPUT_OPTIONS = {
  json: { type: "boolean", describe: "print events as JSON, one per line" },
  color: COLOR,
} as const satisfies Options;

/** For verbs that print one answer. */
export const ANSWER_OPTIONS = {
  json: { type: "boolean", describe: "print problems as JSON, too" },
  color: COLOR,
} as const satisfies Options;
