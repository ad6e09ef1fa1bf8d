/** The kept shell under a real sudo: who gets the password, and what is said when it does not work. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openShell } from "../../src/remote/shell/open-shell.ts";
import { sudoMissing } from "./accounts.ts";
import type { TestUser } from "./accounts.ts";
import { matching, unreachable } from "./faults.ts";
import { PASSWORD, SHELLS, answer, both, root, rootBy, shellName, visit } from "./kept.ts";
import { commandLines, runOn, sshdMissing, startSshd, targetOf, withSshd, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const USERS: readonly TestUser[] = [
  { name: "ops", sudo: "nopasswd" },
  { name: "alice", password: PASSWORD, sudo: ["Defaults:USER logfile=/run/USER.log", "USER ALL=(ALL) ALL"] },
  { name: "bob", password: PASSWORD },
  { name: "tty", sudo: ["Defaults:USER requiretty", "USER ALL=(ALL) NOPASSWD: ALL"] },
  { name: "pty", sudo: ["Defaults:USER use_pty", "USER ALL=(ALL) NOPASSWD: ALL"] },
  { name: "ptypw", password: PASSWORD, sudo: ["Defaults:USER use_pty, lecture=always", "USER ALL=(ALL) ALL"] },
  { name: "keep", password: PASSWORD, sudo: ["Defaults:USER timestamp_type=global", "USER ALL=(ALL) ALL"] },
  {
    name: "once",
    password: PASSWORD,
    sudo: ["Defaults:USER timestamp_timeout=0, passwd_tries=1", "USER ALL=(ALL) ALL"],
  },
  { name: "ls", sudo: ["USER ALL=(root) NOPASSWD: /bin/ls"] },
  { name: "noisy", password: PASSWORD, sudo: "password", files: { ".bashrc": "echo noise; echo more >&2; set -x\n" } },
  { name: "noisyn", sudo: "nopasswd", files: { ".bashrc": "echo noise; echo more >&2; set -x\n" } },
  { name: "hangs", password: PASSWORD, sudo: "password", files: { ".bashrc": "sleep 1000\n" } },
  ...SHELLS.map((shell): TestUser => ({ name: `n${shellName(shell)}`, shell, sudo: "nopasswd" })),
];

const missing = sshdMissing ?? sudoMissing;

describe.skipIf(missing)(`the kept shell under sudo${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let sshd: Sshd;
  const { as, ask, refusal } = visit(() => sshd);
  beforeAll(async () => {
    sshd = await startSshd({ users: USERS, maxStartups: "100" });
  });
  afterAll(async () => {
    rmSync(`/run/${sshd.accounts.get("alice")}.log`, { force: true });
    await sshd.stop();
  });

  describe("F34 sudo without a password", () => {
    it("costs no round trip of its own: the script goes at once", async () => {
      await as("ops", async (host) => {
        const shell = await openShell(host, root);
        expect(await answer(shell, "id -un\n")).toBe("root\n");
        expect(await shell.ended).toEqual({ is: "exit", code: 0 });
      });
    });

    it("becomes others than root", async () => {
      expect(await ask("ops", { user: "nobody", password: undefined }, "id -un\n")).toBe("nobody\n");
    });

    it("runs on a pty of sudo's (use_pty) with bytes as they are", async () => {
      expect(await ask("pty", root, "printf 'a\\r\\n\\001\\004b' | od -An -tx1\n")).toBe(" 61 0d 0a 01 04 62\n");
    });

    it.each([
      ["alice", "sudo wants the password of user `USER`: `sudo: a password is required`", "ansible_become_password"],
      ["bob", "sudo wants the password of user `USER`: `sudo: a password is required`", "NOPASSWD"],
      [
        "tty",
        "sudo wants a terminal for user `USER` (requiretty): `sudo: sorry, you must have a tty to run sudo`",
        "!requiretty",
      ],
    ])("says why it cannot: %s", async (name, message, hint) => {
      const error = await refusal(name, root);
      expect(error).toMatchObject({ stage: "sudo", message: message.replace("USER", sshd.accounts.get(name)!) });
      expect(error.hint).toContain(hint);
    });

    it("says that sudoers does not let it run a shell", async () => {
      const error = await refusal("ls", root);
      expect(error).toMatchObject({ stage: "sudo" });
      expect(error.message).toMatch(/does not let user `\S+` run \/bin\/sh as `root`|wants the password/);
    });

    it("says that the user to become is not there", async () => {
      expect(await refusal("ops", { user: "nosuchuser", password: undefined })).toMatchObject({
        stage: "sudo",
        message: matching(/^there is no user `nosuchuser` on the host: `sudo: unknown user:? nosuchuser`$/),
      });
    });

    it("takes no user name that a shell could read otherwise", async () => {
      for (const user of ["root; id", "$(id)", "-u", "a b", "", "ro'ot", "a\nb"]) {
        expect(await refusal("ops", { user, password: undefined })).toMatchObject({
          stage: "sudo",
          message: `\`${user}\` is no user name`,
        });
      }
    });

    it("takes a machine account's name under every shell", async () => {
      for (const name of ["ops", ...SHELLS.map((shell) => `n${shellName(shell)}`)]) {
        expect(await refusal(name, { user: "machine$", password: undefined })).toMatchObject({
          message: matching(/^there is no user `machine\$` on the host: `sudo: unknown user:? machine\$`$/),
        });
      }
    });

    it("says that there is no sudo, under every shell", async () => {
      const bin = join(sshd.dir, "bin");
      mkdirSync(bin);
      symlinkSync("/usr/bin/env", join(bin, "env"));
      const users = SHELLS.map((shell) => ({ name: shellName(shell), shell }));
      await withSshd({ users, config: [`SetEnv PATH=${bin}`] }, async (own) => {
        for (const user of own.accounts.values()) {
          const error = await withTransport(targetOf(own, { user }), async (host) => {
            const shell = await openShell(host, root);
            return shell.refusal(await shell.ended);
          });
          expect(error).toMatchObject({
            stage: "sudo",
            message: matching(/^there is no sudo on the host: `.*sudo.*`$/),
          });
        }
      });
    });
  });

  describe("F34 0.16 sudo with a password", () => {
    // A password that lands in the shell is run as a command, and the shell says that there is no such command.
    it("hands the password to sudo and nobody else: the shell's input begins behind it", async () => {
      const { out, err } = await as("alice", async (host) => both(await openShell(host, rootBy(PASSWORD)), "id -un\n"));
      expect([out, err]).toEqual(["root\n", ""]);
    });

    it.each(["ops", "noisyn"])("never sends it where sudo does not ask (NOPASSWD): %s", async (name) => {
      const { out, err } = await as(name, async (host) =>
        both(await openShell(host, rootBy("must-not-arrive")), "id -un\n"),
      );
      expect(out).toBe("root\n");
      expect(err).not.toMatch(/must-not-arrive|not found/);
    });

    it("asks although sudo remembers (timestamp_type=global), so it never lands in the shell", async () => {
      await as("keep", async (host) => {
        expect((await runOn(host, "sudo -S -v", `${PASSWORD}\n`)).ended).toBe("exit 0");
        expect((await runOn(host, "sudo -n id -u")).out).toBe("0\n");
        expect(await both(await openShell(host, rootBy(PASSWORD)), "id -un\n")).toEqual({ out: "root\n", err: "" });
        expect((await unreachable(openShell(host, rootBy("wrong")))).message).toMatch(/^sudo refused the password/);
      });
    });

    it("is not disturbed by lectures, by sudo's pty, by a noisy or tracing login", async () => {
      for (const name of ["ptypw", "noisy", "once"]) {
        const shell = await as(name, async (host) => both(await openShell(host, rootBy(PASSWORD)), "id -un\n"));
        expect(shell).toEqual({ out: "root\n", err: "" });
      }
    });

    it("that is wrong: sudo counts one attempt", async () => {
      const log = `/run/${sshd.accounts.get("alice")}.log`;
      rmSync(log, { force: true });
      await as("alice", async (host) => {
        await unreachable(openShell(host, rootBy("wrong")));
        await expect
          .poll(() => (existsSync(log) ? readFileSync(log, "utf8") : ""), { timeout: 5000 })
          .toMatch(/COMMAND/);
      });
      expect(readFileSync(log, "utf8").replaceAll(/\s+/g, " ")).toContain("1 incorrect password attempt ;");
      rmSync(log);
    });

    it.each(["alice", "once"])("that is wrong: one attempt, at once, and it is not shown (%s)", async (name) => {
      await as(name, async (host) => {
        const error = await unreachable(openShell(host, rootBy("wrong-secret")));
        expect(error).toMatchObject({ stage: "sudo", retry: false });
        expect(error.message).toBe(`sudo refused the password of user \`${sshd.accounts.get(name)}\``);
        expect(`${error.stack} ${error.hint}`).not.toContain("wrong-secret");
        expect((await runOn(host, "echo still here")).out).toBe("still here\n");
      });
    });

    it("of a user that is not in sudoers", async () => {
      expect(await refusal("bob", rootBy(PASSWORD))).toMatchObject({
        stage: "sudo",
        message: matching(
          new RegExp(
            `^user .${sshd.accounts.get("bob")}. may not use sudo \\(not in sudoers\\): .*not in the sudoers file`,
          ),
        ),
      });
    });

    it("with a line break is refused here", async () => {
      expect(await refusal("alice", rootBy("a\nb"))).toMatchObject({
        stage: "sudo",
        message: "the sudo password holds a line break",
      });
    });

    it("stands in no argument list on the host", async () => {
      await as("alice", async (host) => {
        const shell = await openShell(host, rootBy(PASSWORD));
        const argvs = commandLines();
        expect(argvs.filter((argv) => argv.includes("sudo") && argv.includes("dsrctl"))).not.toHaveLength(0);
        expect(argvs.filter((argv) => argv.includes(PASSWORD))).toEqual([]);
        shell.end();
        await shell.ended;
      });
    });

    it("F29 gives up when neither sudo nor the shell says anything", async () => {
      await as("hangs", async (host) => {
        const error = await unreachable(openShell(host, rootBy(PASSWORD), 1));
        expect(error).toMatchObject({
          stage: "sudo",
          message: "sudo neither asked for a password nor started within 1 s",
        });
      });
    });
  });
});
