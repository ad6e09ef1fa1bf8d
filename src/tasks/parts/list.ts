/** Arguments that take one value or a list of them. */
import { z } from "../../core/schema.ts";

/**
 * A list of at least one item, or one item that stands for it. Says what was expected in words, for the list as a
 * whole: a union of zod's knows only that nothing fitted.
 */
export function oneOrMore<T extends z.ZodType>(argument: string, item: T, expected: string) {
  return z.union([z.array(item).min(1, "the list is empty"), item.transform((value) => [value])], {
    error: (issue) => (issue.input === undefined ? `\`${argument}\` is missing` : `expected ${expected}`),
  });
}
