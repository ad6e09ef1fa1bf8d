/** Makes another machine's text safe to show in a message of dsrctl. */
import { gist, middleCut } from "../../text/shorten.ts";

const LONGEST = 200;

/**
 * One line without control characters (terminal escapes, bidirectional overrides), at most 200 characters of it, from
 * both ends. The bytes are read as UTF-8; what is not UTF-8 shows as U+FFFD.
 */
export function singleLine(said: string | Uint8Array): string {
  const text = typeof said === "string" ? said : Buffer.from(said).toString("utf8");
  const plain = text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu, "·")
    .trim();
  return middleCut(plain, LONGEST);
}

/** Several lines joined into one: the cause is in the first line as often as in the last. */
export function joinLines(said: string): string {
  return gist(said).map(singleLine).join("; ");
}
