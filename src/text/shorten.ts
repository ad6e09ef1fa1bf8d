/** Shortens a program's output for a message: its beginning, the lines that name an error, its end. */

/** Up to this many lines are shown in full. */
const WHOLE = 12;
const FIRST = 5;
const NAMED = 4;
const LAST = 3;
/** Characters of one line. */
const LONGEST = 400;

/** Words of a line that reports an error. */
const WRONG =
  /^(?:E|Err|error|fatal|panic|dpkg)\b ?:|\b(?:error|fatal|failed|failure|cannot|can't|could not|unable|denied|refused|invalid|unknown|missing|no such|not found|unmet|conflicts?)\b/i;

/**
 * The lines that are not empty, repeated ones once. If there are more than twelve, the first five, the first four
 * others that report an error, and the last three. The number of omitted lines is shown. In most programs the cause
 * comes first, the consequence last.
 */
export function gist(said: string): readonly string[] {
  const lines = said
    .split(/[\r\n]+/)
    .map((line) => middleCut(line.trim(), LONGEST))
    .filter((line, index, all) => line !== "" && line !== all[index - 1]);
  if (lines.length <= WHOLE) return lines;
  const middle = lines.slice(FIRST, -LAST);
  const named = new Set(middle.flatMap((line, at) => (WRONG.test(line) ? [at] : [])).slice(0, NAMED));
  return [...lines.slice(0, FIRST), ...parted(middle, named), ...lines.slice(-LAST)];
}

/** The kept lines; for each row of others, their number. */
function parted(lines: readonly string[], kept: ReadonlySet<number>): readonly string[] {
  const told: string[] = [];
  let left = 0;
  const close = (): void => {
    if (left > 0) told.push(left === 1 ? "… (1 line) …" : `… (${left} lines) …`);
    left = 0;
  };
  for (const [at, line] of lines.entries()) {
    if (!kept.has(at)) left += 1;
    else {
      close();
      told.push(line);
    }
  }
  close();
  return told;
}

/** At most this many characters: two thirds of them from the beginning, the rest from the end. */
export function middleCut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  if (characters.length <= most) return text;
  const tail = Math.floor(most / 3);
  return `${characters.slice(0, most - tail - 1).join("")}…${characters.slice(-tail).join("")}`;
}

/**
 * At most `most` characters of a text that grows piece by piece: the first half stays, the second half is the newest
 * text. Its own result with more text appended is a valid input.
 */
export function bothEnds(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  return `${text.slice(0, half)}\n…\n${text.slice(3 - half)}`;
}
