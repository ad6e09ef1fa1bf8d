/** Defines how a template's text is cut into tags; the names are Jinja's. */
export interface Syntax {
  readonly blockStart: string;
  readonly blockEnd: string;
  readonly variableStart: string;
  readonly variableEnd: string;
  readonly commentStart: string;
  readonly commentEnd: string;
  /** The first line break after a block tag is removed. */
  readonly trimBlocks: boolean;
  /** Blanks before a block tag that is first in its line are removed. */
  readonly lstripBlocks: boolean;
  /** Inside `{{ }}` a backslash in a string is a backslash, as Ansible has it in playbooks. */
  readonly literalBackslashes: boolean;
}

/** What Ansible sets for the text of playbooks and variables. */
export const PLAYBOOK: Syntax = {
  blockStart: "{%",
  blockEnd: "%}",
  variableStart: "{{",
  variableEnd: "}}",
  commentStart: "{#",
  commentEnd: "#}",
  trimBlocks: true,
  lstripBlocks: false,
  literalBackslashes: true,
};

/** What it sets for template files. */
export const FILE: Syntax = { ...PLAYBOOK, literalBackslashes: false };

type Override = (value: string) => Partial<Syntax>;
const OVERRIDES: ReadonlyMap<string, Override> = new Map<string, Override>([
  ["trim_blocks", (value) => ({ trimBlocks: value === "True" })],
  ["lstrip_blocks", (value) => ({ lstripBlocks: value === "True" })],
  ["block_start_string", (value) => ({ blockStart: unquoted(value) })],
  ["block_end_string", (value) => ({ blockEnd: unquoted(value) })],
  ["variable_start_string", (value) => ({ variableStart: unquoted(value) })],
  ["variable_end_string", (value) => ({ variableEnd: unquoted(value) })],
  ["comment_start_string", (value) => ({ commentStart: unquoted(value) })],
  ["comment_end_string", (value) => ({ commentEnd: unquoted(value) })],
  ["newline_sequence", () => ({})],
  ["keep_trailing_newline", () => ({})],
]);

export const HEADER = "#jinja2:";

export interface Header {
  readonly syntax: Syntax;
  /** Where the template itself begins. */
  readonly start: number;
  /** Keys that it does not know. */
  readonly unknown: readonly { readonly key: string; readonly at: number }[];
}

/** The `#jinja2: trim_blocks: False, lstrip_blocks: True` that can be a template's first line. */
export function header(text: string, syntax: Syntax): Header {
  if (!text.startsWith(HEADER)) return { syntax, start: 0, unknown: [] };
  const end = text.indexOf("\n");
  const line = text.slice(HEADER.length, end < 0 ? undefined : end);
  const unknown: { key: string; at: number }[] = [];
  let overridden = syntax;
  for (const match of line.matchAll(/\s*([^:,\s]+)\s*(?::\s*('[^']*'|"[^"]*"|[^,]*))?,?/g)) {
    const override = OVERRIDES.get(match[1] ?? "");
    if (override === undefined || match[2] === undefined) {
      unknown.push({ key: match[1] ?? "", at: HEADER.length + match.index + match[0].search(/\S/) });
    } else overridden = { ...overridden, ...override(match[2].trim()) };
  }
  return { syntax: overridden, start: end < 0 ? text.length : end + 1, unknown };
}

export const HEADER_KEYS: readonly string[] = [...OVERRIDES.keys()];

function unquoted(value: string): string {
  return value.replace(/^(['"])(.*)\1$/, "$2");
}
