/** Logging in at a real sshd: keys, agents, passwords, and what is said when the host takes none of it. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import type { Target } from "../../src/core/target.ts";
import { containing, failureOf } from "./faults.ts";
import { keygen, runOn, sshdMissing, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const PASSWORD = "correct horse ü €";

describe.skipIf(sshdMissing)(`logging in${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  let sshd: Sshd;
  const works = (target: Target) => withTransport(target, async (host) => (await runOn(host, "id -un")).out.trim());
  const path = (name: string) => join(sshd.dir, name);
  const withKey = (name: string, change: Partial<Target> = {}) => targetOf(sshd, { keys: [path(name)], ...change });
  beforeAll(async () => {
    sshd = await startSshd({
      config: ["PasswordAuthentication yes"],
      users: [{ name: "ops", password: PASSWORD }, { name: "bare" }],
    });
    keygen(path("stranger"), "ed25519");
    keygen(path("locked"), "ed25519", "open sesame");
    keygen(path("old"), "rsa", "open sesame");
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "open sesame", "-N", "open sesame", "-m", "PEM", "-f", path("old")]);
    keygen(path("pkcs8"), "rsa");
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "", "-m", "PKCS8", "-f", path("pkcs8")]);
    for (const name of ["locked", "old"])
      execFileSync("sh", ["-c", `cat ${path(name)}.pub >> ${path("authorized_keys")}`]);
  });
  afterAll(() => sshd.stop());
  const account = (name: string) => sshd.accounts.get(name)!;
  const failures = () => sshd.log().match(/^Failed (?!none)\S+ for/gm)?.length ?? 0;

  describe("with keys", () => {
    it.each(["ed25519", "rsa", "ecdsa"] as const)("of type %s", async (type) => {
      keygen(path(`a_${type}`), type);
      execFileSync("sh", ["-c", `cat ${path(`a_${type}`)}.pub >> ${path("authorized_keys")}`]);
      expect(await works(withKey(`a_${type}`))).toBe("root");
    });

    it("the second of two", async () => {
      expect(await works(targetOf(sshd, { keys: [path("stranger"), sshd.userKeyPath] }))).toBe("root");
    });

    it.each(["locked", "old"])("an encrypted one (%s) with its passphrase", async (name) => {
      expect(await works(withKey(name, { passphrase: new Secret("open sesame") }))).toBe("root");
    });

    it("an encrypted one without: named, before anything is sent", async () => {
      const error = await failureOf(withKey("locked", { port: 1 }));
      expect(error).toMatchObject({
        stage: "auth",
        message: `\`${path("locked")}\` is encrypted, and no passphrase is given`,
      });
      expect(error.hint).toBe(`add it to the agent: \`ssh-add ${path("locked")}\``);
    });

    it.each(["locked", "old"])("an encrypted one (%s) with a wrong passphrase, which is not shown", async (name) => {
      const error = await failureOf(withKey(name, { port: 1, passphrase: new Secret("abracadabra") }));
      expect(error).toMatchObject({ stage: "auth", message: `\`${path(name)}\` does not open with the passphrase` });
      expect(JSON.stringify({ ...error, message: error.message })).not.toContain("abracadabra");
    });

    it.each([
      ["that is missing", () => path("nowhere"), "there is no private key `PATH`"],
      ["that is the public half", () => `${path("stranger")}.pub`, "`PATH` is a public key"],
      ["that is a directory", () => "/etc/ssh", "`PATH` is a directory, not a private key"],
      [
        "that is no key",
        () => (writeFileSync(path("junk"), "junk\n", { mode: 0o600 }), path("junk")),
        "`PATH` is not a private key",
      ],
      ["in PKCS#8", () => path("pkcs8"), "`PATH` is in PKCS#8 format, which is not supported"],
      [
        "that others may read",
        () => (copyFileSync(path("stranger"), path("open")), chmodSync(path("open"), 0o644), path("open")),
        "the private key `PATH` is accessible to other users (mode 0644)",
      ],
    ])("a named one %s: named, before anything is sent", async (_, make, message) => {
      const key = make();
      const error = await failureOf(targetOf(sshd, { port: 1, keys: [key] }));
      expect(error).toMatchObject({ stage: "auth", retry: false });
      expect(error.message).toContain(message.replace("PATH", key));
      expect(error.hint).toBeDefined();
    });

    it("F24 refused: said which were tried, one attempt, no further try", async () => {
      const before = failures();
      const error = await failureOf(withKey("stranger"));
      expect(error).toMatchObject({ stage: "auth", retry: false });
      expect(error.message).toBe(
        `the host refused user \`root\` (tried: key ${path("stranger")}); it would take a password`,
      );
      expect(error.hint).toBe(
        `check the user (\`ansible_user\`); install the key: \`ssh-copy-id -p ${sshd.port} root@127.0.0.1\``,
      );
      expect(failures() - before).toBe(1);
    });
  });

  describe("with an agent", () => {
    let agent: ChildProcess;
    const socket = () => path("agent");
    const agentEnv = () => ({ ...process.env, SSH_AUTH_SOCK: socket() });
    const add = (file: string) => execFileSync("ssh-add", ["-q", file], { env: agentEnv(), stdio: "pipe" });
    beforeAll(async () => {
      agent = spawn("ssh-agent", ["-D", "-a", socket()], { stdio: ["ignore", "pipe", "ignore"] });
      await once(agent.stdout!, "data");
      add(sshd.userKeyPath);
    });
    afterAll(() => void agent.kill());

    it("that holds the key", async () => {
      expect(await works(withKey("stranger", { agent: socket() }))).toBe("root");
    });

    it("that holds an encrypted key open which is named", async () => {
      expect(await works(withKey("locked", { agent: socket() }))).toBe("root");
    });

    it("F25 that is gone: the other ways are used; without one, said which", async () => {
      const gone = path("gone");
      expect(await works(targetOf(sshd, { agent: gone }))).toBe("root");
      const error = await failureOf(withKey("stranger", { agent: gone }));
      expect(error.message).toContain(`the agent at \`${gone}\`: connect ENOENT `);
    });

    it("F25 that never answers: the login's deadline, and what it waited for", async () => {
      const server = createServer((socket) => socket.resume()).listen(path("mute"));
      const error = await failureOf(withKey("stranger", { agent: path("mute") }));
      await new Promise((resolve) => void server.close(resolve));
      expect(error).toMatchObject({ stage: "auth" });
      expect(error.message).toBe(`the login was not done within 2 s (trying the agent at ${path("mute")})`);
    });

    it("F22 that is slower than the host's LoginGraceTime", async () => {
      const own = await startSshd({ config: ["LoginGraceTime 1"] });
      const server = createServer((socket) => socket.resume()).listen(path("slow"));
      const error = await failureOf(targetOf(own, { keys: [path("stranger")], agent: path("slow") }), { auth: 5 });
      await own.stop();
      await new Promise((resolve) => void server.close(resolve));
      expect(error).toMatchObject({ stage: "auth", retry: false });
      expect(error.message).toContain(`connection lost during the login (trying the agent at ${path("slow")})`);
      expect(error.hint).toContain("LoginGraceTime");
    });

    it("F25 with twenty keys that the host does not know: too many, with the way out", async () => {
      execFileSync("ssh-add", ["-q", "-D"], { env: agentEnv(), stdio: "pipe" });
      for (let n = 0; n < 20; n += 1) {
        keygen(path(`many_${n}`), "ed25519");
        add(path(`many_${n}`));
      }
      const error = await failureOf(withKey("stranger", { agent: socket() }));
      expect(error).toMatchObject({ stage: "auth", retry: false });
      expect(error.message).toMatch(
        /^the host aborted the login: Too many authentication failures \(tried: key .*, the agent/,
      );
      expect(error.hint).toContain("IdentitiesOnly");
    });
  });

  describe("with a password", () => {
    const as = (name: string, change: Partial<Target> = {}, at = sshd) =>
      targetOf(at, { user: at.accounts.get(name)!, keys: [], offered: [], agent: undefined, ...change });
    const password = new Secret(PASSWORD);

    it("that is right", async () => {
      expect(await works(as("ops", { password }))).toBe(account("ops"));
    });

    it("F24 that is wrong: one attempt, and it is not shown", async () => {
      const before = failures();
      const error = await failureOf(as("ops", { password: new Secret("wrong-secret") }));
      expect(error).toMatchObject({ stage: "auth", retry: false });
      expect(error.message).toBe(`the host refused the password of user \`${account("ops")}\` (tried: the password)`);
      expect(failures() - before).toBe(1);
      expect(error.stack).not.toContain("wrong-secret");
    });

    it("that is not given: the host wants one, as such", async () => {
      const error = await failureOf(as("ops"));
      expect(error).toMatchObject({
        stage: "auth",
        message: `the host wants a password for user \`${account("ops")}\``,
      });
      expect(error.hint).toContain("`ansible_password`");
    });

    it("F24 where the host takes keys only", async () => {
      const own = await startSshd({ users: [{ name: "ops", password: PASSWORD }] });
      const error = await failureOf(as("ops", { password }, own));
      await own.stop();
      expect(error.message).toMatch(/^the host wants a key for user `\S+`, and there is none to give$/);
    });

    it("F24 an account without a password: refused", async () => {
      const error = await failureOf(as("bare", { password }));
      expect(error.message).toContain("refused the password");
    });

    describe("through PAM", () => {
      let pam: Sshd;
      beforeAll(async () => {
        const users = [
          { name: "ops", password: PASSWORD },
          { name: "two", password: PASSWORD },
          { name: "old", password: PASSWORD },
        ];
        const config = ["UsePAM yes", "KbdInteractiveAuthentication yes", "LogLevel DEBUG1"];
        const matches = (accounts: ReadonlyMap<string, string>) => [
          `Match User ${accounts.get("two")}`,
          "AuthenticationMethods publickey,keyboard-interactive",
        ];
        pam = await startSshd({ config, matches, users });
        execFileSync("chage", ["-d", "0", pam.accounts.get("old")!]);
      });
      afterAll(() => pam.stop());
      const requests = () =>
        pam
          .log()
          .match(/userauth-request for user \S+ service ssh-connection method \S+/g)
          ?.map((line) => line.split(" ").at(-1)) ?? [];

      it("F24 keyboard-interactive only", async () => {
        expect(await works(as("ops", { password }, pam))).toBe(pam.accounts.get("ops"));
      });

      it("F24 keyboard-interactive with a wrong password: asked once", async () => {
        const before = requests().length;
        const error = await failureOf(as("ops", { password: new Secret("wrong") }, pam), { auth: 10 });
        expect(error.message).toContain("refused the password");
        expect(requests().slice(before)).toEqual(["password", "keyboard-interactive"]);
      });

      it("a key and then a password, both wanted", async () => {
        expect(await works(as("two", { password, keys: [pam.userKeyPath] }, pam))).toBe(pam.accounts.get("two"));
      });

      it("F24 an expired one: said so", async () => {
        const error = await failureOf(as("old", { password }, pam), { auth: 10 });
        expect(error).toMatchObject({ stage: "auth", message: containing("has expired") });
      });
    });
  });
});
