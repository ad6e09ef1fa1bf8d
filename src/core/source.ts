import type { Span } from "../text/span.ts";

/** A text that was read, with the name it is shown by (a path as the user gave it, or `-e`). */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** It was decrypted: no line of it is ever shown. */
  readonly secret?: boolean;
}

/** A range in the text of a source. */
export interface Place extends Span {
  readonly source: Source;
}

/** Line and column of a place, both from 1; columns count Unicode code points, a tab as one. */
export function lineAndColumn(place: Place): { readonly line: number; readonly column: number } {
  const before = place.source.text.slice(0, place.start);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** `file:line:column`. */
export function showPlace(place: Place): string {
  const { line, column } = lineAndColumn(place);
  return `${place.source.file}:${line}:${column}`;
}
