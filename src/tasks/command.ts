import { z } from "../core/schema.ts";
import { Secret } from "../core/secret.ts";
import { program } from "../core/shell.ts";
import { taskType } from "../core/task-type.ts";
import type { Advice } from "../core/task-type.ts";
import { adviseCommand, GUARD_NOTES, guardArgs, guarded, running } from "./parts/guards.ts";
import type { GuardState } from "./parts/guards.ts";
import { splitWords, Unclosed } from "../text/shell-words.ts";

const word = z.union([z.string(), z.number().transform(String), z.instanceof(Secret)], { error: "expected a word" });

const args = z
  .strictObject({
    cmd: z
      .union([z.string(), z.instanceof(Secret)], { error: "expected text" })
      .describe("The command and its arguments in one line, split into words as a shell would; nothing is expanded.")
      .optional(),
    argv: z.array(word).min(1).describe("The command and its arguments, a word each, taken as they are.").optional(),
    ...guardArgs,
  })
  .superRefine((given, context) => {
    if ((given.cmd === undefined) === (given.argv === undefined)) {
      context.addIssue({ code: "custom", message: "give `cmd` or `argv`, one of them" });
    }
    const words = splitWords(textOf(given.cmd ?? "true"));
    if (words instanceof Unclosed) {
      context.addIssue({ code: "custom", path: ["cmd"], message: `the command ends in an open ${words.what}` });
    } else if (words.length === 0) {
      context.addIssue({ code: "custom", path: ["cmd"], message: "the command is empty" });
    }
  });

type Args = z.infer<typeof args>;

/** Runs a program without a shell. */
export const command = taskType<Args, GuardState>({
  kind: "command",
  summary: "Runs a program, without a shell in between.",
  notes: `\`|\`, \`>\`, \`$\` and \`*\` are characters like any other: \`shell\` is for those.

${GUARD_NOTES}`,
  examples: [
    `- name: the kernel's IPVS
  command:
    cmd: modprobe ip_vs
    creates: /proc/net/ip_vs`,
    `- name: how long the host is up
  command: uptime
  register: up
  changed_when: false`,
    `- name: what nginx is to read is valid
  command:
    argv: [nginx, -t, -c, /etc/nginx/nginx.conf]
  changed_when: false`,
  ],
  args,
  positionalArg: "cmd",
  label: (given) => wordsOf(given).join(" "),
  returns: (given) => ({ cmd: wordsOf(given) }),
  ...guarded<Args>(),
  unboundedOutput: () => true,
  act: (_delta, given) => running(given, program(wordsOf(given))),
  advise: (given) => [...adviseShell(given), ...adviseCommand(wordsOf(given).join(" "))],
});

/** Of a command that is a secret every word is one. */
function wordsOf({ argv, cmd = "" }: Args): readonly (string | Secret)[] {
  if (argv !== undefined) return argv;
  const words = splitWords(textOf(cmd));
  if (words instanceof Unclosed) return [];
  return cmd instanceof Secret ? words.map((each) => new Secret(each)) : words;
}

function textOf(cmd: string | Secret): string {
  return cmd instanceof Secret ? cmd.reveal() : cmd;
}

const FOR_SHELLS = /^(\||\|\||&&|&|;|[0-9]?[<>]{1,2}\S*)$/;

function adviseShell(given: Args): readonly Advice[] {
  const sign = wordsOf(given).find((each) => typeof each === "string" && FOR_SHELLS.test(each));
  if (given.cmd === undefined || sign === undefined) return [];
  return [
    { path: ["cmd"], message: `\`${String(sign)}\` is handed to the program as an argument`, help: "use `shell`" },
  ];
}
