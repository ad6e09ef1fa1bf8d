/** The only file that imports p-limit. */
import pLimit from "p-limit";

/** Runs at most `count` at once; the others wait in order. */
export type Limit = <T>(run: () => Promise<T>) => Promise<T>;

export function limit(count: number): Limit {
  return pLimit(count);
}
