/** A real sshd on loopback: its own configuration, host keys, user key and port, all in a temporary directory. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/remote/connect.ts";
import { addUser, removeUser } from "./accounts.ts";
import type { TestUser } from "./accounts.ts";
import type { Transport } from "../../src/remote/transport/transport.ts";
import type { Target } from "../../src/core/target.ts";

const SSHD = "/usr/sbin/sshd";

/** Why no sshd can be started here; undefined when one can. For `describe.skipIf(sshdMissing)`. */
export const sshdMissing: string | undefined =
  process.getuid?.() !== 0 ? "not root" : existsSync(SSHD) ? undefined : `${SSHD} is not installed`;

/** The release of the installed sshd: 902 for 9.2; 0 when there is none. */
export const sshdVersion: number = (() => {
  if (!existsSync(SSHD)) return 0;
  const { stderr } = spawnSync(SSHD, ["-V"], { encoding: "utf8" });
  const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 100 + Number(minor);
})();

/** It refuses for a while whoever failed to log in, and says no more why it takes no connection. */
export const punishes: boolean = sshdVersion >= 908;

export type HostKeyType = "ed25519" | "rsa" | "ecdsa";

export interface SshdOptions {
  readonly hostKeys?: readonly HostKeyType[];
  readonly maxSessions?: number;
  readonly maxStartups?: string;
  readonly forceCommand?: string;
  /** PerSourcePenalties, where sshd has them; `no` when left out, as most tests fail more often than users. */
  readonly penalties?: string;
  /** Shown before the login. */
  readonly banner?: string;
  /** Further lines for sshd_config; the first word on a matter counts, so these stand before the defaults. */
  readonly config?: readonly string[];
  /** Match blocks, given the accounts: they stand at the end. */
  readonly matches?: (accounts: ReadonlyMap<string, string>) => readonly string[];
  /** Put before the user's public key in authorized_keys, as `command="…"`. */
  readonly keyOptions?: string;
  /** Accounts made for this sshd and removed with it. */
  readonly users?: readonly TestUser[];
  readonly port?: number;
}

export interface Sshd {
  readonly port: number;
  /** The first host key as `[127.0.0.1]:PORT TYPE KEY`. */
  readonly hostKeyLine: string;
  readonly userKeyPath: string;
  /** A known_hosts file with all the host keys. */
  readonly knownHosts: string;
  readonly dir: string;
  readonly pid: number;
  /** Short name → account. */
  readonly accounts: ReadonlyMap<string, string>;
  /** What sshd logged so far (LogLevel VERBOSE). */
  log(): string;
  /** Waits until the log matches. */
  logged(pattern: RegExp): Promise<void>;
  stop(): Promise<void>;
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), "dsrctl-sshd-"));
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const types = options.hostKeys ?? ["ed25519"];
  for (const type of types) keygen(join(dir, `host_${type}`), type);
  keygen(join(dir, "id"), "ed25519");
  const prefix = options.keyOptions === undefined ? "" : `${options.keyOptions} `;
  writeFileSync(join(dir, "authorized_keys"), prefix + readFileSync(join(dir, "id.pub"), "utf8"));
  execFileSync("chmod", ["755", dir]);
  const accounts = new Map((options.users ?? []).map((user) => [user.name, addUser(user, dir)]));
  try {
    return await listen(dir, types, options, accounts);
  } catch (error) {
    accounts.forEach(removeUser);
    rmSync(dir, { recursive: true });
    throw error;
  }
}

async function listen(
  dir: string,
  types: readonly HostKeyType[],
  options: SshdOptions,
  accounts: ReadonlyMap<string, string>,
): Promise<Sshd> {
  const port = options.port ?? (await freePort());
  writeFileSync(join(dir, "sshd_config"), configuration(dir, port, types, options, accounts));
  // It ends with this process, whatever ends that.
  const argv = ["--pdeathsig", "KILL", SSHD, "-D", "-e", "-f", join(dir, "sshd_config")];
  const child = spawn("setpriv", argv, {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const logged = (pattern: RegExp) => untilLogged(child, () => log, pattern);
  await logged(/Server listening/);
  const lines = types.map((type) => `[127.0.0.1]:${port} ${publicKey(join(dir, `host_${type}.pub`))}`);
  writeFileSync(join(dir, "known_hosts"), `${lines.join("\n")}\n`);
  return {
    port,
    dir,
    accounts,
    logged,
    pid: child.pid!,
    hostKeyLine: lines[0]!,
    userKeyPath: join(dir, "id"),
    knownHosts: join(dir, "known_hosts"),
    log: () => log,
    stop: () => stop(child, dir, accounts),
  };
}

function untilLogged(child: ChildProcess, log: () => string, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!pattern.test(log())) return;
      child.stderr!.off("data", look);
      resolve();
    };
    child.stderr!.on("data", look);
    child.once("exit", (code) => reject(new Error(`sshd ended with code ${code}: ${log()}`)));
    look();
  });
}

async function stop(child: ChildProcess, dir: string, accounts: ReadonlyMap<string, string>): Promise<void> {
  const running = child.exitCode === null && child.signalCode === null;
  const gone = running ? once(child, "exit") : Promise.resolve();
  try {
    // The group: the listener and the processes of its connections.
    process.kill(-child.pid!, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  await gone;
  accounts.forEach(removeUser);
  rmSync(dir, { recursive: true, force: true });
}

function configuration(
  dir: string,
  port: number,
  types: readonly HostKeyType[],
  options: SshdOptions,
  accounts: ReadonlyMap<string, string>,
): string {
  const { banner, maxSessions, maxStartups, forceCommand } = options;
  if (banner !== undefined) writeFileSync(join(dir, "banner"), banner);
  return [
    ...(options.config ?? []),
    ...(banner === undefined ? [] : [`Banner ${join(dir, "banner")}`]),
    ...(maxSessions === undefined ? [] : [`MaxSessions ${maxSessions}`]),
    ...(maxStartups === undefined ? [] : [`MaxStartups ${maxStartups}`]),
    ...(forceCommand === undefined ? [] : [`ForceCommand ${forceCommand}`]),
    ...(punishes ? [`PerSourcePenalties ${options.penalties ?? "no"}`] : []),
    `ListenAddress 127.0.0.1:${port}`,
    ...types.map((type) => `HostKey ${join(dir, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(dir, "authorized_keys")}`,
    `PidFile ${join(dir, "pid")}`,
    "StrictModes no",
    "PermitRootLogin yes",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UseDNS no",
    "PrintMotd no",
    "LogLevel VERBOSE",
    "Subsystem sftp internal-sftp",
    ...(options.matches?.(accounts) ?? []),
    "",
  ].join("\n");
}

/** Makes a key pair without a passphrase, or with one. */
export function keygen(path: string, type: HostKeyType, passphrase = ""): void {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "dsrctl-test", "-f", path]);
}

/** `TYPE BASE64` of a `.pub` file. */
export function publicKey(path: string): string {
  return readFileSync(path, "utf8").split(" ").slice(0, 2).join(" ").trim();
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A target for a test's sshd: root, by key, strictly checked; `change` replaces what a test is about. */
export function targetOf(sshd: Sshd, change: Partial<Target> = {}): Target {
  return {
    name: "web1",
    connection: "ssh",
    address: "127.0.0.1",
    port: sshd.port,
    user: "root",
    password: undefined,
    keys: [sshd.userKeyPath],
    passphrase: undefined,
    agent: undefined,
    hostKeyAlias: undefined,
    hostKeys: "strict",
    knownHosts: [sshd.knownHosts],
    jump: [],
    proxyCommand: undefined,
    become: undefined,
    connectTimeout: 5,
    keepalive: { interval: 5, count: 3 },
    ...change,
  };
}

/** What a command printed and how it ended. */
export async function runOn(
  transport: Transport,
  command: string,
  input?: string | Uint8Array,
): Promise<{ readonly out: string; readonly err: string; readonly ended: string }> {
  const channel = await transport.exec(command);
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  channel.onData((chunk) => void out.push(chunk));
  channel.onError((chunk) => void err.push(chunk));
  if (input !== undefined) channel.write(input);
  channel.end();
  const ended = await channel.ended;
  const shown =
    ended.is === "exit" ? `exit ${ended.code}` : ended.is === "signal" ? ended.signal : `lost: ${ended.why}`;
  return { out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString(), ended: shown };
}

/** The argument lists of all processes, their words separated by NUL. */
export function commandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    });
}

/** Starts an sshd for some work and stops it, whatever comes of the work. */
export async function withSshd<T>(options: SshdOptions, work: (sshd: Sshd) => Promise<T>): Promise<T> {
  const sshd = await startSshd(options);
  try {
    return await work(sshd);
  } finally {
    await sshd.stop();
  }
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number | string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Connects, does the work, closes. */
export async function withTransport<T>(target: Target, work: (transport: Transport) => Promise<T>): Promise<T> {
  const transport = await connect(target, new AbortController().signal);
  try {
    return await work(transport);
  } finally {
    await transport.close();
  }
}
