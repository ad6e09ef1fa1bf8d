/** Finds the name that was probably meant. */

/**
 * The nearest of `candidates` to `name`: at most two slips away (one in names of up to four letters). A slip is a
 * letter too many, missing, wrong or swapped with its neighbour (Damerau and Levenshtein). If there is none, the
 * shortest candidate that begins with `name` (three letters at least). A difference in case counts less than any slip.
 */
export function closestMatch(name: string, candidates: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const found = slips(lower, candidate.toLowerCase(), allowed(name));
    if (found !== undefined && (best === undefined || found < best.distance)) best = { candidate, distance: found };
  }
  return best?.candidate ?? begunBy(lower, candidates);
}

/** ``did you mean `web`?``, or `undefined` when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = closestMatch(name, candidates);
  return found === undefined ? undefined : `did you mean \`${found}\`?`;
}

/** `a`, `b` and `c` in backticks; long lists end in `and 12 more`. */
export function listNames(names: Iterable<string>, most = 12): string {
  const all = [...names].map((name) => `\`${name}\``);
  if (all.length <= most) return all.join(", ");
  return `${all.slice(0, most).join(", ")} and ${all.length - most} more`;
}

function allowed(name: string): number {
  if (name.length < 2) return 0;
  return name.length <= 4 ? 1 : 2;
}

function begunBy(lower: string, candidates: Iterable<string>): string | undefined {
  if (lower.length < 3) return undefined;
  const begun = [...candidates].filter((candidate) => candidate.toLowerCase().startsWith(lower));
  return begun.sort((a, b) => a.length - b.length)[0];
}

/** The number of slips between two words if it is at most `most`: optimal string alignment, three rows. */
function slips(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = nextRow(a, b, row, last, before);
    if (Math.min(...next) > most) return undefined;
    [before, last] = [last, next];
  }
  const total = last[b.length] ?? Infinity;
  return total <= most ? total : undefined;
}

function nextRow(a: string, b: string, row: number, last: readonly number[], before: readonly number[]): number[] {
  const next = [row];
  for (let column = 1; column <= b.length; column++) {
    const wrong = a[row - 1] === b[column - 1] ? 0 : 1;
    const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
    next.push(
      Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + wrong,
        swapped ? at(before, column - 2) + 1 : Infinity,
      ),
    );
  }
  return next;
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
