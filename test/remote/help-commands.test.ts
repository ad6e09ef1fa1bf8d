/**
 * Every command that a message tells people to run is run as it is written, in a home of its own, and does what it is for: no key
 * is lost by it. Those that cannot be run here stand in a list, with the reason.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import type { InputError, Problem } from "../../src/core/problem.ts";
import { readSource } from "../../src/files.ts";
import { keyProblem } from "../../src/inventory/keys.ts";
import { readSshConfig } from "../../src/ssh-config/config.ts";
import { readPassword } from "../../src/vault/sources.ts";
import { addUser, removeUser } from "./accounts.ts";
import { failureOf } from "./faults.ts";
import { commandsInHints } from "./hints.ts";
import { PASSWORD } from "./kept.ts";
import { sshdMissing, startSshd, targetOf, withTransport, runOn } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

/** `{}` stands for what is filled in. Each is tried below. */
const TRIED = [
  ...["chmod +x {}", "chmod -x {}", "chmod 600 {}", "chmod go-w {}", "iconv -f {} -t utf-8 {}"],
  ...[
    "ssh-add KEY",
    "ssh-keygen -p -f KEY",
    "ssh-keygen -t ed25519 -f NEW",
    "puttygen KEY -O private-openssh -o OPENSSH",
  ],
  ...["ssh-keygen -R {} -f {}", "ssh-keyscan -t {} -p {} {} >> {}", "echo {} >> {}", "ssh-copy-id {}", "ssh {}"],
  ...[
    "ssh -Q kex",
    "ssh -Q key",
    "ssh -G HOST",
    "ssh-keygen -L -f CERTIFICATE",
    "ssh-keygen -lf /etc/ssh/ssh_host_{}_key.pub",
  ],
  ...["ulimit -n", "ulimit -u", "chage -l USER", "passwd -S USER", "chage -E -1 USER", "chage -M -1 USER"],
  ...["usermod -s /bin/sh USER", "visudo -c"],
];

const ON_A_HOST = "it is about a host, which is not this machine";
const ELSEWHERE: Readonly<Record<string, string>> = {
  "ssh-keygen -A": "it makes keys in /etc/ssh of the machine that it runs on",
  "ssh-keygen -R HOST": "HOST is whatever ssh names; with a name and a file it is tried",
  "journalctl -u ssh": ON_A_HOST,
  "journalctl -u ssh -u sshd": ON_A_HOST,
  "firewall-cmd --check-config": ON_A_HOST,
  "firewall-cmd --get-services": ON_A_HOST,
  "kill -CONT {}": "the drills' tests stop and wake processes",
  "firewall-cmd --permanent --new-zone={}": ON_A_HOST,
  "keepalived --version": ON_A_HOST,
  "modprobe ip_vs": ON_A_HOST,
  "sysctl -p": "it is what not to do",
  "sysctl -w": "it is what not to do",
  "ipvsadm -C": "it is what not to do",
  "echo $BASHPID": "part of a look",
  "dsrctl --help": "test/cli runs it",
  "dsrctl COMMAND --help": "COMMAND is any; test/cli runs them",
  "dsrctl {} --help": "test/cli runs them",
  "dsrctl {} {}": "a verb and its usage; test/cli runs them",
  "dsrctl explain {}": "test/cli runs it",
  "dsrctl init --help": "test/cli runs it",
  "dsrctl lab down": "the lab's tests run it",
  "dsrctl lab up -i NAME": "the twin's tests run it",
  "dsrctl lab up -i {}": "the twin's tests run it",
  "dsrctl vault --help": "test/cli runs it",
  "dsrctl lab {} HOST": "the lab's tests run it",
  "dsrctl play {}": "test/cli runs plays",
  "dsrctl vault create FILE": "test/vault runs it",
  "dsrctl vault edit {}": "test/vault runs it",
  "dsrctl vault encrypt-string": "test/vault runs it",
  "dsrctl vault {} FILE": "test/vault runs them",
};

it("every command in the source's messages is tried here, or has a reason why not", () => {
  const found = commandsInHints();
  expect(found.filter((each) => !TRIED.includes(each) && ELSEWHERE[each] === undefined)).toEqual([]);
  expect([...TRIED, ...Object.keys(ELSEWHERE)].filter((each) => !found.includes(each))).toEqual([]);
});

let dir: string;
const path = (name: string): string => join(dir, name);

/** The command in a help, as it stands there. */
function commandIn(help: string | undefined, program: string): string {
  const found = [...(help ?? "").matchAll(/`([^`]+)`/g)]
    .map(([, text]) => text ?? "")
    .find((text) => text.startsWith(program));
  if (found === undefined) throw new Error(`no command in: ${help}`);
  return found;
}

/** As somebody would paste it; ssh's programs ask for passphrases and passwords by a program that knows them. */
function run(command: string, secret = "", env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path("askpass"), `#!/bin/sh\ncase $1 in *fingerprint*) echo yes ;; *) echo '${secret}' ;; esac\n`, {
    mode: 0o700,
  });
  const ask = { SSH_ASKPASS: path("askpass"), SSH_ASKPASS_REQUIRE: "force", DISPLAY: "none" };
  const options = {
    cwd: dir,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: dir, ...ask, ...env },
  } as const;
  const { status, stdout, stderr } = spawnSync("setsid", ["-w", "/bin/bash", "-c", command], options);
  return { code: status, said: `${command}\n${stdout}${stderr}` };
}

function good(command: string, secret?: string, env?: NodeJS.ProcessEnv): string {
  const { code, said } = run(command, secret, env);
  expect(code, said).toBe(0);
  return said;
}

const problemOf = (work: Promise<unknown>): Promise<Problem> =>
  work.then(
    () => Promise.reject(new Error("nothing was wrong")),
    (error: unknown) => (error as InputError).problems[0]!,
  );

const PLACE = { source: { file: "hosts", text: "x" }, start: 0, end: 1 };
/** What a shell would take apart. */
const ODD = "it's a $(key)";

beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "dsrctl-help-"))));
afterEach(() => rmSync(dir, { recursive: true }));

describe("of files", () => {
  it("chmod 600: a private key in the inventory, and at a host", async () => {
    for (const name of [ODD, "~/plain", `~/${ODD} too`]) {
      const real = name.startsWith("~/") ? path(name.slice(2)) : path(name);
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", real]);
      chmodSync(real, 0o644);
      good(commandIn((await keyProblem(name, real, { place: PLACE, orPublic: false }))?.help, "chmod"));
      expect(await keyProblem(name, real, { place: PLACE, orPublic: false })).toBeUndefined();
    }
  });

  it("chmod -x and 600: programs and files that hold a password", async () => {
    const file = path(ODD);
    writeFileSync(file, "secret\n", { mode: 0o700 });
    const source = { id: "default", from: { file: ODD }, by: "--vault-password-file" } as const;
    const means = { cwd: dir, ask: () => Promise.reject(new Error("asked")), warn: () => undefined };
    good(commandIn((await problemOf(readPassword(source, means))).help, "chmod -x"));
    await readPassword(source, means);
    chmodSync(file, 0o644);
    const warned: Problem[] = [];
    await readPassword(source, { ...means, warn: (problem) => warned.push(problem) });
    good(commandIn(warned[0]?.help, "chmod 600"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("chmod +x: an inventory that is a program", async () => {
    const script = "#!/bin/sh\necho '{}'\n";
    writeFileSync(path(ODD), script, { mode: 0o644 });
    const list = async () => {
      let err = "";
      const code = await runCommand(["inventory", "-i", ODD, "--list"], "0", {
        ...{ out: () => undefined, err: (text) => void (err += text), cwd: dir },
        ...{ isTTY: false, color: false, size: () => ({ columns: 200, rows: 24 }) },
        ...{ stop: new AbortController().signal, end: new AbortController().signal },
      });
      return { code, err };
    };
    good(commandIn((await list()).err, "chmod +x"));
    expect(await list()).toMatchObject({ code: 0 });
  });

  it("chmod go-w: a configuration of ssh's", async () => {
    const file = path(`config ${ODD}`);
    writeFileSync(file, "Port 7\n");
    chmodSync(file, 0o666);
    const files = [{ path: file, own: true, guarded: true }];
    good(commandIn((await readSshConfig({ files })).problems[0]?.help, "chmod"));
    expect((await readSshConfig({ files })).problems).toEqual([]);
  });

  it.each([
    ["latin1", Buffer.from([0x61, 0xe4])],
    ["utf-16", Buffer.from("\ufeffab", "utf16le")],
  ])("iconv: %s", async (_, bytes) => {
    writeFileSync(path(ODD), bytes);
    const problem = await problemOf(readSource(path(ODD)));
    good(`${commandIn(problem.help, "iconv")} >'new one'`);
    expect((await readSource(path("new one"))).text).toMatch(/^a[äb]$/);
  });
});

describe("of keys", () => {
  /** Fails before anything is sent. */
  const hintOf = async (name: string): Promise<string | undefined> =>
    (await failureOf({ ...TARGET, keys: [path(name)] })).hint;
  const TARGET = targetOf({ port: 1, userKeyPath: "", knownHosts: "" } as unknown as Sshd, { agent: undefined });
  const make = (name: string, ...more: readonly string[]) =>
    void execFileSync("ssh-keygen", ["-q", "-f", path(name), ...more]);

  it("ssh-add: an encrypted one", async () => {
    make(ODD, "-t", "ed25519", "-N", "open sesame");
    const command = commandIn(await hintOf(ODD), "ssh-add");
    expect(
      good(`eval "$(ssh-agent)" >/dev/null; ${command} && ssh-add -l; kill $SSH_AGENT_PID`, "open sesame"),
    ).toContain("ED25519");
  });

  it.each(["rsa", "ecdsa"])("ssh-keygen -p: %s in PKCS#8, which stays the same key", async (type) => {
    make(ODD, "-t", type, "-N", "");
    const publicHalf = () =>
      execFileSync("ssh-keygen", ["-y", "-f", path(ODD)], { encoding: "utf8" })
        .trim()
        .split(" ")[1];
    const before = publicHalf();
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "", "-m", "PKCS8", "-f", path(ODD)]);
    good(commandIn(await hintOf(ODD), "ssh-keygen"));
    expect(publicHalf()).toBe(before);
    // It is a key now: what is wrong is the port.
    expect((await failureOf({ ...TARGET, keys: [path(ODD)] })).stage).toBe("tcp");
  });

  const ED25519 =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIG5vdCBhIHNlY3JldCBvZiBhbnlib2R5LCByZWFsbHkh\n-----END PRIVATE KEY-----\n";

  it.each([
    ["that is cut off", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n"],
    ["of Ed25519 in PKCS#8", ED25519],
    ["that is none", "junk\n"],
  ])("ssh-keygen -t: instead of one %s, which stays as it is", async (_, text) => {
    writeFileSync(path(ODD), text, { mode: 0o600 });
    writeFileSync(path(`${ODD}.new`), "mine", { mode: 0o600 });
    good(commandIn(await hintOf(ODD), "ssh-keygen"));
    expect(readFileSync(path(ODD), "utf8")).toBe(text);
    expect(readFileSync(path(`${ODD}.new`), "utf8")).toBe("mine");
    expect((await failureOf({ ...TARGET, keys: [path(`${ODD}.new2`)] })).stage).toBe("tcp");
  });

  const puttygen = spawnSync("puttygen", ["--version"]).status === 0;
  it.skipIf(!puttygen)("puttygen: of PuTTY's version 3", async () => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path("id")]);
    const made = ["-O", "private", "--ppk-param", "version=3", "-o", path("id.ppk")];
    execFileSync("puttygen", [path("id"), ...made]);
    const before = readFileSync(path("id"), "utf8");
    good(commandIn(await hintOf("id.ppk"), "puttygen"));
    expect(readFileSync(path("id"), "utf8")).toBe(before);
    expect((await failureOf({ ...TARGET, keys: [path("id2")] })).stage).toBe("tcp");
  });

  it("puttygen: names a file that is not there yet", async () => {
    writeFileSync(path("id.ppk"), "PuTTY-User-Key-File-3: ssh-ed25519\n", { mode: 0o600 });
    expect(await hintOf("id.ppk")).toBe(`\`puttygen ${path("id.ppk")} -O private-openssh -o ${path("id")}\``);
    writeFileSync(path("id"), "");
    expect(await hintOf("id.ppk")).toContain(`-o ${path("id2")}`);
  });
});

describe.skipIf(sshdMissing !== undefined)("of hosts", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it("ssh-keyscan, echo and ssh-keygen -R: a host key that is new, and one that has changed", async () => {
    const known = path(ODD);
    const target = () => targetOf(sshd, { knownHosts: [known] });
    good(commandIn((await failureOf(target())).hint, "ssh-keyscan"));
    await withTransport(target(), () => Promise.resolve());
    writeFileSync(
      known,
      `[127.0.0.1]:${sshd.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPHyWqTw0cM5cxLGw3wYoT5SZQc3bTyYUOcuiRuKzTCx\n`,
    );
    good(commandIn((await failureOf(target())).hint, "ssh-keygen -R"));
    expect((await failureOf(target())).message).toContain("is not known");
    const alias = () => targetOf(sshd, { knownHosts: [known], hostKeyAlias: "other" });
    good(commandIn((await failureOf(alias())).hint, "echo"));
    await withTransport(alias(), () => Promise.resolve());
  });

  it("ssh-copy-id and ssh: a key for a user who has none there", async () => {
    const config = ["PasswordAuthentication yes", "AuthorizedKeysFile .ssh/authorized_keys"];
    const own = await startSshd({ users: [{ name: "ops", password: PASSWORD }], config });
    mkdirSync(path(".ssh"), { mode: 0o700 });
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path(".ssh/id_ed25519")]);
    const user = own.accounts.get("ops")!;
    const key = path(".ssh/id_ed25519");
    const target = () => targetOf(own, { user, keys: [key] });
    const copy = commandIn((await failureOf(target())).hint, "ssh-copy-id");
    expect(copy).toContain(`-p ${own.port} ${user}@127.0.0.1`);
    // ssh takes its files from the home of the user database.
    const root = `root:x:0:0:root:${dir}:/bin/sh\n`;
    writeFileSync(path("passwd"), readFileSync("/etc/passwd", "utf8").replace(/^root:.*\n/m, root));
    copyFileSync(own.knownHosts, path(".ssh/known_hosts"));
    const inside = (command: string) =>
      `unshare -m /bin/bash -c 'mount --bind "$0" /etc/passwd && eval "$1"' ${path("passwd")} ${JSON.stringify(command)}`;
    good(inside(copy), PASSWORD.replaceAll("'", "'\\''"));
    expect(await withTransport(target(), (host) => runOn(host, "id -un"))).toMatchObject({ out: `${user}\n` });
    expect(good(inside(`${copy.replace("ssh-copy-id", "ssh")} id -un`))).toContain(user);
    await own.stop();
  });

  it("asks of the installed ssh, and of certificates", () => {
    for (const command of ["ssh -Q kex", "ssh -Q key", "ssh -G HOST", "ulimit -n", "ulimit -u"]) good(command);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path("ca")]);
    execFileSync("ssh-keygen", ["-q", "-s", path("ca"), "-I", "x", path("ca.pub")]);
    good(`ssh-keygen -L -f ${path("ca-cert.pub")}`);
    copyFileSync(path("ca.pub"), path("ssh_host_ed25519_key.pub"));
    good(`ssh-keygen -lf ${path("ssh_host_ed25519_key.pub")}`);
  });

  it("of accounts, and of sudoers", () => {
    const user = addUser({ name: "aging", password: PASSWORD }, dir);
    try {
      for (const command of ["chage -l", "passwd -S", "chage -E -1", "chage -M -1", "usermod -s /bin/sh"]) {
        const words = `flock /run/lock/dsrctl-test-users ${command} ${user}`;
        good(words);
      }
      if (existsSync("/usr/sbin/visudo")) good("PATH=$PATH:/usr/sbin visudo -c");
    } finally {
      removeUser(user);
    }
  });
});
