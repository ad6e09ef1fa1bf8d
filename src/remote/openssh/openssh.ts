/** A host over OpenSSH's own ssh: one connection (ControlMaster), and one `ssh -S` on it per command. */
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Unreachable } from "../../core/problem.ts";
import { withRetries } from "../transport/retry.ts";
import { openWithTimeout, withTimeout } from "../transport/deadline.ts";
import type { Deadlines } from "../transport/deadline.ts";
import type { FailedLogins, Terms } from "../transport/failed-logins.ts";
import { Log, OpenSshChannel } from "./channel.ts";
import { askedName, chainOf, openSshConfig } from "./config.ts";
import { openSshFailure, whereFailed } from "./failure.ts";
import { SshMessages } from "./messages.ts";
import { OpenSshTrace } from "./trace.ts";
import { joinLines } from "../transport/sanitize.ts";
import type { Channel, Transport } from "../transport/transport.ts";
import type { Target } from "../../core/target.ts";

const run = promisify(execFile);

/**
 * The connection ends with dsrctl, however dsrctl ends: a shell next to it waits for the end of a pipe that dsrctl
 * holds. If dsrctl writes a word into the pipe, the connection has already ended. The shell then kills nothing, because
 * the process number may belong to another process by now.
 */
const GUARDED = `
directory=$1
shift
{ read -r word <&3 || { kill -TERM $$; rm -rf -- "$directory"; }; } 3<&3 </dev/null >/dev/null 2>&1 &
exec ssh "$@" 3<&-
`;

/** @throws Unreachable; the signal's reason. */
export async function connectByOpenSsh(target: Target, why: string, terms: Terms): Promise<OpenSshConnection> {
  if ([target, ...target.jump].some(({ password }) => password !== undefined)) throw noPassword(why);
  const start = performance.now();
  return withRetries(() => attempt(target, terms, start), terms.signal, terms.trace);
}

function noPassword(why: string): Unreachable {
  const what = `\`ansible_password\` cannot be given to OpenSSH's ssh, which is the way to this host: ${why}`;
  return new Unreachable("auth", what, {
    hint: "log in with a key or a ticket, or remove the setting that requires OpenSSH",
  });
}

async function attempt(target: Target, terms: Terms, start: number): Promise<OpenSshConnection> {
  for (const each of chainOf(target)) terms.logins.mayTry(each);
  // The path of a socket can have 104 bytes, and ssh appends 17 for a while.
  const parent = tmpdir().length > 50 ? "/tmp" : tmpdir();
  const directory = await mkdtemp(join(parent, "dsrctl-ssh-"));
  const connection = new OpenSshConnection(target, directory, terms, start);
  try {
    await chmod(directory, 0o700);
    await connection.open(terms.signal);
    return connection;
  } catch (error) {
    terms.trace?.failed(error, start);
    await connection.close();
    throw error;
  }
}

export class OpenSshConnection implements Transport {
  readonly target: Target;
  connectedIn = 0;
  readonly #directory: string;
  readonly #deadlines: Deadlines;
  readonly #logins: FailedLogins;
  readonly #start: number;
  readonly #channels = new Set<OpenSshChannel>();
  #master: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  readonly #words: SshMessages;
  #lost: string | undefined;
  #count = 0;
  #closing: Promise<void> | undefined;

  constructor(target: Target, directory: string, { deadlines, logins, trace }: Omit<Terms, "signal">, start: number) {
    this.target = target;
    this.#directory = directory;
    this.#deadlines = deadlines;
    this.#logins = logins;
    this.#start = start;
    const traced = trace && new OpenSshTrace(trace, chainOf(target));
    this.#words = new SshMessages(traced && ((line) => traced.hear(line)));
  }

  /** @throws Unreachable; the signal's reason. */
  async open(signal: AbortSignal): Promise<void> {
    const config = join(this.#directory, "config");
    await writeFile(config, openSshConfig(this.target), { mode: 0o600 });
    const ready = this.#launch(config);
    const { dns, handshake, auth } = this.#deadlines;
    const seconds = (1 + this.target.jump.length) * (this.target.connectTimeout + dns + handshake + auth);
    const late = () => {
      const said = joinLines(this.#words.text);
      return new Unreachable("handshake", `ssh was not done within ${seconds} s${said === "" ? "" : `: ${said}`}`);
    };
    await withTimeout(seconds, signal, late, ready);
    this.connectedIn = performance.now() - this.#start;
  }

  /** Settles when the connection is ready: ssh runs the local command once the control socket exists. */
  #launch(config: string): Promise<void> {
    const options = [
      "ControlMaster=yes",
      `ControlPath=${this.#socket}`,
      "PermitLocalCommand=yes",
      "LocalCommand=echo up",
    ];
    const args = ["-F", config, ...options.flatMap((each) => ["-o", each]), "-N", "-T", "--", askedName(this.target)];
    const master = spawn("/bin/sh", ["-c", GUARDED, "dsrctl-ssh", this.#directory, ...args], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#master = master;
    const [, stdout, stderr, guard] = master.stdio as unknown as readonly [null, Readable, Readable, Writable];
    guard.on("error", () => undefined);
    stderr.on("data", (chunk: Buffer) => this.#words.add(chunk.toString("utf8")));
    const up = new Promise<void>((resolve) => stdout.once("data", () => resolve()));
    const fate = new Promise<string>((resolve) => {
      master.once("error", (error) => resolve(error.message));
      master.once("exit", () => guard.end("gone\n"));
      master.once("close", (code, name) => resolve(name === null ? `code ${code}` : `signal ${name}`));
    });
    this.#gone = fate.then((how) => this.#lose(how));
    return Promise.race([up, fate.then((how) => Promise.reject(this.#failure(how)))]);
  }

  get #socket(): string {
    return join(this.#directory, "s");
  }

  #failure(how: string): Unreachable {
    if (how === "code 127") return new Unreachable("proxy", "there is no OpenSSH client (ssh) on this machine");
    const chain = chainOf(this.target);
    const failed = chain.some((each) => this.#logins.failedAt(each));
    const failure = openSshFailure(this.target, this.#words.text, { fate: how, failed });
    this.#logins.note(whereFailed(chain, this.#words.text), failure);
    return failure;
  }

  #lose(how: string): void {
    const said = joinLines(this.#words.text);
    this.#lost ??= said === "" ? `ssh ended (${how})` : said;
  }

  async exec(command: string): Promise<Channel> {
    this.#mustStand();
    this.#count += 1;
    const pipe = join(this.#directory, `log-${this.#count}`);
    await run("mkfifo", ["-m", "600", pipe]);
    const log = new Log(pipe);
    const channel = new OpenSshChannel(this.#client(pipe, command), log, () => this.#lost);
    this.#channels.add(channel);
    void channel.ended.then(() => this.#channels.delete(channel));
    try {
      await openWithTimeout(this.#deadlines, channel.opened);
    } catch (error) {
      channel.kill();
      throw error;
    } finally {
      await unlink(pipe).catch(() => undefined);
    }
    return channel;
  }

  /** Never opens a connection of its own if the shared one is lost: its proxy command leads nowhere. */
  #client(pipe: string, command: string): readonly string[] {
    const options = ["ControlMaster=no", "ProxyCommand=false", "BatchMode=yes", "EscapeChar=none", "LogLevel=DEBUG2"];
    const own = ["-F", "none", "-S", this.#socket, "-E", pipe, "-T", ...options.flatMap((each) => ["-o", each])];
    return ["ssh", ...own, "--", askedName(this.target), command];
  }

  #mustStand(): void {
    if (this.#lost !== undefined) throw new Unreachable("connection", this.#lost);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#lost ??= "closed";
    const master = this.#master;
    if (master?.exitCode === null && master.signalCode === null) {
      master.kill("SIGTERM");
      const late = new AbortController();
      const ended = this.#gone.then(() => true);
      const gone = await Promise.race([ended, sleep(PATIENCE, false, { signal: late.signal })]);
      late.abort();
      if (!gone) master.kill("SIGKILL");
    }
    for (const channel of this.#channels) channel.kill();
    master?.stdout?.destroy();
    master?.stderr?.destroy();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Milliseconds that ssh has to end. */
const PATIENCE = 1000;
