/** Decrypting whole files. */
import { InputError } from "../core/problem.ts";
import type { Source } from "../core/source.ts";
import { NO_PASSWORDS, unopenedProblem } from "./keyring.ts";
import type { Keyring } from "./keyring.ts";

/** What a file holds, decrypted if it was a vault. */
export interface Content {
  readonly bytes: Uint8Array;
  /** It was encrypted: no part of it may be shown. */
  readonly secret: boolean;
}

/**
 * Decrypts the content of a vault.
 * @param shown the file's name for messages
 * @throws InputError when it is damaged or no password fits
 */
export async function decrypt(bytes: Uint8Array, shown: string, keyring: Keyring = NO_PASSWORDS): Promise<Content> {
  const text = Buffer.from(bytes).toString("utf8");
  const read = await keyring.read(text);
  if ("bytes" in read) return { bytes: read.bytes, secret: true };
  const source: Source = { file: shown, text };
  if ("message" in read) {
    const { start, end, ...damage } = read;
    throw new InputError([{ severity: "error", code: "vault-format", ...damage, place: { source, start, end } }]);
  }
  const header = /^[^\r\n]*/.exec(text)?.[0].length ?? 0;
  throw new InputError([
    { ...unopenedProblem(`\`${shown}\``, read.id, keyring), place: { source, start: 0, end: header } },
  ]);
}
