/** What `command` and `shell` have in common: the guards that make them tasks with a state, and how they run. */
import { hostPath, secret, text, z } from "../../core/schema.ts";
import { call, lines, emptyScript, sh } from "../../core/shell.ts";
import type { Sh, ShFunction } from "../../core/shell.ts";
import { Blocked } from "../../core/task-type.ts";
import type { Advice, Output, TaskType } from "../../core/task-type.ts";

const path = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, "a path cannot hold NUL");

export const guardArgs = {
  creates: path
    .describe("A path, or a pattern of paths, that the command makes: when it is there, nothing is to be done.")
    .optional(),
  removes: path
    .describe(
      "A path, or a pattern of paths, that the command takes away: when it is not there, nothing is to be done.",
    )
    .optional(),
  unless: text
    .describe("A shell command that only reads: when it ends with 0, nothing is to be done. Runs in a dry run, too.")
    .optional(),
  chdir: hostPath.describe("The directory it runs in; the guards, too.").optional(),
  stdin: secret
    .describe("Text for its standard input, which is otherwise empty. A newline is added; it is shown as dots.")
    .optional(),
};

const guards = z.object(guardArgs);
type Guards = z.infer<typeof guards>;

/** `due`: the guards let it run. `because`: the guard that says it need not. */
export interface GuardState {
  readonly due: boolean;
  readonly because?: string;
  readonly [key: string]: boolean | string | undefined;
}

export const GUARD_NOTES = `Without \`creates\`, \`removes\` or \`unless\` there is nothing to look at: it runs at every play, and
counts as changed each time unless \`changed_when\` says otherwise. With one of them it is a task like any other: looked
at, planned, and looked at again when it has run. Then the path that \`creates\` names must be there, the path that
\`removes\` names must be gone, and \`unless\` must end with 0. Else the task fails even though the command ended well.

Of what it prints the first 4 MiB are kept, of output and error output each; it runs on, and the result has \`truncated\`.

A relative path is one under \`chdir\`. The words of a command can be seen in the host's process list while it runs:
hand a secret over by \`stdin\`. What holds a secret is shown as dots; a result that repeats one is a secret itself.`;

/** The members of a task type that depend on nothing but the guards. */
export function guarded<Args extends Guards>(): Pick<
  TaskType<Args, GuardState>,
  "look" | "affectedByOtherHosts" | "read" | "want" | "diff" | "alwaysRuns"
> {
  return {
    look: (args) => (hasGuard(args) ? lookAtGuards(args) : emptyScript),
    affectedByOtherHosts: ({ unless }) => unless !== undefined,
    read: (seen, args) => (hasGuard(args) ? readGuards(seen, args) : { due: true }),
    want: () => ({ due: false }),
    alwaysRuns: (args) => !hasGuard(args),
  };
}

function hasGuard(args: Guards): boolean {
  return args.creates !== undefined || args.removes !== undefined || args.unless !== undefined;
}

/**
 * `guards [creates PATH] [removes PATH] [unless COMMAND]` prints the first guard that holds, or `due`. The empty IFS
 * lets a pattern expand without being split into words.
 */
const GUARDS: ShFunction = {
  name: "guards",
  leavesShellUnchanged: true,
  text: sh`there() { IFS=; set -- $1; unset IFS; [ -e "$1" ] || [ -L "$1" ]; }
holds() {
  case $1 in
  creates) there "$2" ;;
  removes) ! there "$2" ;;
  unless) /bin/sh -c "$2" >/dev/null 2>&1 ;;
  esac
}
guards() {
  while [ $# -gt 0 ]; do
    if holds "$1" "$2"; then echo "$1"; return; fi
    shift 2
  done
  echo due
}`.text(),
};

function lookAtGuards(args: Guards): Sh {
  const given = (["creates", "removes", "unless"] as const).flatMap((name) => {
    const value = args[name];
    return value === undefined ? [] : [name, value];
  });
  const look = call(GUARDS, given);
  if (args.chdir === undefined) return look;
  return lines([sh`cd ${args.chdir} 2>/dev/null || { echo no-directory; exit 0; }`, look]);
}

function readGuards(seen: Output, args: Guards): GuardState | Blocked {
  const word = seen.out.trim();
  if (word === "due") return { due: true };
  if (word === "creates" || word === "removes" || word === "unless") return { due: false, because: word };
  if (word === "no-directory") return new Blocked(`there is no directory \`${args.chdir ?? ""}\``);
  return new Blocked(`the guards could not be looked at: ${seen.err.trim() || `exit code ${seen.code}`}`);
}

/** Runs a command in its directory with its standard input. */
export function running(args: Guards, command: Sh): Sh {
  const fed = args.stdin === undefined ? command : sh`printf '%s\n' ${args.stdin} | ${command}`;
  return args.chdir === undefined ? fed : lines([sh`cd ${args.chdir}`, fed]);
}

/** The first line of a command, for reports. */
export function firstLine(command: string): string {
  const [first = "", ...others] = command.trim().split("\n");
  return others.length === 0 ? first : `${first} …`;
}

/** A command whose text is of no use without a guard, or that is another type's work. */
export function adviseCommand(command: string): readonly Advice[] {
  const known = BETTER.find(({ pattern }) => pattern.test(command));
  if (known === undefined) return [];
  return [{ path: [], message: known.message, help: known.help }];
}

const BETTER: readonly { readonly pattern: RegExp; readonly message: string; readonly help: string }[] = [
  {
    pattern: /\bsysctl\s+(-\S+\s+)*(-w|-p|--write|--load)\b/,
    message: "`sysctl -w` and `sysctl -p` are gone or unseen after a boot, and run at every play",
    help: "use the task type `sysctl`: it sets the value now and after a boot",
  },
  {
    pattern: /\bfirewall-cmd\b.*--(add|remove|set)-/,
    message: "`firewall-cmd` sets either the running or the permanent configuration, and runs at every play",
    help: "use `firewalld` or `firewalld_direct`: they see both and repair each alone",
  },
  {
    pattern: /\bipvsadm\s+(-C|--clear)\b/,
    message: "`ipvsadm -C` empties the live table, and keepalived does not fill it again",
    help: "restart keepalived after it, or leave the table to keepalived",
  },
  {
    pattern: /\bsystemctl\s+(start|stop|restart|reload|enable|disable)\b/,
    message: "`systemctl` run as a command is not looked at before or after",
    help: "use the task type `service`",
  },
];
