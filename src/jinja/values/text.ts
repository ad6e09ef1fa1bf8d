/** Texts as Python counts them: in code points. */

const ASTRAL = /[\ud800-\udfff]/;

export function codePoints(text: string): string[] {
  return ASTRAL.test(text) ? [...text] : text.split("");
}

export function textLength(text: string): number {
  return ASTRAL.test(text) ? [...text].length : text.length;
}

/** Python's `text[start:end]` for bounds within the text. */
export function part(text: string, start: number, end?: number): string {
  return ASTRAL.test(text) ? [...text].slice(start, end).join("") : text.slice(start, end);
}

/** Python's `splitlines`; `keep` leaves the line breaks on. */
export function lines(text: string, keep = false): string[] {
  const found =
    text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g) ?? [];
  const kept = found.filter((line, i) => line !== "" || i < found.length - 1);
  return keep ? kept : kept.map((line) => line.replace(/(?:\r\n|[^])$/, (end) => (isBreak(end) ? "" : end)));
}

function isBreak(text: string): boolean {
  return text === "\r\n" || "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029".includes(text);
}

/** A text cut for showing it in a message. */
export function excerpt(text: string, most = 80): string {
  return textLength(text) > most ? `${part(text, 0, most)}…` : text;
}

/** Restores the line breaks at the end that rendering removed, as Ansible does. */
export function withFinalBreaks(made: string, text: string): string {
  const wanted = finalBreaks(text.replace(/\r\n?/g, "\n"));
  return made + "\n".repeat(Math.max(0, wanted - finalBreaks(made)));
}

function finalBreaks(text: string): number {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 10) end -= 1;
  return text.length - end;
}
