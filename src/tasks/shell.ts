import { hostPath, z } from "../core/schema.ts";
import { program, sh } from "../core/shell.ts";
import { REDACTED, Secret } from "../core/secret.ts";
import type { Sh } from "../core/shell.ts";
import { taskType } from "../core/task-type.ts";
import { adviseCommand, firstLine, GUARD_NOTES, guardArgs, guarded, running } from "./parts/guards.ts";
import type { GuardState } from "./parts/guards.ts";

const args = z.strictObject({
  cmd: z
    .union([z.string().trim().min(1, "the command is empty"), z.instanceof(Secret)], {
      error: ({ input }) => (input === undefined ? "`cmd` is missing" : "expected text"),
    })
    .describe("The command or script."),
  executable: hostPath.describe("The shell that runs it, with `-c`.").default("/bin/sh"),
  ...guardArgs,
});

type Args = z.infer<typeof args>;

/** Runs a shell command. */
export const shell = taskType<Args, GuardState>({
  kind: "shell",
  summary: "Runs a command through a shell.",
  notes: `The shell is the host's \`/bin/sh\` (dash on Debian, bash on RHEL). Its exit code is that of its last command,
so begin a longer script with \`set -e\`.

A command with a secret in it, or one with \`no_log\`, is shown as dots. It reaches the shell as a file (\`/dev/fd/3\`)
and not as an argument, so that the host's process list does not have it. Arguments that the command itself hands to
programs are in that list while they run.

${GUARD_NOTES}`,
  examples: [
    `- name: the page that names the node
  shell:
    cmd: hostname >/var/www/html/node.txt
    creates: /var/www/html/node.txt`,
    `- name: swap is off
  shell:
    cmd: swapoff -a
    unless: test "$(wc -l </proc/swaps)" -le 1`,
  ],
  args,
  ...{ positionalArg: "cmd", secretUnderNoLog: "cmd" },
  label: ({ cmd }) => (cmd instanceof Secret ? REDACTED : firstLine(cmd)),
  returns: ({ cmd }) => ({ cmd }),
  ...guarded<Args>(),
  unboundedOutput: () => true,
  act: (_delta, given) => running(given, inShell(given)),
  advise: ({ cmd }) => (cmd instanceof Secret ? [] : adviseCommand(cmd)),
});

/** A secret is read from a pipe: arguments are there for every user to see. Standard input stays what it is. */
function inShell({ executable, cmd }: Args): Sh {
  if (!(cmd instanceof Secret)) return program([executable, "-c", cmd]);
  return sh`{ printf '%s\n' ${cmd} | { exec 3<&0 <&4 4<&-; ${executable} /dev/fd/3; }; } 4<&0`;
}
