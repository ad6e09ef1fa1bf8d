/** Finds out from a host's output why a login led to no shell. */
import { Unreachable } from "../../core/problem.ts";
import type { ReachStage } from "../../core/problem.ts";
import { joinLines, singleLine } from "../transport/sanitize.ts";
import type { Ended } from "../transport/transport.ts";

/**
 * `undefined`: it has not ended, and printed no line of its own in time. `flood`: it printed more than the limit before
 * that.
 */
export type ShellEnd = Ended | "flood" | undefined;

/** Bytes of either output that a login may print before the shell's first line. */
export const NOISE_LIMIT = 2 << 20;

interface Evidence {
  /** The login user. */
  readonly user: string;
  /** The user that sudo was to become. */
  readonly become: string | undefined;
  readonly out: string;
  readonly err: string;
  readonly end: ShellEnd;
  /** For how many seconds it has printed no line of its own, if it has not ended. */
  readonly seconds?: number | undefined;
}

interface Sign {
  readonly pattern: RegExp;
  readonly stage: ReachStage;
  readonly what: (evidence: Evidence) => string;
  readonly hint: string;
}

const NOPASSWD = "set `ansible_become_password`, or let sudoers say NOPASSWD for this user";

/** In the order in which they count; sudo speaks English because it is started with LC_ALL=C. */
const SUDO: readonly Sign[] = [
  sign(/a (?:terminal|password) is required/, ({ user }) => `sudo wants the password of user \`${user}\``, NOPASSWD),
  sign(
    /you must have a tty/,
    ({ user }) => `sudo wants a terminal for user \`${user}\` (requiretty)`,
    "in sudoers: Defaults:USER !requiretty",
  ),
  sign(
    /is not in the sudoers file|may not run sudo/,
    ({ user }) => `user \`${user}\` may not use sudo (not in sudoers)`,
    "add a rule under /etc/sudoers.d on the host, or log in as another user",
  ),
  sign(
    /is not allowed to execute/,
    ({ user, become }) => `sudo does not let user \`${user}\` run /bin/sh as \`${become ?? ""}\``,
    "the rule in sudoers must allow /bin/sh as that user (ALL=(ALL) ALL)",
  ),
  sign(/unknown user/, ({ become }) => `there is no user \`${become ?? ""}\` on the host`, "see `ansible_become_user`"),
  sign(
    /account validation failure|password expired|account or password is expired/i,
    ({ user }) => `sudo refuses user \`${user}\`: account or password expired, or locked`,
    "see `chage -l USER` and `passwd -S USER` on the host",
  ),
  sign(
    /(?:env: .*sudo|sudo: (?:command )?not found|unknown command.*sudo)/i,
    () => "there is no sudo on the host",
    "install it, or log in as root without become",
  ),
  sign(
    /effective uid is not 0|setuid|no new privileges/i,
    () => "sudo on the host cannot become root",
    "see its permissions (4755 root) and the mount options of its file system",
  ),
  sign(
    /\bmktemp: (?:Permission denied|Operation not permitted)/,
    ({ become }) => `sudo to \`${become ?? ""}\` lets /bin/sh start no program`,
    "NOEXEC in sudoers does that (sudoers(5)): write `Defaults:USER !noexec`, or `EXEC:` before the command",
  ),
  sign(
    /parse error|syntax error|is world writable|is owned by uid/i,
    () => "sudoers on the host is not valid",
    "see `visudo -c` on the host",
  ),
];

const LOGIN: readonly Sign[] = [
  sign(
    /account (?:has|is) expired|account expired/i,
    ({ user }) => `the account of user \`${user}\` has expired`,
    "see `chage -l USER` on the host; `chage -E -1 USER` takes the date away",
    "auth",
  ),
  sign(
    /account is currently not available|account is not available/i,
    ({ user }) => `user \`${user}\` has no login shell (nologin)`,
    "log in as another user, or give it a shell: `usermod -s /bin/sh USER`",
    "shell",
  ),
  sign(
    /password (?:has|is) expired|password change required|required to change your password/i,
    ({ user }) => `the password of user \`${user}\` has expired`,
    "log in by hand once and set a new one, or `chage -M -1 USER`",
    "auth",
  ),
  sign(
    /allows sftp connections only/i,
    ({ user }) => `the host allows user \`${user}\` sftp only (ForceCommand internal-sftp)`,
    "log in as another user",
    "shell",
  ),
];

function sign(pattern: RegExp, what: Sign["what"], hint: string, stage: ReachStage = "sudo"): Sign {
  return { pattern, stage, what, hint };
}

/** One line that names the cause, with the host's own words, and a hint. */
export function shellFailure(evidence: Evidence): Unreachable {
  if (evidence.end === "flood") return flooded(evidence);
  const lines = `${evidence.err}\n${evidence.out}`.split(/[\r\n]+/);
  const signs = evidence.become === undefined ? LOGIN : [...LOGIN, ...SUDO];
  for (const { pattern, stage, what, hint } of signs) {
    const line = lines.find((each) => pattern.test(each));
    if (line !== undefined)
      return new Unreachable(stage, `${what(evidence)}: \`${singleLine(line)}\``, {
        hint: hint.replaceAll("USER", () => evidence.user),
      });
  }
  return unnamed(evidence);
}

function unnamed(evidence: Evidence): Unreachable {
  const { out, err, end } = evidence;
  const said = joinLines(err.trim() === "" ? out : err);
  const told = said === "" ? "and printed nothing" : `and printed \`${said}\``;
  if (end !== undefined && end !== "flood" && end.is === "lost")
    return new Unreachable("connection", said === "" ? end.why : `${end.why}; the host ${told.slice(4)}`, hintOf(end));
  return new Unreachable(
    stageOf(evidence),
    `${whose(evidence)} ${fate(end, evidence.seconds)} before /bin/sh began, ${told}`,
    {
      hint: FORCED,
    },
  );
}

function flooded(evidence: Evidence): Unreachable {
  const { out, err } = evidence;
  const said = singleLine(err.length > out.length ? err : out);
  const what = `${whose(evidence)} printed more than ${NOISE_LIMIT >> 20} MiB before /bin/sh began: \`${said}\``;
  return new Unreachable(stageOf(evidence), what, { hint: ENDLESS });
}

function stageOf({ become }: Evidence): ReachStage {
  return become === undefined ? "shell" : "sudo";
}

function whose({ user, become }: Evidence): string {
  return become === undefined ? `the login of user \`${user}\`` : `sudo to \`${become}\``;
}

function hintOf({ hint }: { readonly hint?: string }): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function fate(end: ShellEnd, seconds: number | undefined): string {
  if (end === undefined || end === "flood" || end.is === "lost")
    return seconds === undefined ? "hung" : `hung for ${seconds} s`;
  return end.is === "exit" ? `ended with code ${end.code}` : `was killed by ${end.signal}`;
}

const ENDLESS = "look for a login shell or an rc file that prints without end";
const FORCED =
  "look for a forced command (ForceCommand, command= in authorized_keys), or an rc file that exits or waits";
