/** A connection to a host over SSH. */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Unreachable } from "../../core/problem.ts";
import { openWithTimeout } from "../transport/deadline.ts";
import type { Deadlines } from "../transport/deadline.ts";
import type { Route } from "../transport/route.ts";
import { singleLine } from "../transport/sanitize.ts";
import { pipelineExec } from "./pipelining.ts";
import { SshChannel } from "./channel.ts";
import type { Loss } from "./channel.ts";
import type { Authenticated } from "./handshake.ts";
import type { Client, ClientChannel, SshError } from "./client.ts";
import type { Channel, Transport } from "../transport/transport.ts";
import type { Target } from "../../core/target.ts";
import type { GreetingStream } from "./greeting-stream.ts";

interface Made extends Authenticated {
  readonly route: Route;
  readonly deadlines: Deadlines;
  readonly connectedIn: number;
}

export class SshConnection implements Transport {
  readonly target: Target;
  readonly connectedIn: number;
  /** Settles when the connection has ended. */
  readonly gone: Promise<void>;
  readonly #client: Client;
  readonly #wire: GreetingStream;
  readonly #route: Route;
  readonly #deadlines: Deadlines;
  readonly #channels = new Set<SshChannel>();
  #watch: NodeJS.Timeout | undefined;
  #lost: string | undefined;
  /** A channel was requested. */
  #used = false;
  /** When a channel was last closed (performance.now). */
  #freed = -Infinity;
  #closing: Promise<void> | undefined;
  /** Something arrived after the login: a command's output, or its end. */
  #heard = false;
  #help: { readonly hint?: string } = {};
  #leave: () => void = () => undefined;

  constructor(target: Target, made: Made) {
    this.target = target;
    this.connectedIn = made.connectedIn;
    this.#client = made.client;
    this.#wire = made.wire;
    this.#route = made.route;
    this.#deadlines = made.deadlines;
    this.gone = new Promise((resolve) => (this.#leave = resolve));
    this.#client.on("error", (error: SshError) => this.#error(error));
    this.#client.on("close", () => this.#lose(CLOSED));
    if (this.#wire.destroyed) this.#lose(CLOSED);
  }

  /** Why the connection ended; undefined while it is open. */
  get lost(): string | undefined {
    return this.#lost;
  }

  async exec(command: string): Promise<Channel> {
    const stream = await this.#session(command);
    this.#listen(stream);
    const channel = new SshChannel(stream, () => this.#loss("the host ended the command without saying how"));
    this.#channels.add(channel);
    void channel.ended.then(() => {
      this.#channels.delete(channel);
      this.#freed = performance.now();
    });
    return channel;
  }

  /** Notes a sign of life after the login. */
  #listen(stream: ClientChannel): void {
    const heard = () => void (this.#heard = true);
    stream.once("data", heard);
    stream.stderr.once("data", heard);
    stream.once("exit", heard);
  }

  #loss(otherwise: string): Loss {
    return { why: this.#lost ?? otherwise, ...(this.#lost === undefined ? {} : this.#help) };
  }

  /** sshd counts a session a moment longer than its channel is open. */
  async #session(command: string): Promise<ClientChannel> {
    for (const pause of [20, 100, 400]) {
      try {
        return await this.#start(command);
      } catch (error) {
        const settling = performance.now() - this.#freed < 1000;
        if (!(settling && error instanceof Unreachable && error.stage === "channel")) throw error;
      }
      await sleep(pause);
    }
    return this.#start(command);
  }

  #start(command: string): Promise<ClientChannel> {
    const busy = this.#channels.size;
    const first = !this.#used && this.#wire.isOpenSsh;
    return this.#open(
      (done) => {
        const open = () => void this.#client.exec(command, done);
        if (first) pipelineExec(this.#client, command, open);
        else open();
      },
      (error) => refused(error, busy),
    );
  }

  /**
   * A TCP connection from this host to a target.
   * @throws Unreachable at stage `tcp`.
   */
  forward({ address, port }: Target): Promise<Duplex> {
    this.#heard = true;
    return this.#open(
      (done) => this.#client.forwardOut("127.0.0.1", 0, address, port, done),
      (error) => notForwarded(error, address, port),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#lost === undefined) {
      this.#lost = "closed";
      this.#client.end();
      await this.#wire.flushed(FLUSH);
      this.#finish();
    }
    await this.#route.release();
  }

  async #open(
    start: (done: (error: Error | undefined, stream: ClientChannel) => void) => void,
    fail: (error: SshError) => Unreachable,
  ): Promise<ClientChannel> {
    this.#mustStand();
    this.#used = true;
    const opening = new Promise<ClientChannel>((resolve, reject) => {
      start((error, stream) => (error === undefined ? resolve(stream) : reject(this.#failure(error, fail))));
    });
    try {
      const lost = this.gone.then(() => this.#mustStand()) as Promise<never>;
      const stream = await openWithTimeout(this.#deadlines, Promise.race([opening, lost]));
      if (this.#lost === undefined) this.#watch ??= this.#watchOver(this.target.keepalive);
      return stream;
    } catch (error) {
      opening.then(
        (stream) => stream.close(),
        () => undefined,
      );
      throw error instanceof Unreachable ? error : this.#unreachable();
    }
  }

  #failure(error: SshError, fail: (error: SshError) => Unreachable): Unreachable {
    return this.#lost === undefined && !this.#wire.destroyed ? fail(error) : this.#unreachable();
  }

  #mustStand(): void {
    if (this.#lost !== undefined) throw this.#unreachable();
  }

  #unreachable(): Unreachable {
    return new Unreachable("connection", this.#lost ?? CLOSED, this.#help);
  }

  #error(error: SshError): void {
    if (error.level === "client-socket") return this.#lose(SOCKET.get(String(error.code)) ?? singleLine(error.message));
    this.#lose(`the host broke the connection off: ${singleLine(error.message)}`);
  }

  /**
   * Each `interval` seconds of silence count one; ssh2 sends a keepalive request in the same rhythm. The count begins
   * with the first open channel: sshd answers nothing while PAM makes the session.
   */
  #watchOver({ interval, count }: Target["keepalive"]): NodeJS.Timeout | undefined {
    if (interval <= 0) return undefined;
    let before = this.#wire.progress;
    let silent = 0;
    return setInterval(() => {
      silent = this.#wire.progress === before ? silent + 1 : 0;
      before = this.#wire.progress;
      if (silent > count) this.#lose(`the host has been silent for ${interval * silent} s (keepalive)`);
    }, interval * 1000);
  }

  /** The end, for any reason; the first call counts. */
  #lose(why: string): void {
    if (this.#lost !== undefined) return;
    const early = !this.#heard && (why === CLOSED || why === RESET);
    if (early) this.#help = { hint: AFTER_LOGIN };
    const when = early ? ` right after user \`${this.target.user}\` had logged in` : "";
    this.#lost = `${why}${when}${this.#route.trouble()}`;
    this.#finish();
  }

  #finish(): void {
    clearInterval(this.#watch);
    // ssh2's own destroy() does nothing when the peer is gone, and the process would never end.
    this.#wire.destroy();
    // Output that has arrived is delivered first; ssh2 ends the channels of a closed socket in the same turn.
    setImmediate(() => this.#channels.forEach((channel) => channel.give(this.#loss("closed"))));
    this.#leave();
  }
}

const CLOSED = "the host closed the connection";
const RESET = "the host reset the connection";
const AFTER_LOGIN =
  "see sshd's log on the host (`journalctl -u ssh -u sshd`): ChrootDirectory, limits.conf, a PAM session module";

/** Milliseconds that the last bytes may take to be sent; a lost peer reads none. */
const FLUSH = 100;

const SOCKET: ReadonlyMap<string, string> = new Map([
  ["ECONNRESET", RESET],
  ["EPIPE", CLOSED],
  ["ETIMEDOUT", "the host no longer answers"],
  ["EHOSTUNREACH", "no route to the host any more"],
  ["ENETUNREACH", "there is no route to the host's network any more"],
]);

/** RFC 4254, section 5.1: 1 administratively prohibited, 2 connect failed, 4 resource shortage. */
function refused(error: SshError, busy: number): Unreachable {
  if (error.message.includes("Unable to exec")) {
    return new Unreachable("channel", `the host does not run commands for this user (${singleLine(error.message)})`, {
      hint: "see its sshd_config and authorized_keys",
    });
  }
  const what =
    busy === 0 ? "the host allows no session" : `the host allows no session beyond the ${busy} that are open`;
  const hint =
    busy === 0 ? "its sshd has MaxSessions 0, which allows forwarding only" : "raise MaxSessions in its sshd_config";
  return new Unreachable("channel", `${what} (${singleLine(error.message.replace("(SSH) ", ""))})`, { hint });
}

function notForwarded(error: SshError & { readonly reason?: unknown }, address: string, port: number): Unreachable {
  const prohibited = error.reason === 1;
  const words = singleLine(error.message.replace("(SSH) Channel open failure: ", ""));
  const said = prohibited ? `forwarding is prohibited there (${words})` : words;
  const hint = prohibited
    ? "see AllowTcpForwarding and PermitOpen in the jump host's sshd_config"
    : "check that the host is up, and the address as seen from the jump host";
  return new Unreachable("tcp", `it cannot connect to ${address}:${port}: ${said}`, { hint });
}
