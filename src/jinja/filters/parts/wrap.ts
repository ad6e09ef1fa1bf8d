import { codePoints } from "../../values/text.ts";

export interface Wrapping {
  readonly width: number;
  /** A word longer than a line is cut. */
  readonly breakLong: boolean;
  /** A line may end after a hyphen. */
  readonly breakHyphens: boolean;
}

/** One paragraph as lines, as Python's `textwrap.wrap` breaks them. */
export function wrap(text: string, options: Wrapping): string[] {
  const chunks = chunksOf(text, options.breakHyphens).reverse();
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && isBlank(chunks.at(-1))) chunks.pop();
    const line = takeLine(chunks, options);
    if (isBlank(line.at(-1))) line.pop();
    if (line.length > 0) lines.push(line.join(""));
  }
  return lines;
}

function isBlank(chunk: string | undefined): boolean {
  return chunk?.trim() === "";
}

/** Words, blanks, and parts of words that end in a hyphen. */
function chunksOf(text: string, hyphens: boolean): string[] {
  const words = text.split(/(\s+)/).filter((word) => word !== "");
  if (!hyphens) return words;
  return words.flatMap((word) =>
    isBlank(word) ? [word] : word.split(/(?<=[^\W\d_]-)(?=[^\W\d_]{2})|(?<=\w)(?=-{2,}\w)|(?<=-{2,})(?=\w)/),
  );
}

function takeLine(chunks: string[], { width, breakLong }: Wrapping): string[] {
  const line: string[] = [];
  let length = 0;
  for (let chunk = chunks.at(-1); chunk !== undefined && length + sizeOf(chunk) <= width; chunk = chunks.at(-1)) {
    line.push(chunk);
    length += sizeOf(chunk);
    chunks.pop();
  }
  const next = chunks.at(-1);
  if (next === undefined || sizeOf(next) <= width) return line;
  if (breakLong) {
    const characters = codePoints(next);
    line.push(characters.slice(0, width - length).join(""));
    chunks[chunks.length - 1] = characters.slice(width - length).join("");
  } else if (line.length === 0) line.push(...chunks.splice(-1));
  return line;
}

function sizeOf(chunk: string): number {
  return codePoints(chunk).length;
}
