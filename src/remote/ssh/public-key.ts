/** Finds the public half of a key, from either half on disk. */
import { readRegular } from "../../system/read-input.ts";

export interface PublicKey {
  /** `ssh-ed25519`, `sk-ssh-ed25519@openssh.com`, `ssh-rsa-cert-v01@openssh.com`. */
  readonly type: string;
  /** As it goes over the wire (RFC 4253, section 6.6). */
  readonly blob: Buffer;
}

/**
 * From a private key in OpenSSH's format (its public half is never encrypted), from a public key, or from the `.pub`
 * file next to it. `undefined` if there is none.
 */
export async function publicKey(path: string): Promise<PublicKey | undefined> {
  const [own, beside] = await Promise.all([read(path), read(`${path}.pub`)]);
  return (own === undefined ? undefined : (fromLine(own) ?? fromPrivate(own))) ?? fromLine(beside ?? "");
}

async function read(path: string): Promise<string | undefined> {
  return readRegular(path).then(
    ({ bytes }) => bytes.toString("latin1"),
    () => undefined,
  );
}

function fromLine(text: string): PublicKey | undefined {
  const match = /^\s*((?:ssh|ecdsa|sk)-\S+)\s+(AAAA[A-Za-z0-9+/=]+)/.exec(text);
  if (match === null) return undefined;
  return { type: match[1] ?? "", blob: Buffer.from(match[2] ?? "", "base64") };
}

const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");

/** PROTOCOL.key of OpenSSH: cipher, KDF, its options, how many keys, then the public one. */
function fromPrivate(text: string): PublicKey | undefined {
  const match = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text);
  const data = Buffer.from(match?.[1] ?? "", "base64");
  if (!data.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  let at = MAGIC.length;
  const next = (): Buffer => {
    const start = at + 4;
    at = start + (start <= data.length ? data.readUInt32BE(at) : data.length);
    return data.subarray(start, at);
  };
  for (let skipped = 0; skipped < 3; skipped += 1) next();
  at += 4;
  const blob = next();
  if (blob.length < 4 || at > data.length) return undefined;
  return { type: blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1"), blob };
}
