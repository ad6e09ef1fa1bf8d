/** Arguments that take one value or a list of them. */
import { z } from "../../core/schema.ts";

/**
 * A list of at least one item, or a single item that means a list of one. Its error names what was expected for the
 * list as a whole: zod's union only knows that nothing fitted.
 */
export function oneOrMore<T extends z.ZodType>(argument: string, item: T, expected: string) {
  return z.union([z.array(item).min(1, "the list is empty"), item.transform((value) => [value])], {
    error: (issue) => (issue.input === undefined ? `\`${argument}\` is missing` : `expected ${expected}`),
  });
}
