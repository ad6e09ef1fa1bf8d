/**
 * What a program said at length, cut to what a message has room for: where it begins, what it names as wrong, where it
 * ends.
 */

/** So many lines are told whole. */
const WHOLE = 12;
const FIRST = 5;
const NAMED = 4;
const LAST = 3;
/** Characters of one line. */
const LONGEST = 400;

/** Words by which a line tells that something is wrong. */
const WRONG =
  /^(?:E|Err|error|fatal|panic|dpkg)\b ?:|\b(?:error|fatal|failed|failure|cannot|can't|could not|unable|denied|refused|invalid|unknown|missing|no such|not found|unmet|conflicts?)\b/i;

/**
 * The lines that say something, each told once in a row. Of more than twelve the first five, the first four of the
 * others that tell of something wrong, and the last three; what is left out is said. The cause comes first in most
 * programs, the consequence last.
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

/** Those that are kept; for each row of others, how many there are. */
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

/** At most so many characters: two thirds of them from the beginning, the rest from the end. */
export function middleCut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  if (characters.length <= most) return text;
  const tail = Math.floor(most / 3);
  return `${characters.slice(0, most - tail - 1).join("")}…${characters.slice(-tail).join("")}`;
}

/**
 * At most `most` characters of what is gathered piece by piece: the first half stays, the second is what came last. It
 * may be given its own result with more behind it.
 */
export function bothEnds(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  return `${text.slice(0, half)}\n…\n${text.slice(3 - half)}`;
}
