/** Lines of a user's file that hold a secret: an excerpt shows dots in its place. */

const KEY =
  /^(?<lead>\s*(?:-\s+)*["']?[\w.-]*(?:passw(?:or)?d|passphrase|auth_pass|_pass|secret|token|private_key|api_key)["']?\s*:)(?<value>\s.*|)$/i;
/** A path, a template or a boolean is no secret. */
const HARMLESS = /^\s*(?:["']?(?:\{\{.*\}\}|[~/][\w./-]*)["']?|true|false|yes|no|null|~|[|>][-+0-9]*|)\s*(?:#.*)?$/i;

/** Where the secret begins in line `index` (from 0), as an offset in it; `undefined` when there is none. */
export function secretsOf(lines: readonly string[], index: number): number | undefined {
  const line = lines[index] ?? "";
  const own = KEY.exec(line)?.groups;
  if (own !== undefined) return HARMLESS.test(own["value"] ?? "") ? undefined : (own["lead"] ?? "").length + 1;
  return underSecret(lines, index) ? indentOf(line) : undefined;
}

const FAR = 200;

/** The line continues a value that began further up: a block of text, a list, a map. */
function underSecret(lines: readonly string[], index: number): boolean {
  let indent = indentOf(lines[index] ?? "");
  for (let above = index - 1; above >= 0 && above > index - FAR && indent > 0; above--) {
    const line = lines[above] ?? "";
    if (line.trim() === "" || indentOf(line) >= indent) continue;
    indent = indentOf(line);
    if (KEY.test(line.replace(/\r$/, ""))) return true;
  }
  return false;
}

function indentOf(line: string): number {
  const indent = line.search(/\S/);
  return indent === -1 ? line.length : indent;
}
