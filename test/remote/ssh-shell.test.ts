/** The kept shell at a real sshd, under every login shell there is here, with and without sudo. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openShell } from "../../src/remote/shell/open-shell.ts";
import { sudoMissing } from "./accounts.ts";
import type { TestUser } from "./accounts.ts";
import { matching, unreachable } from "./faults.ts";
import { PASSWORD, SHELLS, answer, refusalOf, root, rootBy, shellName, visit } from "./kept.ts";
import { sshdMissing, startSshd, targetOf, withSshd, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const USERS: readonly TestUser[] = [
  { name: "ops", sudo: "nopasswd" },
  { name: "exits", files: { ".bashrc": "exit 7\n" } },
  { name: "nologin", shell: "/usr/sbin/nologin" },
  { name: "false", shell: "/bin/false" },
  { name: "gone", shell: "/bin/gone" },
  ...SHELLS.map((shell): TestUser => ({ name: shellName(shell), shell, password: PASSWORD, sudo: "password" })),
  ...SHELLS.map((shell): TestUser => ({ name: `n${shellName(shell)}`, shell, sudo: "nopasswd" })),
];

const missing = sshdMissing ?? sudoMissing;

describe.skipIf(missing)(`the kept shell${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let sshd: Sshd;
  const { as, ask, refusal } = visit(() => sshd);
  beforeAll(async () => {
    sshd = await startSshd({ users: USERS, maxStartups: "100" });
  });
  afterAll(() => sshd.stop());

  it("is the login user's without become, and root's own when root becomes root", async () => {
    expect(await ask("ops", undefined, "id -un; echo $0\n")).toBe(`${sshd.accounts.get("ops")}\n/bin/sh\n`);
    expect(await ask("root", rootBy("unused"), "id -un\n")).toBe("root\n");
  });

  describe.each(SHELLS.map(shellName))("F30 0.17 under the login shell %s", (name) => {
    it("without become", async () => {
      expect(await ask(name, undefined, "id -un; echo $0\n")).toBe(`${sshd.accounts.get(name)}\n/bin/sh\n`);
    });

    it("under sudo, without a password", async () => {
      expect(await ask(`n${name}`, root, "id -un; echo $0\n")).toBe("root\n/bin/sh\n");
    });

    it("under sudo, with a password", async () => {
      expect(await ask(name, rootBy(PASSWORD), "id -un; echo $0\n")).toBe("root\n/bin/sh\n");
    });

    it("gets every byte of its script as it is", async () => {
      const script = Buffer.concat([
        Buffer.from("cat <<'E' | od -An -v -tx1 | tr -d ' \\n'\n"),
        ALL_BYTES,
        Buffer.from("\nE\n"),
      ]);
      for (const [user, become] of [
        [name, undefined],
        [`n${name}`, root],
        [name, rootBy(PASSWORD)],
      ] as const) {
        const out = await as(user, async (host) => answer(await openShell(host, become), script));
        expect(out).toBe(`${ALL_BYTES.toString("hex")}0a`);
      }
    });
  });

  describe("F31 no shell comes of it", () => {
    it.each([
      ["nologin", "shell", "user `USER` has no login shell (nologin): `This account is currently not available.`"],
      ["false", "shell", "the login of user `USER` ended with code 1 before /bin/sh began, and printed nothing"],
      ["exits", "shell", "the login of user `USER` ended with code 7 before /bin/sh began, and printed nothing"],
    ])("the login shell is %s", async (name, stage, message) => {
      expect(await refusal(name)).toMatchObject({ stage, message: message.replace("USER", sshd.accounts.get(name)!) });
    });

    it("the login shell is missing: sshd lets nobody in", async () => {
      const error = await unreachable(as("gone", () => Promise.resolve()));
      expect(error).toMatchObject({ stage: "auth", message: matching(/^the host refused user/) });
    });

    it.each([
      ["echo forced", "shell", "the login of user `root` ended with code 0 before /bin/sh began, and printed `forced`"],
      [
        "internal-sftp",
        "shell",
        "the host allows user `root` sftp only (ForceCommand internal-sftp): `This service allows sftp connections only.`",
      ],
    ])("ForceCommand %s", async (forceCommand, stage, message) => {
      await withSshd({ forceCommand }, async (own) => {
        const error = await withTransport(targetOf(own), async (host) => refusalOf(await openShell(host, undefined)));
        expect(error).toMatchObject({ stage, message });
        expect(error.hint).toBeDefined();
      });
    });

    it("`restrict` in authorized_keys does no harm", async () => {
      await withSshd({ keyOptions: "restrict" }, (own) =>
        withTransport(targetOf(own), async (host) => {
          expect(await answer(await openShell(host, undefined), "echo alive\n")).toBe("alive\n");
        }),
      );
    });

    it("F24 the password has expired: the key opens the door, but no shell comes", async () => {
      await withSshd({ config: ["UsePAM yes"], users: [{ name: "old", password: PASSWORD }] }, async (own) => {
        const user = own.accounts.get("old")!;
        execFileSync("chage", ["-d", "0", user]);
        const error = await withTransport(targetOf(own, { user }), async (host) => {
          const shell = await openShell(host, undefined);
          return shell.refusal(await shell.ended);
        });
        expect(error).toMatchObject({ stage: "auth" });
        expect(error.message).toMatch(
          new RegExp(`^the password of user .${user}. has expired: .*(?:expired|change your password)`),
        );
      });
    });
  });
});

/** All but NUL, which no shell takes, and newline. */
const ALL_BYTES = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1).filter((byte) => byte !== 10));
