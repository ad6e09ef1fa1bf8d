/** Finds problems of a YAML file as mere text, before its structure is read. */
import type { Problem } from "../core/problem.ts";
import type { Place, Source } from "../core/source.ts";

/** What YAML does not allow raw: C0 but tab and line ends, DEL, C1 but NEL, non-characters, lone surrogates. */
const CONTROL =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What every problem with the syntax begins with. */
export const SYNTAX = { severity: "error", code: "yaml-syntax" } as const;

const MOST = 5;

/** Raw control characters in the text; at most five. */
export function controlCharacters(source: Source): readonly Problem[] {
  const found: Problem[] = [];
  for (const match of source.text.matchAll(CONTROL)) {
    if (found.length === MOST) break;
    found.push(controlCharacter({ source, start: match.index, end: match.index + 1 }));
  }
  return found;
}

function controlCharacter(place: Place): Problem {
  const code = place.source.text.charCodeAt(place.start);
  const hex = code.toString(16).padStart(code > 0xff ? 4 : 2, "0");
  return {
    ...SYNTAX,
    message: `control character U+${code.toString(16).toUpperCase().padStart(4, "0")} in the file`,
    place,
    help: `write \`"\\${code > 0xff ? "u" : "x"}${hex}"\` in double quotes if it is meant`,
  };
}

/** The text with every such character replaced; no offset changes. */
export function withoutControl(text: string): string {
  return text.replace(CONTROL, "_");
}

/** The first tab that indents a line at or after `from`, up to the end of the line that `to` is on. */
export function indentingTab(source: Source, from: number, to: number): Place | undefined {
  const lineStart = lineAt(source.text, from).start;
  const pattern = /^ *\t[ \t]*(?=[^\s#])/gm;
  pattern.lastIndex = lineStart;
  const match = pattern.exec(source.text);
  if (match === null || match.index > to) return undefined;
  const start = match.index + match[0].indexOf("\t");
  return { source, start, end: start + (/^\t+/.exec(source.text.slice(start))?.[0].length ?? 1) };
}

/** The line an offset is on, without its end. */
export function lineAt(text: string, offset: number): { readonly start: number; readonly end: number } {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const next = text.indexOf("\n", offset);
  const end = next === -1 ? text.length : next;
  return { start, end: text[end - 1] === "\r" ? end - 1 : end };
}

/** The line before the one at `offset` that is neither empty nor a comment. */
export function lineBefore(text: string, offset: number): { readonly start: number; readonly end: number } | undefined {
  let here = lineAt(text, offset).start;
  while (here > 0) {
    const line = lineAt(text, here - 1);
    if (/^\s*[^\s#]/.test(text.slice(line.start, line.end))) return line;
    here = line.start;
  }
  return undefined;
}
