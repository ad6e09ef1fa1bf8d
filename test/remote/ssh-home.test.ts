/**
 * `~` where `$HOME` is not the home of the user database: of ssh's files the database's counts, as for ssh(1) itself; of all
 * others `$HOME`. The program runs in a mount namespace that has an /etc/passwd of its own.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../cli/program.ts";
import type { Program } from "../cli/program.ts";
import { sshdMissing, startSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

let sshd: Sshd;
let program: Program;
let dir: string;

const path = (name: string): string => join(dir, name);

/** A home with what ssh reads there, or with what must not be read. */
function home(name: string, port: number, files: Readonly<Record<string, string>>): void {
  mkdirSync(path(`${name}/.ssh`), { recursive: true, mode: 0o700 });
  const config = `Host web\n  HostName 127.0.0.1\n  User root\n  Port ${port}\n`;
  writeFileSync(path(`${name}/.ssh/config`), config, { mode: 0o600 });
  for (const [to, from] of Object.entries(files)) copyFileSync(from, path(`${name}/${to}`));
}

/** Runs a program where root's home is `dir/home`. */
function run(env: NodeJS.ProcessEnv, argv: readonly string[]) {
  const script = 'mount --bind "$0" /etc/passwd && exec "$@"';
  const words = ["-m", "/bin/sh", "-c", script, path("passwd"), ...argv];
  const options = { cwd: dir, encoding: "utf8", env: { PATH: process.env["PATH"], ...env } } as const;
  const { status, stdout, stderr } = spawnSync("unshare", words, options);
  return { code: status, said: stdout + stderr };
}

function play(env: NodeJS.ProcessEnv, variables: Readonly<Record<string, string>> = {}, as: readonly string[] = []) {
  writeFileSync(path("hosts.json"), JSON.stringify({ all: { hosts: { web: variables } } }));
  return run(env, [...as, process.execPath, program.cli, "play", "site.yml", "-i", "hosts.json"]);
}

describe.skipIf(sshdMissing !== undefined)("`~`", () => {
  beforeAll(async () => {
    sshd = await startSshd();
    program = bundle();
    dir = mkdtempSync(join(tmpdir(), "dsrctl-home-"));
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", path("locked")]);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path("stranger")]);
    const known = { ".ssh/known_hosts": sshd.knownHosts };
    home("home", sshd.port, { ...known, ".ssh/id_ed25519": path("locked"), ".ssh/id_rsa": sshd.userKeyPath });
    home("other", 1, { ".ssh/id_ed25519": path("stranger"), ".ssh/named": sshd.userKeyPath });
    home("whole", sshd.port, { ...known, ".ssh/id_rsa": sshd.userKeyPath });
    const root = `root:x:0:0:root:${path("home")}:/bin/sh\n`;
    writeFileSync(path("passwd"), readFileSync("/etc/passwd", "utf8").replace(/^root:.*\n/m, root));
    writeFileSync(path("site.yml"), "- hosts: all\n  tasks: [{ command: hostname }]\n");
  });
  afterAll(async () => {
    await sshd.stop();
    program.remove();
    rmSync(dir, { recursive: true });
  });

  it.each([
    ["of another directory", () => ({ HOME: path("other") })],
    ["that is not set", () => ({})],
    ["that is empty", () => ({ HOME: "" })],
  ])("ssh's own files are those of the user database, with a $HOME %s", (_, env) => {
    const ssh = ["ssh", "-o", "BatchMode=yes", "-o", "IdentityAgent=none", "web", "true"];
    expect(run(env(), ssh)).toMatchObject({ code: 0 });
    expect(play(env())).toMatchObject({ code: 0 });
  });

  it("the usual keys that cannot be used are passed over and mentioned", () => {
    rmSync(path("home/.ssh/id_rsa"));
    const { said } = play({ HOME: path("other") });
    copyFileSync(sshd.userKeyPath, path("home/.ssh/id_rsa"));
    expect(said).toContain(
      `the host wants a key for user \`root\`, and there is none to give (\`${path("home/.ssh/id_ed25519")}\` is encrypted, and no passphrase is given)`,
    );
  });

  it("in the arguments of ssh is the user database's, in Ansible's variable it is $HOME", () => {
    copyFileSync(path("stranger"), path("home/.ssh/named"));
    const env = { HOME: path("other") };
    const options = (key: string) => ({ ansible_ssh_common_args: `-o IdentitiesOnly=yes ${key}` });
    expect(play(env, options("-i ~/.ssh/named")).said).toContain(`tried: key ${path("home/.ssh/named")}`);
    expect(play(env, { ansible_ssh_private_key_file: "~/.ssh/named" })).toMatchObject({ code: 0 });
    const args = "-F ~/.ssh/config -o UserKnownHostsFile=~/.ssh/known_hosts";
    expect(play(env, { ansible_ssh_common_args: args })).toMatchObject({ code: 0 });
  });

  it("of a user whom the database does not know is $HOME", () => {
    execFileSync("chown", ["-R", "54321", path("whole")]);
    chmodSync(dir, 0o755);
    const as = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    const { code, said } = play({ HOME: path("whole") }, {}, as);
    expect(code, said).toBe(0);
  });
});
