/** The only file that imports ssh2. A client cannot be made here without a check of host keys. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import ssh2 from "ssh2";
import type { Algorithms, AnyAuthMethod, Client, ClientChannel, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";
import { pipelineAuth } from "./pipelining.ts";
import type { GreetingStream } from "./greeting-stream.ts";

export type { AnyAuthMethod, Client, ClientChannel, ParsedKey };

/** The host key algorithms we take, best first: no SHA-1, no DSA (ssh2 has no certificates). */
export const HOST_KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const satisfies readonly ServerHostKeyAlgorithm[];

/**
 * The rest of what is offered, cheapest first (docs/decisions/0006-round-trips.md): no SHA-1, no compression. Every
 * sshd since RHEL 7's has one of each, also one in FIPS 140 mode (NIST's elliptic curves).
 */
const ALGORITHMS: Algorithms = {
  kex: [
    ...(["curve25519-sha256", "curve25519-sha256@libssh.org"] as const),
    ...(["ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"] as const),
    ...(["diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512"] as const),
    // The host's own group must be checked, which takes more than a second.
    "diffie-hellman-group-exchange-sha256",
  ],
  cipher: [
    ...(["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"] as const),
    "chacha20-poly1305@openssh.com",
  ],
  hmac: [
    ...(["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"] as const),
    ...(["hmac-sha2-256", "hmac-sha2-512"] as const),
  ],
  compress: ["none"],
};

export type HostKeyAlgorithm = (typeof HOST_KEY_ALGORITHMS)[number];

/** What is needed of a key of ssh2's. */
export interface TracedKey {
  readonly type: string;
  readonly comment?: string;
  getPublicSSH(): Buffer;
}

interface ClientOptions {
  readonly wire: GreetingStream;
  readonly user: string;
  /** Milliseconds between two keepalive requests. */
  readonly askEvery: number;
  /** Preferred first, so that the host shows the key that is known. */
  readonly hostKeyAlgorithms: readonly HostKeyAlgorithm[];
  /** Checks the host's key; called before the host has proved that it owns it. */
  readonly accept: (key: Buffer) => boolean;
  /** The next method to authenticate with, given those that the host still takes (undefined: it has not said). */
  readonly nextAuth: (taken: readonly string[] | undefined, partial: boolean) => AnyAuthMethod | undefined;
  /** Gets each key that is shown to the host, also those of the agent. */
  readonly onKey?: ((key: TracedKey) => void) | undefined;
  /** Every error of the client; ssh2 may emit several for one cause. */
  readonly onError: (error: SshError) => void;
}

/** The fields of ssh2's errors other than the message. */
export interface SshError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

/** Starts the version exchange on a wire. The caller destroys the wire; the client does not survive it. */
export function createClient(options: ClientOptions): Client {
  const client = new ssh2.Client();
  client.on("error", options.onError);
  client.connect({
    sock: options.wire,
    username: options.user,
    ident: "dsrctl",
    // Deadlines and liveness are dsrctl's; ssh2 only sends the requests.
    readyTimeout: 0,
    keepaliveInterval: options.askEvery,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    algorithms: { ...ALGORITHMS, serverHostKey: [...options.hostKeyAlgorithms] },
    hostVerifier: options.accept,
    authHandler: (taken: readonly string[] | null, partial, next) => {
      const method = options.nextAuth(taken ?? undefined, partial);
      // `false` ends it; ssh2's types do not contain this.
      next((method ?? false) as AnyAuthMethod);
    },
  });
  pipelineAuth(client, options.onKey);
  return client;
}

/** Which of an agent's keys the host is shown, by their public halves; the host may accept only a few tries. */
export interface Offer {
  /** Keys that are in files as well; these come first. */
  readonly first: readonly Buffer[];
  /** Only these keys, no others (IdentitiesOnly). */
  readonly only: boolean;
  /** Keys that were shown before. */
  readonly without: readonly Buffer[];
}

/**
 * An agent at a socket (draft-miller-ssh-agent) that can be left: one that never answers would keep the process from
 * ending.
 */
export class Agent extends ssh2.OpenSSHAgent {
  readonly #path: string;
  readonly #offer: Offer;
  readonly #sockets = new Set<Socket>();
  #listed: readonly Buffer[] = [];
  #shown = 0;

  constructor(path: string, offer: Offer) {
    super(path);
    this.#path = path;
    this.#offer = offer;
  }

  override getIdentities(done: IdentityCallback): void {
    super.getIdentities((error, keys) => {
      const { first, only, without } = this.#offer;
      const all = (keys ?? []).filter((key): key is ParsedKey => "getPublicSSH" in key);
      this.#listed = all.map((key) => key.getPublicSSH());
      const open = all.filter((key) => !isAmong(key, without));
      const others = only ? [] : open.filter((key) => !isAmong(key, first));
      const shown = [...open.filter((key) => isAmong(key, first)), ...others];
      this.#shown = shown.length;
      done(error, keys === undefined ? undefined : shown);
    });
  }

  /** How many of its keys the host is shown. */
  get shown(): number {
    return this.#shown;
  }

  /** Whether the agent listed the key, so that it was offered. */
  offered(key: ParsedKey): boolean {
    return isAmong(key, this.#listed);
  }

  override getStream(done: GetStreamCallback): void {
    const socket = connect(this.#path);
    this.#sockets.add(socket);
    socket.once("connect", () => done(undefined, socket));
    socket.on("error", (error) => done(error));
    socket.once("close", () => this.#sockets.delete(socket));
  }

  /** Ends a pending request. */
  close(): void {
    this.#sockets.forEach((socket) => socket.destroy());
  }
}

function isAmong(key: ParsedKey, allowed: readonly Buffer[]): boolean {
  const blob = key.getPublicSSH();
  return allowed.some((each) => each.equals(blob));
}

type IdentityCallback = Parameters<ssh2.OpenSSHAgent["getIdentities"]>[0];
type GetStreamCallback = Parameters<ssh2.OpenSSHAgent["getStream"]>[0];

/** A key, or why the bytes are not one. */
export function parseKey(text: Buffer, passphrase: string | undefined): ParsedKey | Error {
  const parsed: ParsedKey | readonly ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase);
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
}
