/**
 * Where ansible-core 2.19 (Debian 13) answers otherwise than 2.14 (Debian 12), which dsrctl follows. An entry is a row of
 * docs/ansible.md, and where a test that asks the installed Ansible expects the other answer.
 */
import { ansibleVersion } from "./inventory/oracle.ts";

interface Difference {
  readonly what: string;
  /** ansible-core 2.14, and dsrctl. */
  readonly core214: string;
  readonly core219: string;
}

export const DIFFERENCES = {
  profile: {
    what: "`--list`: what `_meta` holds",
    core214: "`hostvars`",
    core219: "`hostvars`, and `profile` with `inventory_legacy`",
  },
  bytes: {
    what: "`--list`: bytes of an INI file (`b'abc'`)",
    core214: '`"abc"`',
    core219: '`{"__ansible_unsafe": "abc"}`',
  },
  "unsafe-host": {
    what: "`--host`: a value with `!unsafe`",
    core214: '`{"__ansible_unsafe": "…"}`',
    core219: "the text",
  },
  "empty-groups": {
    what: "`--list --yaml`: a group with nothing in it",
    core214: "`{}`",
    core219: "is left out",
  },
  "repeated-groups": {
    what: "`--list --yaml`: a group below two others",
    core214: "whole at both",
    core219: "whole at the first, `{}` at the second",
  },
  anchors: {
    what: "`--list --yaml`: one list or map at several places",
    core214: "an anchor and aliases",
    core219: "is written out at each",
  },
  "ini-ignored": {
    what: "a directory as inventory: files `*.ini`",
    core214: "are passed over",
    core219: "are read",
  },
  "graph-tuples": {
    what: "`--graph --vars`: a tuple of an INI file",
    core214: "`(1, 2)`; here `[1, 2]`",
    core219: "`[1, 2]`",
  },
  "none-bool": {
    what: "`none \\| bool`",
    core214: "`none`",
    core219: "`false`",
  },
  tuples: {
    what: "a template whose value holds tuples (`dictsort`, `zip`, `combinations`)",
    core214: "prints `('a', 1)`",
    core219: "prints `['a', 1]`",
  },
  "set-order": {
    what: "`union`, `intersect`, `difference`, `symmetric_difference`",
    core214: "in the order of the lists",
    core219: "in no order",
  },
  conditions: {
    what: "`when` with a value that is no boolean",
    core214: "counts as true when it is not empty",
    core219: "is an error",
  },
} as const satisfies Readonly<Record<string, Difference>>;

/** The installed Ansible is 2.19 or later. */
export const isCore219: boolean = (() => {
  const [major = 0, minor = 0] = (ansibleVersion ?? "").split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 19);
})();

/** What the installed Ansible is expected to answer, given what 2.14 answers and what 2.19 makes of it. */
export function expected<T>(_difference: keyof typeof DIFFERENCES, core214: T, core219: (core214: T) => T): T {
  return isCore219 ? core219(core214) : core214;
}
