/** The names a person may have meant. */

/** Damerau-Levenshtein distance (insert, delete, replace, swap neighbours), or `most + 1` as soon as it is more. */
export function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cell(a, b, i, j, row, last, before));
    if (Math.min(...row) > most) return most + 1;
    before = last;
    last = row;
  }
  return last[b.length] ?? most + 1;
}

function cell(
  a: string,
  b: string,
  i: number,
  j: number,
  row: readonly number[],
  last: readonly number[],
  before: readonly number[],
): number {
  const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const best = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, replace);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(best, (before[j - 2] ?? 0) + 1) : best;
}

/** The nearest name: at most two slips away (one for names of up to four letters), or one that begins the same way. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const most = name.length <= 4 ? 1 : 2;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of names) {
    const far = near(name, candidate, most);
    if (far !== undefined && (best === undefined || far < best.distance)) best = { name: candidate, distance: far };
  }
  return best?.name;
}

function near(name: string, candidate: string, most: number): number | undefined {
  if (name.length > 200 || candidate === name) return undefined;
  const far = distance(name.toLowerCase(), candidate.toLowerCase(), most);
  if (far <= most) return far;
  const prefix = name.length >= 3 && (candidate.startsWith(name) || (candidate.length >= 3 && name.startsWith(candidate)));
  return prefix ? most + 1 : undefined;
}

/** The label that names the nearest of the known names, if there is one. */
export function didYouMean(name: string, names: Iterable<string>): { readonly label?: string } {
  const found = nearest(name, names);
  return found === undefined ? {} : { label: `did you mean \`${found}\`?` };
}
