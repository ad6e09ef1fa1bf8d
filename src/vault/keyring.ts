/** The vault passwords of a run, and what they open. */
import type { Problem } from "../core/problem.ts";
import { listNames } from "../text/suggest.ts";
import { parseEnvelope } from "./envelope.ts";
import type { Damage, Envelope } from "./envelope.ts";
import type { Password } from "./password.ts";

export interface Opened {
  readonly bytes: Buffer;
  /** The password that fitted. */
  readonly password: Password;
}

export class Keyring {
  /** In the order that they were given in. */
  readonly passwords: readonly Password[];

  constructor(passwords: readonly Password[]) {
    this.passwords = passwords;
  }

  /** Tries the passwords of the vault's own id first, then all others: an id is but a label. */
  async open(envelope: Envelope): Promise<Opened | undefined> {
    const own = this.passwords.filter(({ id }) => id === envelope.id);
    for (const password of [...own, ...this.passwords.filter(({ id }) => id !== envelope.id)]) {
      const bytes = await password.open(envelope);
      if (bytes !== undefined) return { bytes, password };
    }
    return undefined;
  }

  /** What to do if no password fits; `undefined`: give a password. */
  get help(): string | undefined {
    return undefined;
  }

  /** Opens the text of a vault. */
  async read(text: string): Promise<Opened | Damage | Unopened> {
    const envelope = parseEnvelope(text);
    if ("message" in envelope) return envelope;
    return (await this.open(envelope)) ?? { unopened: true, id: envelope.id };
  }
}

/** No password fits. */
export interface Unopened {
  readonly unopened: true;
  readonly id: string | undefined;
}

export const NO_PASSWORDS: Keyring = new Keyring([]);

const UNKNOWN_WHICH =
  "either the password is wrong or the vault was altered after it was encrypted: its checksum (HMAC) does not show which";

/** Why a vault stays closed, with what to do; the caller adds the place. @param what `\`secret.yml\``, `this value` */
export function unopenedProblem(what: string, id: string | undefined, { passwords, help }: Keyring): Problem {
  const ids = [...new Set(passwords.map((each) => each.id))];
  const label = id === undefined ? "" : ` (vault id \`${id}\`)`;
  const base = { severity: "error", code: "vault-decrypt", message: `cannot decrypt ${what}${label}` } as const;
  const give = `give \`--vault-id ${id ?? "default"}@FILE\`, \`--vault-password-file FILE\` or \`--ask-vault-password\``;
  if (passwords.length === 0)
    return { ...base, message: `${base.message}: no vault password was given`, help: help ?? give };
  if (id === undefined || ids.includes(id)) {
    return { ...base, message: `${base.message}: no given password opens it (${tried(ids)})`, note: UNKNOWN_WHICH };
  }
  const message = `${base.message}: no password was given for this id, and no other one opens it (${tried(ids)})`;
  return { ...base, message, help: give };
}

function tried(ids: readonly string[]): string {
  return `tried: ${listNames(ids)}`;
}
