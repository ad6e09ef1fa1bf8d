/** From a stream to a connection with a checked host key and an authenticated user; every failure names its stage. */
import { unlessAborted } from "../../system/abort.ts";
import { Unreachable } from "../../core/problem.ts";
import { withTimeout } from "../transport/deadline.ts";
import type { Deadlines } from "../transport/deadline.ts";
import { hostKeyFailure } from "./host-key-failure.ts";
import { addKnownHost } from "./known-hosts.ts";
import type { KnownHost } from "./known-hosts.ts";
import type { Keys } from "./private-keys.ts";
import { BY_HAND, proxyEnded } from "../transport/proxy.ts";
import { dropped, isRefusal, refusal } from "../transport/refusal.ts";
import type { Route } from "../transport/route.ts";
import { singleLine } from "../transport/sanitize.ts";
import type { Trace } from "../transport/trace.ts";
import { AuthAttempt } from "./auth.ts";
import { HandshakeTrace } from "./handshake-trace.ts";
import type { Negotiated } from "./handshake-trace.ts";
import { createClient } from "./client.ts";
import type { Client, SshError } from "./client.ts";
import type { Target } from "../../core/target.ts";
import { GreetingStream } from "./greeting-stream.ts";

/** What is known before anything is sent. */
export interface Credentials {
  readonly keys: Keys;
  readonly known: KnownHost;
  /** Whether a login of this run failed there. */
  readonly failedBefore: () => boolean;
  readonly trace?: Trace | undefined;
}

export interface Authenticated {
  readonly client: Client;
  readonly wire: GreetingStream;
}

/**
 * Exchanges versions and keys, checks the host key, logs in.
 *
 * @throws Unreachable at stage `handshake`, `host-key`, `auth` or `proxy`; the signal's reason. The wire is destroyed
 * then.
 */
export async function handshake(
  target: Target,
  route: Route,
  means: Credentials,
  deadlines: Deadlines,
  signal: AbortSignal,
): Promise<Authenticated> {
  const wire = new GreetingStream(route.stream);
  const login = new AuthAttempt(target, means.keys, means.trace);
  const trace = means.trace && new HandshakeTrace(means.trace, wire);
  try {
    // In the same turn as the wire: a later listener misses a connection that is lost at once.
    const greeter = new Greeter(target, route, { wire, means, login, trace });
    await withTimeout(greeter.seconds(deadlines), signal, () => greeter.silent(deadlines), greeter.agreed);
    await unlessAborted(signal, greeter.remember());
    await withTimeout(deadlines.auth, signal, () => greeter.stuck(deadlines), greeter.ready);
    login.accepted();
    trace?.login(target.user);
    return { client: greeter.client, wire };
  } catch (error) {
    trace?.failed();
    wire.destroy();
    throw error;
  } finally {
    login.close();
  }
}

interface Parts {
  readonly wire: GreetingStream;
  readonly means: Credentials;
  readonly login: AuthAttempt;
  readonly trace: HandshakeTrace | undefined;
}

class Greeter {
  readonly client: Client;
  /** The host has proved its key, and the key is accepted. */
  readonly agreed: Promise<void>;
  readonly ready: Promise<void>;
  readonly #target: Target;
  readonly #route: Route;
  readonly #wire: GreetingStream;
  readonly #known: KnownHost;
  readonly #failedBefore: () => boolean;
  readonly #login: AuthAttempt;
  readonly #trace: HandshakeTrace | undefined;
  #stage: "handshake" | "auth" = "handshake";
  #refusal: Unreachable | undefined;
  #newKey: Buffer | undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(target: Target, route: Route, { wire, means, login, trace }: Parts) {
    this.#target = target;
    this.#route = route;
    this.#wire = wire;
    this.#known = means.known;
    this.#failedBefore = means.failedBefore;
    this.#login = login;
    this.#trace = trace;
    const failed = new Promise<never>((_, reject) => (this.#fail = reject));
    this.client = this.#dial();
    this.agreed = Promise.race([this.#once("handshake"), failed]);
    this.ready = Promise.race([this.#once("ready"), failed]);
    // If neither promise is awaited any more, the caller has reported another error.
    this.ready.catch(() => undefined);
    this.agreed.then(() => (this.#stage = "auth")).catch(() => undefined);
    this.client.on("close", () => void this.#closed());
    if (trace !== undefined) this.client.on("handshake", (agreed: Negotiated) => trace.agreed(agreed));
    this.client.on("banner", (text) => login.hear(text));
    this.client.on("banner", (text) => trace?.message(text));
    this.client.on("change password", () => this.#fail(login.passwordExpired()));
  }

  /** A proxy connects within the handshake's deadline. */
  seconds(deadlines: Deadlines): number {
    return deadlines.handshake + (this.#route.by === "command" ? this.#target.connectTimeout : 0);
  }

  /**
   * Writes down a new host's key, now that it is proved. @throws Unreachable if another key was written down meanwhile.
   */
  async remember(): Promise<void> {
    if (this.#newKey === undefined) return this.#trace?.trusted(undefined);
    const failure = hostKeyFailure(this.#target, this.#newKey, await addKnownHost(this.#target, this.#newKey));
    if (failure !== undefined) throw failure;
    this.#trace?.trusted(this.#target.knownHosts[0]);
  }

  silent(deadlines: Deadlines): Unreachable {
    const seconds = this.seconds(deadlines);
    if (this.#wire.said.length > 0) return this.#notSsh();
    if (this.#wire.greeting === "ssh")
      return new Unreachable("handshake", `the SSH handshake was not done within ${seconds} s`, { hint: OVERLOADED });
    const trouble = this.#route.trouble();
    if (this.#route.by === "command")
      return new Unreachable("proxy", `nothing came through the proxy command within ${seconds} s${trouble}`, {
        hint: BY_HAND,
      });
    const what = `the port is open, but no SSH version came within ${seconds} s`;
    return new Unreachable("handshake", what, { hint: OVERLOADED });
  }

  stuck(deadlines: Deadlines): Unreachable {
    const what = `the login was not done within ${deadlines.auth} s (${this.#trying()})`;
    return new Unreachable("auth", what, {
      hint: "the host's user database (LDAP, DNS, PAM) or the agent may be slow",
    });
  }

  #dial(): Client {
    return createClient({
      wire: this.#wire,
      user: this.#target.user,
      askEvery: this.#target.keepalive.interval * 1000,
      hostKeyAlgorithms: this.#known.algorithms,
      accept: (key) => this.#accept(key),
      onKey: this.#trace && ((key) => this.#login.shows(key)),
      nextAuth: (taken, partial) => this.#login.next(taken, partial),
      onError: (error) => this.#error(error),
    });
  }

  #once(event: "handshake" | "ready"): Promise<void> {
    return new Promise((resolve) => {
      if (event === "ready") this.client.once("ready", () => resolve());
      else this.client.once("handshake", () => resolve());
    });
  }

  #accept(key: Buffer): boolean {
    const accepted = this.#judge(key);
    this.#trace?.hostKey(key, accepted);
    return accepted;
  }

  #judge(key: Buffer): boolean {
    const verdict = this.#known.judge(key);
    // During a later key exchange the key must still be one that was accepted.
    if (this.#newKey?.equals(key) === true) return true;
    if (verdict.is === "new" && verdict.authority === undefined && this.#target.hostKeys === "accept-new") {
      this.#newKey = Buffer.from(key);
      return true;
    }
    this.#refusal = hostKeyFailure(this.#target, key, verdict);
    return this.#refusal === undefined;
  }

  #error(error: SshError): void {
    if (error.level === "agent") return this.#login.note(error.message);
    if (this.#refusal !== undefined) return this.#fail(this.#refusal);
    if (error.level === "client-authentication") return this.#authError(error);
    // The host's disconnect has a numeric code and its text as message; a dropped socket is reported by `close`.
    if (typeof error.code === "number") return this.#fail(this.#disconnected(error.message));
    const dropped = error.level === "client-socket" || error.message.startsWith("Connection lost");
    if (!dropped) this.#fail(this.#disagreed(error.message));
  }

  #authError(error: SshError): void {
    if (error.message.startsWith("All configured")) this.#fail(this.#login.failure());
    else this.#login.note(error.message);
  }

  #disconnected(said: string): Unreachable {
    if (this.#stage === "auth") return this.#login.disconnected(said);
    return new Unreachable("handshake", `the host aborted the handshake: ${singleLine(said)}`, { retry: true });
  }

  #disagreed(said: string): Unreachable {
    const hint = said.includes("no matching") ? NARROW : undefined;
    return new Unreachable("handshake", singleLine(said), hint === undefined ? {} : { hint });
  }

  async #closed(): Promise<void> {
    // A proxy's messages arrive on another pipe than the end of its output.
    await this.#route.ended();
    this.#fail(this.#refusal ?? this.#lost());
  }

  #lost(): Unreachable {
    const trouble = this.#route.trouble();
    if (this.#wire.said.length > 0 && this.#wire.greeting !== "ssh") return this.#notSsh();
    if (this.#route.by === "command" && this.#wire.greeting === "waiting") return proxyEnded(trouble);
    if (this.#stage === "auth") return this.#lostInLogin(trouble);
    const begun = this.#wire.greeting === "ssh";
    const what = `the host closed the connection ${begun ? "during" : "before"} the SSH handshake${trouble}`;
    return dropped(what, !begun && this.#failedBefore());
  }

  #lostInLogin(trouble: string): Unreachable {
    const what = `connection lost during the login (${this.#trying()})${trouble}`;
    return new Unreachable("auth", what, { hint: GRACE, retry: !this.#login.refused });
  }

  #trying(): string {
    const { trying, heard } = this.#login;
    return heard === "" ? trying : `${trying}; ${heard}`;
  }

  #notSsh(): Unreachable {
    const said = this.#wire.said;
    const text = said.toString("latin1");
    if (isRefusal(text)) return refusal(text, this.#failedBefore());
    const tls = said[0] !== undefined && said[0] >= 0x14 && said[0] <= 0x17 && said[1] === 3;
    const what = tls ? "a TLS record" : `\`${singleLine(text.split(/\r?\n/)[0] ?? "")}\``;
    return new Unreachable("handshake", `not an SSH server: it answered ${what}`, { hint: "check `ansible_port`" });
  }
}

const NARROW =
  "the host's sshd is older, or allows less, than dsrctl's own ssh knows: no SHA-1, DSA or host certificates, no key exchange against quantum " +
  "computers (sntrup761, mlkem768). OpenSSH's ssh may know it (`ssh -Q kex`, `ssh -Q key`): `ansible_connection: openssh` uses that";
const OVERLOADED = "sshd hangs or the host is overloaded: look at it from its console";
const GRACE = "check LoginGraceTime on the host, and whether it refuses this user's sessions";
