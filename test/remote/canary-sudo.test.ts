/**
 * The password that sudo asks for, out of a vault: sudo gets it, and nobody else sees it, neither in the arguments and the
 * environment of any process, nor in what is said or logged on either side, whether it is right or wrong.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import { Password } from "../../src/vault/password.ts";
import { sudoMissing } from "./accounts.ts";
import { foundIn, watchedFor } from "./canaries.ts";
import { sshdMissing, startSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const CANARIES = { become: "become'canary$1d2e", wrong: "wrong-canary-3f4a", vaultPassword: "vault-canary-5b6c" };

const missing = sshdMissing ?? sudoMissing;

describe.skipIf(missing !== undefined)(`sudo's password${missing === undefined ? "" : ` (${missing})`}`, () => {
  let dir: string;
  let sshd: Sshd;
  let log: string;
  const vault = new Password("default", Buffer.from(CANARIES.vaultPassword));
  const sealed = async (text: string): Promise<string> =>
    `!vault |\n  ${(await vault.seal(Buffer.from(text))).trimEnd().replaceAll("\n", "\n  ")}\n`;

  beforeAll(async () => {
    const sudo = ["Defaults:USER logfile=/run/USER.log, use_pty", "USER ALL=(ALL) ALL"];
    sshd = await startSshd({ users: [{ name: "deploy", password: CANARIES.become, sudo }] });
    const account = sshd.accounts.get("deploy") ?? "";
    log = `/run/${account}.log`;
    dir = mkdtempSync(join(tmpdir(), "dsrctl-canary-sudo-"));
    const host = {
      ...{ ansible_host: "127.0.0.1", ansible_port: sshd.port, ansible_user: account },
      ...{ ansible_ssh_private_key_file: sshd.userKeyPath },
      ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts}`,
    };
    writeFileSync(join(dir, "hosts.yml"), JSON.stringify({ all: { hosts: { right: host, wrong: host } } }));
    writeFileSync(join(dir, "word"), CANARIES.vaultPassword, { mode: 0o600 });
    mkdirSync(join(dir, "host_vars"));
    for (const [name, text] of [
      ["right", CANARIES.become],
      ["wrong", CANARIES.wrong],
    ] as const)
      writeFileSync(join(dir, "host_vars", `${name}.yml`), `ansible_become_password: ${await sealed(text)}`);
    const tasks =
      "    - command: id -un\n      register: who\n    - shell: sleep 0.3; cat /proc/[0-9]*/cmdline | tr '\\0' ' '\n";
    writeFileSync(
      join(dir, "site.yml"),
      `- hosts: all\n  become: true\n  tasks:\n${tasks}    - assert: { that: ["who.stdout == 'root'"] }\n`,
    );
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(log, { force: true });
    rmSync(dir, { recursive: true });
  });

  async function play(...more: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
    let said = "";
    const never = new AbortController().signal;
    const code = await runCommand(
      ["play", "site.yml", "-i", "hosts.yml", "--vault-password-file", "word", ...more],
      "0",
      {
        out: (text) => void (said += text),
        err: (text) => void (said += text),
        ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir, stop: never, end: never },
      },
    );
    return { code, said };
  }

  /** What the hosts and this machine keep of it, files of ours aside. */
  function kept(): readonly string[] {
    const logs = [sshd.log(), existsSync(log) ? readFileSync(log, "utf8") : ""];
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files
      .filter(({ name }) => name !== "word")
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    return [...logs, ...texts].flatMap((text) => foundIn(CANARIES, text));
  }

  test.each([
    ["right", 0, []],
    ["right", 0, ["--diff", "-vvv"]],
    ["right", 0, ["--json", "-vvv"]],
    ["wrong", 4, []],
    ["wrong", 4, ["--json", "-vvv"]],
  ] as const)("that is %s (exit code %d) %s", { timeout: 60_000 }, async (name, wanted, more) => {
    rmSync(log, { force: true });
    const { result, seen, samples } = await watchedFor(CANARIES, () => play("-l", name, ...more));
    expect(result.code, result.said).toBe(wanted);
    expect(samples).toBeGreaterThan(3);
    expect([...seen]).toEqual([]);
    expect(foundIn(CANARIES, result.said), result.said).toEqual([]);
    // It was a real sudo that asked; one that was refused writes its line in its own time.
    const wrote = name === "right" ? /USER=root ;/ : /incorrect\s+password/;
    await expect.poll(() => (existsSync(log) ? readFileSync(log, "utf8") : ""), { timeout: 20_000 }).toMatch(wrote);
    expect(kept()).toEqual([]);
  });

  test("whose vault is opened by a program", { timeout: 60_000 }, async () => {
    writeFileSync(join(dir, "program"), `#!/bin/sh\ncat '${join(dir, "word")}'\nsleep 0.3\n`, { mode: 0o700 });
    const { result, seen } = await watchedFor(CANARIES, () => play("-l", "right", "--vault-id", "default@program"));
    expect(result.code, result.said).toBe(0);
    expect([...seen]).toEqual([]);
  });
});
