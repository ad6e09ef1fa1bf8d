/**
 * Sends some messages before the answer that a client usually waits for (a round trip each), and ignores some requests.
 *
 * This uses private parts of ssh2 (1.17). If one of them changes, the usual, slower way is used; the test that counts
 * round trips then fails. docs/decisions/0006-round-trips.md has the reasons and the measurements.
 */

import { createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** A key as ssh2 holds it; an agent's key has no private half. */
interface SigningKey {
  readonly type: string;
  readonly comment?: string;
  getPublicSSH(): Buffer;
  isPrivateKey(): boolean;
  getPrivatePEM(): string | null;
  sign(data: Buffer, hash?: string): Buffer | Error;
}

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;
type Handler = (protocol: Protocol, ...rest: readonly unknown[]) => void;

interface Protocol {
  authPK(user: string, key: SigningKey, algorithm: string | undefined, sign?: Sign): void;
  exec(channel: number, command: string, wantReply: boolean): void;
  readonly _handlers: Record<string, Handler>;
}

/** @param onKey gets each key that is shown to the host */
export function pipelineAuth(client: object, onKey?: (key: SigningKey) => void): void {
  const protocol = protocolOf(client);
  if (protocol === undefined) return;
  signUnasked(protocol, onKey);
  leaveHostKeys(protocol);
}

/** RFC 4252, section 7: asking first whether a key is acceptable only helps if signing is slow. */
function signUnasked(protocol: Protocol, onKey: ((key: SigningKey) => void) | undefined): void {
  const { authPK } = protocol;
  protocol.authPK = (user, key, algorithm, sign) => {
    onKey?.(key);
    authPK.call(protocol, user, key, algorithm, sign ?? signer(key, algorithm));
  };
}

const HASHES: ReadonlyMap<string | undefined, string> = new Map([
  ["rsa-sha2-512", "sha512"],
  ["rsa-sha2-256", "sha256"],
  ["ssh-rsa", "sha1"],
]);

/** `undefined` for an agent's key: the agent may ask its user, and must not do so for a key that the host refuses. */
function signer(key: SigningKey, algorithm: string | undefined): Sign | undefined {
  if (!key.isPrivateKey()) return undefined;
  return (data, done) => {
    const signature = key.type === "ssh-ed25519" ? signed(data, key) : key.sign(data, HASHES.get(algorithm));
    if (signature instanceof Error) throw signature;
    done(signature);
  };
}

const READ = new WeakMap<SigningKey, KeyObject>();

/**
 * ssh2 lets OpenSSL parse the key each time, which takes far longer than an Ed25519 signature: here it is parsed once.
 */
function signed(data: Buffer, key: SigningKey): Buffer | Error {
  const pem = key.getPrivatePEM();
  if (pem === null) return key.sign(data);
  const read = READ.get(key) ?? createPrivateKey(pem);
  READ.set(key, read);
  return sign(null, data, read);
}

/** ssh2 would let the host sign with each of its keys, but dsrctl does not use further host keys. */
function leaveHostKeys({ _handlers: handlers }: Protocol): void {
  const request = handlers["GLOBAL_REQUEST"];
  if (request === undefined) return;
  handlers["GLOBAL_REQUEST"] = (protocol, name, wantReply, ...rest) => {
    if (name !== "hostkeys-00@openssh.com" || wantReply === true) request(protocol, name, wantReply, ...rest);
  };
}

/**
 * The first channel of a connection to OpenSSH's sshd has number 0 there, so a command can follow the request to open
 * it. `open` makes ssh2 send that request. When the channel is open, ssh2's own command is suppressed, because it was
 * already sent.
 */
export function pipelineExec(client: object, command: string, open: () => void): void {
  const protocol = protocolOf(client);
  open();
  if (protocol === undefined) return;
  const { exec } = protocol;
  exec.call(protocol, 0, command, true);
  protocol.exec = (channel, ...rest) => {
    protocol.exec = exec;
    if (channel !== 0) exec.call(protocol, channel, ...rest);
  };
}

function protocolOf(client: object): Protocol | undefined {
  const { _protocol: protocol } = client as { readonly _protocol?: Partial<Protocol> };
  const known = [protocol?.authPK, protocol?.exec].every((each) => typeof each === "function");
  return known && typeof protocol?._handlers === "object" ? (protocol as Protocol) : undefined;
}
