/** Decrypting what was read: whole files, and values in them. */
import { InputError } from "../failure.ts";
import type { Source } from "../place.ts";
import { SHORTEST_FROM_FILES, remember } from "../secret.ts";
import type { Node } from "../yaml.ts";
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
    throw new InputError([{ severity: "error", ...damage, place: { source, start, end } }]);
  }
  const header = /^[^\r\n]*/.exec(text)?.[0].length ?? 0;
  throw new InputError([
    { ...unopenedProblem(`\`${shown}\``, read.id, keyring), place: { source, start: 0, end: header } },
  ]);
}

/**
 * Opens the values with `!vault` in what was read from a file, all at once. What no password fits stays closed, and is
 * a problem for whoever uses it. Texts of a file that was encrypted as a whole are kept from every screen.
 */
export async function unlock(node: Node, keyring: Keyring = NO_PASSWORDS): Promise<void> {
  const { source } = node.place;
  if (source.secret === true) rememberAll(node);
  if (!mayHoldVaults(source)) return;
  await Promise.all([...sealedIn(node)].map((sealed) => sealed.open(keyring)));
}

const looked = new WeakMap<Source, boolean>();

/** Most files hold none, and large ones many nodes: each text is searched once. */
function mayHoldVaults(source: Source): boolean {
  const known = looked.get(source) ?? source.text.includes("vault");
  looked.set(source, known);
  return known;
}

function* scalars(node: Node): Generator<Extract<Node, { kind: "scalar" }>> {
  switch (node.kind) {
    case "scalar":
      yield node;
      return;
    case "list":
      for (const item of node.items) yield* scalars(item);
      return;
    case "map":
      for (const { value } of node.entries) yield* scalars(value);
  }
}

function* sealedIn(node: Node) {
  for (const { sealed } of scalars(node)) if (sealed !== undefined) yield sealed;
}

/** A file of variables also holds names and numbers that stand everywhere: only longer words are kept back. */
function rememberAll(node: Node): void {
  for (const { value } of scalars(node)) {
    if (typeof value === "string" || typeof value === "number") remember(String(value), SHORTEST_FROM_FILES);
  }
}
