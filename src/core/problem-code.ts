/**
 * What kind of problem it is, with its meaning. Programs may rely on a code; messages may change. docs/json.md lists
 * them.
 */
export const PROBLEM_CODES = {
  "file-not-found": "a file or a directory does not exist, or a directory holds nothing to read",
  "file-unreadable": "a file cannot be read: permissions, a directory in its place, a file system that does not answer",
  "file-not-written": "a file cannot be written, exists already, or was changed by another program in the meantime",
  "not-utf8": "a text is not UTF-8",
  "limit-exceeded": "something is too large, too many or nested too deeply",
  "program-failed": "a program on this machine cannot be run or fails: inventory script, editor, lookup `pipe`",
  "no-answer": "standard input ended, or cannot be read, before a question was answered",

  "yaml-syntax": "a text is not YAML, or its tags, aliases or merge keys are not valid",
  "inventory-syntax": "a line, a range or the JSON of an inventory is not valid",
  "keepalived-syntax": "the form of a keepalived.conf is not valid: braces, quotes, length of lines",
  "template-syntax": "a template or an expression is not valid",
  "unknown-key": "a key, a keyword or an argument is not known at this place",
  "missing-key": "a key or an argument is missing",
  "duplicate-key": "a key, an argument or a variable is given twice",
  "invalid-value": "a value has the wrong type or is not allowed here",
  "ambiguous-value": "a value or a key without quotes is read as something else than its text",
  "invalid-name": "a name of a variable, a host or a group is reserved or not valid",
  conflict: "two things exclude each other, or have the same name",
  cycle: "variables, groups or jump hosts lead back to themselves",
  unused: "nothing uses a file of variables or a handler",
  "not-supported": "Ansible has it, dsrctl does not",

  "undefined-variable": "a variable, or a part of its value, does not exist",
  "template-error": "a template or an expression cannot be evaluated",

  "unknown-task-type": "a task names a task type that does not exist",
  "unknown-handler": "`notify` names a handler that is not declared",
  "unknown-tag": "no task has the tag",
  advice: "the arguments of a task are valid, but probably a mistake",

  "unknown-group": "a group is named, and defined nowhere",
  "unknown-host": "a pattern names or matches no host and no group of the inventory",
  "no-hosts": "no host is left: a group, a file or a pattern selects none, or `--limit` excludes all",
  "host-pattern": "a host pattern is not valid, or matches several hosts where one is needed",
  "connection-variable": "a connection variable has a wrong name, value or place",
  "private-key": "a private key does not exist, cannot be read, is no key, or other users can read it",
  "ssh-config": "the configuration of ssh is not valid, cannot be read, or has a setting that has no effect",

  "vault-password": "a vault password is missing, ambiguous, or weakly protected; its file or program gives none",
  "vault-decrypt": "no given password decrypts a vault",
  "vault-format": "encrypted text is damaged or misplaced, or a file is encrypted and must not be, or the reverse",
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;
