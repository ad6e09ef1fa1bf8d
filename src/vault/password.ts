/** A vault password: what it opens and seals. AES-256 in counter mode under HMAC-SHA-256, keys by PBKDF2. */
import { createCipheriv, createDecipheriv, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { inspect, promisify } from "node:util";
import { REDACTED } from "../core/secret.ts";
import { formatEnvelope } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";

const derive = promisify(pbkdf2);

/** Ansible's: 10,000 rounds of SHA-256 for two keys of 32 bytes and the first counter. */
const ROUNDS = 10_000;
const SIZES = { cipher: 32, hmac: 32, iv: 16 } as const;
const SALT = 32;
const BLOCK = 16;

interface Keys {
  readonly cipher: Buffer;
  readonly hmac: Buffer;
  readonly iv: Buffer;
}

export class Password {
  /** The vault id that the user gave it; `default` when none. */
  readonly id: string;
  readonly #bytes: Buffer;
  /** Keys by salt: deriving them is slow on purpose. */
  readonly #keys = new Map<string, Promise<Keys>>();

  constructor(id: string, bytes: Uint8Array) {
    this.id = id;
    this.#bytes = Buffer.from(bytes);
  }

  /** The content; `undefined`: the HMAC says that the password is another, or the vault was altered. */
  async open({ salt, hmac, ciphertext }: Envelope): Promise<Buffer | undefined> {
    const keys = await this.#keysFor(salt);
    if (!timingSafeEqual(authentication(keys, ciphertext), hmac)) return undefined;
    const decipher = createDecipheriv("aes-256-ctr", keys.cipher, keys.iv);
    return unpadded(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  }

  /** The vault's text. @param id the label in its header; its own, unless another is given */
  async seal(content: Uint8Array, id = this.id): Promise<string> {
    const salt = randomBytes(SALT);
    const keys = await this.#keysFor(salt);
    const cipher = createCipheriv("aes-256-ctr", keys.cipher, keys.iv);
    const ciphertext = Buffer.concat([cipher.update(padded(content)), cipher.final()]);
    return formatEnvelope({ id, salt, hmac: authentication(keys, ciphertext), ciphertext });
  }

  /** Whether both are the same word. */
  equals(other: Password): boolean {
    return this.#bytes.length === other.#bytes.length && timingSafeEqual(this.#bytes, other.#bytes);
  }

  #keysFor(salt: Buffer): Promise<Keys> {
    const name = salt.toString("hex");
    const known = this.#keys.get(name) ?? keysOf(this.#bytes, salt);
    this.#keys.set(name, known);
    return known;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

async function keysOf(password: Buffer, salt: Buffer): Promise<Keys> {
  const { cipher, hmac, iv } = SIZES;
  const bytes = await derive(password, salt, ROUNDS, cipher + hmac + iv, "sha256");
  return {
    cipher: bytes.subarray(0, cipher),
    hmac: bytes.subarray(cipher, cipher + hmac),
    iv: bytes.subarray(cipher + hmac),
  };
}

function authentication({ hmac }: Keys, ciphertext: Buffer): Buffer {
  return createHmac("sha256", hmac).update(ciphertext).digest();
}

/** PKCS #7 (RFC 5652, 6.3): counter mode needs no padding, Ansible pads. */
function padded(content: Uint8Array): Buffer {
  const missing = BLOCK - (content.length % BLOCK);
  return Buffer.concat([content, Buffer.alloc(missing, missing)]);
}

function unpadded(content: Buffer): Buffer | undefined {
  const count = content.at(-1) ?? 0;
  const valid = count >= 1 && count <= BLOCK && content.subarray(-count).every((byte) => byte === count);
  return valid ? content.subarray(0, -count) : undefined;
}
