/** Why no shell came of a login, read from what the host printed. */
import { Unreachable } from "../failure.ts";
import type { ReachStage } from "../failure.ts";
import { inOneLine } from "./said.ts";
import type { Ended } from "./transport.ts";

interface Evidence {
  /** Who logged in. */
  readonly user: string;
  /** Who was to be become with sudo. */
  readonly become: string | undefined;
  readonly out: string;
  readonly err: string;
  /** Left out: it has not ended, only said nothing of its own. */
  readonly ended: Ended | undefined;
  /** For how long. */
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
    "see chage -l and passwd -S on the host",
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
    /parse error|syntax error|is world writable|is owned by uid/i,
    () => "sudoers on the host is not valid",
    "see visudo -c",
  ),
];

const LOGIN: readonly Sign[] = [
  sign(
    /account is currently not available|account is not available/i,
    ({ user }) => `user \`${user}\` has no login shell (nologin)`,
    "log in as another user, or give it a shell: usermod -s /bin/sh",
    "shell",
  ),
  sign(
    /password (?:has|is) expired|password change required|required to change your password/i,
    ({ user }) => `the password of user \`${user}\` has expired`,
    "log in by hand once and set a new one, or chage -M -1",
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

/** One line that says what is the matter, with a hint. */
export function shellFailure(evidence: Evidence): Unreachable {
  const said = `${evidence.err}\n${evidence.out}`;
  const signs = evidence.become === undefined ? LOGIN : [...LOGIN, ...SUDO];
  const found = signs.find(({ pattern }) => pattern.test(said));
  if (found !== undefined) return new Unreachable(found.stage, found.what(evidence), { hint: found.hint });
  return unnamed(evidence);
}

function unnamed({ user, become, out, err, ended, seconds }: Evidence): Unreachable {
  if (ended?.is === "lost") return new Unreachable("connection", ended.why);
  const said = inOneLine(err.trim() === "" ? out : err);
  const told = said === "" ? "and printed nothing" : `and printed \`${said}\``;
  const stage = become === undefined ? "shell" : "sudo";
  const whose = become === undefined ? `the login of user \`${user}\`` : `sudo to \`${become}\``;
  return new Unreachable(stage, `${whose} ${fate(ended, seconds)} before /bin/sh began, ${told}`, { hint: FORCED });
}

function fate(ended: Exclude<Ended, { is: "lost" }> | undefined, seconds: number | undefined): string {
  if (ended === undefined) return seconds === undefined ? "hung" : `hung for ${seconds} s`;
  return ended.is === "exit" ? `ended with code ${ended.code}` : `was killed by ${ended.signal}`;
}

const FORCED =
  "is there a forced command (ForceCommand, command= in authorized_keys), or an rc file that exits or waits?";
