/** Decrypts values in a file after it was read. */
import type { Source } from "../core/source.ts";
import { SHORTEST_FROM_FILES, registerSecret } from "../core/secret.ts";
import { NO_PASSWORDS } from "../vault/keyring.ts";
import type { Keyring } from "../vault/keyring.ts";
import { scalars } from "./node.ts";
import type { Node } from "./node.ts";

/**
 * Decrypts the values with `!vault` in what was read from a file, all at once. A value that no password fits stays
 * locked, and is a problem for the task that uses it. Texts of a file that was encrypted as a whole are redacted
 * everywhere.
 */
export async function unlock(node: Node, keyring: Keyring = NO_PASSWORDS): Promise<void> {
  const { source } = node.place;
  if (source.secret === true) rememberAll(node);
  if (!mayHoldVaults(source)) return;
  await Promise.all([...sealedIn(node)].map((sealed) => sealed.open(keyring)));
}

const looked = new WeakMap<Source, boolean>();

/** Most files contain none, and large ones many nodes: each text is searched once. */
function mayHoldVaults(source: Source): boolean {
  const known = looked.get(source) ?? source.text.includes("vault");
  looked.set(source, known);
  return known;
}

function* sealedIn(node: Node) {
  for (const { sealed } of scalars(node)) if (sealed !== undefined) yield sealed;
}

/** A file of variables also contains names and numbers that occur everywhere: only longer words are redacted. */
function rememberAll(node: Node): void {
  for (const { value } of scalars(node)) {
    if (typeof value === "string" || typeof value === "number") registerSecret(String(value), SHORTEST_FROM_FILES);
  }
}
