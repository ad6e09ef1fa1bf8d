/** What many measurements of one thing come to. */

/** The middle value, or the mean of the two middle ones. @throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  if (low === undefined || high === undefined) throw new RangeError("the median of nothing");
  return (low + high) / 2;
}

/** The median with the least and the greatest value. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Measurements of one subject, by round. */
export type ByRound = ReadonlyMap<number, number>;

/**
 * `ours` over `theirs`, pair by pair: only rounds that measured both count, so what slows the machine down for a while
 * slows both. Undefined when no round has both.
 */
export function ratio(ours: ByRound, theirs: ByRound): Spread | undefined {
  const pairs = [...ours].flatMap(([round, value]) => {
    const other = theirs.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
  return pairs.length === 0 ? undefined : spread(pairs);
}
