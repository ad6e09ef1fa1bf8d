/** Reads values with `!vault`: encrypted text in a plain file. */
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { isEncrypted, parseEnvelope } from "../vault/envelope.ts";
import type { Damage } from "../vault/envelope.ts";
import { Sealed } from "../vault/sealed.ts";
import type { Entry, ScalarNode } from "./node.ts";

/**
 * @param value the scalar as YAML folds it
 * @param text the scalar as the file writes it, including the header of its block
 */
export function readSealed(
  value: string,
  text: string,
  place: Place,
): { readonly sealed: Sealed } | { readonly problem: Problem } {
  const envelope = parseEnvelope(value);
  if (!("message" in envelope)) return { sealed: new Sealed(value, envelope, place) };
  if (text.startsWith(">")) return { problem: folded(place) };
  return { problem: problemOf(envelope, text, place) };
}

function folded(place: Place): Problem {
  const message = "the encrypted text is folded into one line by `>`";
  return {
    severity: "error",
    code: "vault-format",
    message,
    place: { ...place, end: place.start + 1 },
    help: "write `!vault |`",
  };
}

/** In a block (`|`) the damage is located in the file itself; a quoted text is shown as a whole. */
function problemOf(damage: Damage, text: string, place: Place): Problem {
  const from = text.indexOf("$ANSIBLE_VAULT");
  const again = text.startsWith("|") && from !== -1 ? parseEnvelope(text.slice(from)) : undefined;
  const { message, help } = damage;
  const base = { severity: "error", code: "vault-format", message, ...(help === undefined ? {} : { help }) } as const;
  if (again === undefined || !("message" in again) || again.message !== message) return { ...base, place };
  const start = place.start + from;
  return { ...base, place: { ...place, start: start + again.start, end: start + again.end } };
}

/** `{"__ansible_vault": "…"}`: how JSON says `!vault`. */
export function sealedInJson(entries: readonly Entry[]): ScalarNode | undefined {
  const [only, ...others] = entries;
  if (only?.key !== "__ansible_vault" || others.length > 0 || only.value.kind !== "scalar") return undefined;
  return typeof only.value.value === "string" ? only.value : undefined;
}

/** Encrypted text without its tag would be used literally. */
export function untaggedVault(value: string, place: Place): readonly Problem[] {
  if (!isEncrypted(value) || value.startsWith("{")) return [];
  return [
    {
      severity: "warning",
      code: "vault-format",
      message: "this is encrypted, but without `!vault` before it the encrypted text itself is the value",
      place: { ...place, end: Math.min(place.end, place.start + 1) },
      help: "write `!vault |` and the encrypted text under it",
    },
  ];
}
