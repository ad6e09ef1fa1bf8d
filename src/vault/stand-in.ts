/** Passwords for a twin: each encrypted value becomes random text. */
import { createHmac } from "node:crypto";
import { parseEnvelope } from "./envelope.ts";
import type { Damage, Envelope } from "./envelope.ts";
import { Keyring } from "./keyring.ts";
import type { Opened, Unopened } from "./keyring.ts";
import { Password } from "./password.ts";

/** VRRP uses no more of a password. */
const LENGTH = 8;

/**
 * A value has the same text in every run with the same seed: a second play changes nothing. A file that is encrypted as
 * a whole stays locked, because the names of its variables are not known.
 */
export class StandInKeyring extends Keyring {
  readonly #seed: string;

  /** @param seed a secret of this machine */
  constructor(seed: string) {
    super([]);
    this.#seed = seed;
  }

  override open(envelope: Envelope): Promise<Opened> {
    const digest = createHmac("sha256", this.#seed)
      .update(envelope.salt)
      .update(envelope.ciphertext)
      .digest("base64url");
    const text = digest.replaceAll(/[^A-Za-z0-9]/g, "x").slice(0, LENGTH);
    const bytes = Buffer.from(text);
    return Promise.resolve({ bytes, password: new Password("twin", bytes) });
  }

  override read(text: string): Promise<Opened | Damage | Unopened> {
    const envelope = parseEnvelope(text);
    return Promise.resolve("message" in envelope ? envelope : { unopened: true, id: envelope.id });
  }

  override get help(): string {
    return "give `--with-secrets` and the vault password: the twin cannot know what is in an encrypted file";
  }
}
