/** Local accounts for tests, with or without sudo; made as root, removed afterwards. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why no account can be given sudo here; undefined when one can. */
export const sudoMissing: string | undefined = existsSync("/usr/sbin/visudo") ? undefined : "sudo is not installed";

export interface TestUser {
  /** A short name; the account's is in `Sshd.accounts`. */
  readonly name: string;
  readonly password?: string;
  readonly shell?: string;
  /** What sudoers says of the user, `USER` standing for the account; `nopasswd` and `password` stand for the usual rules. */
  readonly sudo?: "nopasswd" | "password" | readonly string[];
  /** Files in the home directory. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Makes an account. Its name, which is returned, tells whose it is, so that those of test runs that were killed can be removed. */
export function addUser(user: TestUser, dir: string): string {
  removeLeftovers();
  const account = `dsrctl-test-${process.pid}x${randomBytes(2).toString("hex")}-${user.name}`;
  const home = join(dir, `home-${user.name}`);
  // `*` as password: no password fits, and sshd does not take the account for locked.
  locked("useradd", ["-N", "-m", "-k", "/dev/null", "-d", home, "-s", user.shell ?? "/bin/bash", "-p", "*", account]);
  if (user.password !== undefined) locked("chpasswd", [], `${account}:${user.password}\n`);
  for (const [name, content] of Object.entries(user.files ?? {})) {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), content);
  }
  execFileSync("chown", ["-R", account, home]);
  if (user.sudo !== undefined) allowSudo(account, user.sudo, dir);
  return account;
}

function allowSudo(account: string, sudo: NonNullable<TestUser["sudo"]>, dir: string): void {
  const rules = { nopasswd: ["USER ALL=(ALL:ALL) NOPASSWD: ALL"], password: ["USER ALL=(ALL:ALL) ALL"] };
  const lines = typeof sudo === "string" ? rules[sudo] : sudo;
  const draft = join(dir, "sudoers");
  writeFileSync(draft, lines.map((line) => `${line.replaceAll("USER", account)}\n`).join(""), { mode: 0o440 });
  execFileSync("visudo", ["-c", "-q", "-f", draft]);
  copyFileSync(draft, sudoers(account));
  rmSync(draft);
}

function sudoers(account: string): string {
  return `/etc/sudoers.d/${account}`;
}

export function removeUser(account: string): void {
  rmSync(sudoers(account), { force: true });
  locked("userdel", ["-f", account]);
}

/** One at a time on this machine: useradd gives up at once when another holds its lock. */
function locked(program: string, args: readonly string[], input = ""): void {
  mkdirSync("/run/lock", { recursive: true });
  execFileSync("flock", ["/run/lock/dsrctl-test-users", program, ...args], { input, stdio: "pipe" });
}

function removeLeftovers(): void {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const found = /^(dsrctl-test-(\d+)x[^:]*):/.exec(line);
    if (found !== null && !existsSync(`/proc/${found[2]}`)) {
      try {
        removeUser(found[1]!);
      } catch {
        // Another run was quicker.
      }
    }
  }
}
