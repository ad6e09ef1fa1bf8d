/**
 * What is sent before the answer that it is usually held back for (a round trip each), and what is not answered.
 *
 * These are private ends of ssh2 (1.17). Where one is not as it is known here, the usual, slower way is gone, which
 * the test that counts flights notices. docs/decisions/0006-round-trips.md has the reasons and the measurements.
 */

import { createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** A key as ssh2 holds it; one of an agent's has no private half. */
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

/** RFC 4252, section 7: asking first whether a key would do is for those to whom signing is dear. */
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

/** `undefined` for an agent's: it may ask its user, and may only for a key that will do. */
function signer(key: SigningKey, algorithm: string | undefined): Sign | undefined {
  if (!key.isPrivateKey()) return undefined;
  return (data, done) => {
    const signature = key.type === "ssh-ed25519" ? signed(data, key) : key.sign(data, HASHES.get(algorithm));
    if (signature instanceof Error) throw signature;
    done(signature);
  };
}

const READ = new WeakMap<SigningKey, KeyObject>();

/** ssh2 has OpenSSL read the key each time, which takes far longer than an Ed25519 signature: here it is read once. */
function signed(data: Buffer, key: SigningKey): Buffer | Error {
  const pem = key.getPrivatePEM();
  if (pem === null) return key.sign(data);
  const read = READ.get(key) ?? createPrivateKey(pem);
  READ.set(key, read);
  return sign(null, data, read);
}

/** ssh2 would have the host sign with each of its keys; nobody here wants to know of further ones. */
function leaveHostKeys({ _handlers: handlers }: Protocol): void {
  const request = handlers["GLOBAL_REQUEST"];
  if (request === undefined) return;
  handlers["GLOBAL_REQUEST"] = (protocol, name, wantReply, ...rest) => {
    if (name !== "hostkeys-00@openssh.com" || wantReply === true) request(protocol, name, wantReply, ...rest);
  };
}

/**
 * The first channel of a connection to an sshd of OpenSSH's is number 0 there: a command for it can follow the wish to
 * open it. `open` makes ssh2 send that wish; the command that it sends when the channel is open has been sent then.
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
