import { hostPath, z } from "../schema.ts";
import { sh } from "../sh.ts";
import { taskType } from "../task.ts";
import { adviseCommand, firstLine, GUARD_NOTES, guardArgs, guarded, running } from "./parts/guards.ts";
import type { GuardState } from "./parts/guards.ts";

const args = z.strictObject({
  cmd: z.string({ error: "expected text" }).trim().min(1, "the command is empty").describe("The command or script."),
  executable: hostPath.describe("The shell that runs it, with `-c`.").default("/bin/sh"),
  ...guardArgs,
});

type Args = z.infer<typeof args>;

/** Runs a shell command. */
export const shell = taskType<Args, GuardState>({
  kind: "shell",
  summary: "Runs a command through a shell.",
  notes: `The shell is the host's \`/bin/sh\` (dash on Debian, bash on RHEL); its exit code is that of its last command,
so begin a longer script with \`set -e\`.

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
  short: "cmd",
  label: (given) => firstLine(given.cmd),
  ...guarded<Args>(),
  act: (_delta, given) => running(given, sh`${given.executable} -c ${given.cmd}`),
  advise: (given) => adviseCommand(given.cmd),
});
