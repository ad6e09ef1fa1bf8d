/**
 * Makes text from hosts and files safe for a terminal: nothing in it can move the cursor, colour, ring, hide or reorder
 * text. It is shown, not stripped: `\x1b` replaces an escape.
 */

/** C0, DEL and C1; soft hyphen; zero width; bidirectional; line and paragraph separators; tags; lone surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\uffff]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** One line: line ends and tabs are shown as `\n` and `\t` too. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escape);
}

/** Several lines: line ends and tabs stay. A carriage return right before a line end is part of it. */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(UNSAFE, (character) => (/[\n\t]/.test(character) ? character : escape(character)));
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0" };

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return SHORT[character] ?? `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/** A value for a message: one line, visible, at most `most` characters. */
export function brief(text: string, most = 80): string {
  const characters = [...visible(text)];
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}
