import { SyntaxFault } from "../errors/fault.ts";
import type { Token } from "./lexer.ts";
import { didYouMean } from "../errors/hints.ts";

/** The tags that begin something. */
export const TAGS: ReadonlySet<string> = new Set([
  "if",
  "for",
  "set",
  "macro",
  "call",
  "filter",
  "with",
  "block",
  "print",
  "include",
  "import",
  "from",
  "extends",
]);

/** Tags of Jinja extensions, which Ansible does not load by default. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["do", "write `{% set _ = … %}`"],
  ["break", "write the loop so that it ends: `{% for … in … if … %}`"],
  ["continue", "put the rest of the loop's body into `{% if … %}`"],
  ["trans", "templates are not translated"],
  ["autoescape", "nothing is escaped by itself; write `| escape`"],
  ["debug", "print the value instead"],
]);

export function unknownTag(name: Token): never {
  const help = EXTENSIONS.get(name.text);
  if (help === undefined) throw new SyntaxFault(`unknown tag \`${name.text}\``, name, didYouMean(name.text, TAGS));
  throw new SyntaxFault(`unknown tag \`${name.text}\``, name, { help, note: "Ansible does not have it either" });
}
