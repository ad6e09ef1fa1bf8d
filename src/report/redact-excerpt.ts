/** Finds secrets in the lines of a user's file: an excerpt shows dots in their place. */

/** A key (or an option of a command) that names a secret, up to its value. */
const KEY =
  /(?:[\w.-]*(?:passw(?:or)?d|passphrase|auth_pass|_pass|secret|token|private_key|api_key)s?|(?<![A-Za-z])pass)["']?\s*[:=](?=\s|\S)\s*/gi;
/** keepalived.conf has no sign between a keyword and its value. */
const KEEPALIVED = /(?:^|[\s{])auth_pass[ \t]+(?=[^\s:={])|^\s*password[ \t]+(?=[^\s:={])/;
/** A path, a template, a boolean, the header of a block of text: no secret. */
const HARMLESS =
  /^(?:["']?(?:\{\{.*\}\}|[~/][\w./-]*)["']?|true|false|yes|no|null|~|[|>][-+0-9]*|[{[].*|)\s*(?:#.*)?$/i;

/** Lines of a vault, and the text before it. */
const ENCRYPTED = /^\s*(?:\$ANSIBLE_VAULT;[\w.;-]*|[0-9a-f]{20,80}|[^:#]*:\s*!vault(?:-encrypted)?\s*\|?)\s*$/i;

/** Where the secret begins in line `index` (from 0), as an offset in it; `undefined` when there is none. */
export function secretsOf(lines: readonly string[], index: number): number | undefined {
  const line = lines[index] ?? "";
  if (ENCRYPTED.test(line)) return undefined;
  const own = secretIn(line);
  if (own !== undefined) return own;
  return underSecret(lines, index) ? indentOf(line) : undefined;
}

function secretIn(line: string): number | undefined {
  for (const key of line.matchAll(KEY)) {
    const start = key.index + key[0].length;
    const rest = line.slice(start).replace(/\r$/, "");
    const value = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|\{\{.*?\}\}|[^,}\s]*)(?=\s*(?:[,}]|$|#))/.exec(rest)?.[0] ?? rest;
    if (!HARMLESS.test(value)) return start;
  }
  const word = KEEPALIVED.exec(line);
  return word === null ? undefined : word.index + word[0].length;
}

const FAR = 200;
const OPENS =
  /^\s*(?:-\s+)*["']?(?:[\w.-]*(?:passw(?:or)?d|passphrase|auth_pass|_pass|secret|token|private_key|api_key)s?)["']?\s*:/i;

/** The line continues a value that began further up: a block of text, a list, a map. */
function underSecret(lines: readonly string[], index: number): boolean {
  let indent = indentOf(lines[index] ?? "");
  for (let above = index - 1; above >= 0 && above > index - FAR && indent > 0; above--) {
    const line = lines[above] ?? "";
    if (line.trim() === "" || indentOf(line) >= indent) continue;
    indent = indentOf(line);
    if (OPENS.test(line)) return true;
  }
  return false;
}

function indentOf(line: string): number {
  const indent = line.search(/\S/);
  return indent === -1 ? line.length : indent;
}
