/** What a host itself says, and what it does when it lets nobody work, is told as it is: no guess in its place. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Unreachable } from "../../src/core/problem.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import { openShell } from "../../src/remote/shell/open-shell.ts";
import { sh } from "../../src/core/shell.ts";
import type { Become } from "../../src/core/target.ts";
import { sudoMissing } from "./accounts.ts";
import type { TestUser } from "./accounts.ts";
import { bundle } from "../cli/program.ts";
import { failureOf, unreachable } from "./faults.ts";
import { PASSWORD, root, rootBy } from "./kept.ts";
import { sshdMissing, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const FLOOD = "head -c 10000000 /dev/zero | tr '\\0' x";

const USERS: readonly TestUser[] = [
  { name: "floods", files: { ".bashrc": `${FLOOD}; echo\n` }, sudo: "nopasswd" },
  { name: "complains", files: { ".bashrc": `${FLOOD} >&2\n` }, password: PASSWORD, sudo: "password" },
  { name: "caged" },
  { name: "old", password: PASSWORD },
  { name: "noexec", sudo: ["Defaults:USER noexec", "USER ALL=(ALL) NOPASSWD: ALL"] },
];

const missing = sshdMissing ?? sudoMissing;

describe.skipIf(missing)(`what the host says${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    const matches = (accounts: ReadonlyMap<string, string>) => [
      `Match User ${accounts.get("caged")}`,
      `ChrootDirectory /tmp`,
    ];
    sshd = await startSshd({ users: USERS, matches, config: ["UsePAM yes", "PasswordAuthentication yes"] });
    execFileSync("chage", ["-E", "1", sshd.accounts.get("old")!]);
  });
  afterAll(() => sshd.stop());

  /** Why a first look comes to nothing. */
  const refusal = (name: string, become?: Become): Promise<Unreachable> =>
    unreachable(
      withTransport(targetOf(sshd, { user: sshd.accounts.get(name)! }), async (host) => {
        const shell = await openShell(host, become);
        const session = new ShellSession(shell, { shellSeconds: 30, lookSeconds: 30 });
        await session.run({ steps: [], looks: [{ id: "a", look: sh`true`, from: "host" }] });
      }),
    );

  it.each([
    ["floods", undefined, "shell", "the login of user `USER`"],
    ["complains", undefined, "shell", "the login of user `USER`"],
    ["floods", root, "sudo", "sudo to `root`"],
    ["complains", rootBy(PASSWORD), "sudo", "sudo to `root`"],
  ])("before the shell, without end: %s, become %j", async (name, become, stage, who) => {
    const error = await refusal(name, become);
    expect(error).toMatchObject({ stage });
    expect(error.message).toMatch(/ printed more than 2 MiB before \/bin\/sh began: `x{100,}…x+`$/);
    expect(error.message).toContain(who.replace("USER", sshd.accounts.get(name)!));
    expect(error.hint).toContain("prints without end");
  });

  it("nothing, and closes right after the login", async () => {
    const error = await refusal("caged");
    const user = sshd.accounts.get("caged")!;
    // What it had not read makes a reset of its end.
    expect(error.message.replace("reset", "closed")).toBe(
      `the host closed the connection right after user \`${user}\` had logged in`,
    );
    expect(error).toMatchObject({ stage: "connection" });
    expect(error.hint).toContain("ChrootDirectory");
  });

  it("of an account that has expired", async () => {
    const error = await failureOf(targetOf(sshd, { user: sshd.accounts.get("old")! }));
    expect(error).toMatchObject({ stage: "auth" });
    expect(error.message).toContain(
      "the host says: Your account has expired; please contact your system administrator",
    );
  });

  it("where sudo lets no program start", async () => {
    const error = await refusal("noexec", root);
    expect(error).toMatchObject({ stage: "sudo" });
    expect(error.message).toMatch(
      /^sudo to `root` lets \/bin\/sh start no program: `no temporary directory .*mktemp: Permission denied`$/,
    );
    expect(error.hint).toContain("NOEXEC");
  });
});

describe.skipIf(missing)("what this machine says", () => {
  it("with too many open files: not that permissions are wrong", async () => {
    const sshd = await startSshd();
    const program = bundle();
    const hosts = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `web${index}`,
        {
          ...{ ansible_host: "127.0.0.1", ansible_port: sshd.port, ansible_user: "root" },
          ansible_ssh_private_key_file: sshd.userKeyPath,
          ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts}`,
        },
      ]),
    );
    writeFileSync(join(sshd.dir, "hosts.json"), JSON.stringify({ all: { hosts } }));
    writeFileSync(join(sshd.dir, "site.yml"), "- hosts: all\n  tasks: [{ command: 'true' }]\n");
    const script = 'ulimit -n 40; exec "$@"';
    const words = ["-c", script, "sh", process.execPath, program.cli, "play", "site.yml", "-i", "hosts.json"];
    const { stdout, stderr } = spawnSync("/bin/sh", words, { cwd: sshd.dir, encoding: "utf8" });
    const said = stdout + stderr;
    expect(said).not.toContain("see its permissions");
    expect(said).not.toContain("bug");
    if (said.includes("open files")) expect(said).toContain("lower `--forks`");
    await sshd.stop();
    program.remove();
  });

  it("of a file whose directory may not be entered: not that it is missing", () => {
    const program = bundle();
    const dir = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
    mkdirSync(join(dir, "closed/files"), { recursive: true });
    writeFileSync(join(dir, "closed/files/a"), "a");
    writeFileSync(join(dir, "hosts.ini"), "here ansible_connection=local\n");
    const src = join(dir, "closed/files/a");
    writeFileSync(
      join(dir, "site.yml"),
      `- hosts: all\n  tasks: [{ file: { path: /tmp/never, src: ${src} } }, { command: "echo {{ lookup('file', '${src}') }}" }]\n`,
    );
    chmodSync(dir, 0o755);
    chmodSync(join(dir, "closed"), 0o700);
    const argv = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, program.cli];
    const words = [...argv, "play", "site.yml", "-i", "hosts.ini", "--check"];
    const { stdout, stderr } = spawnSync("setpriv", words, {
      cwd: dir,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    program.remove();
    expect(stdout + stderr).toContain("may not be read (permission denied)");
    expect(stdout + stderr).not.toMatch(/not found|bug/);
  });
});
