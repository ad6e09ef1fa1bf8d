/** What another machine said, made fit to stand in a message of ours. */

const LONGEST = 200;

/**
 * One line without control characters (terminal escapes, bidirectional overrides), at most 200 characters of it. The
 * bytes are read as UTF-8; what is not UTF-8 shows as U+FFFD.
 */
export function oneLine(said: string | Uint8Array): string {
  const text = typeof said === "string" ? said : Buffer.from(said).toString("utf8");
  const plain = text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu, "·")
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}

/** The last line that says something. */
export function lastLine(said: string): string {
  const lines = said.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  return oneLine(lines.at(-1) ?? "");
}
