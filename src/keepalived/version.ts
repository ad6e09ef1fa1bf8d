/** keepalived's version numbers, `2.2.7`. */

/** Negative when a is older than b, 0 when they are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isBefore(version: string, other: string): boolean {
  return compareVersions(version, other) < 0;
}
