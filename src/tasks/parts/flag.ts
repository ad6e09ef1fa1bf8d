/** Arguments that are true or false. */
import { z } from "../../core/schema.ts";
import { truthOf } from "../../text/boolean-words.ts";

/**
 * True or false, also in the words and numbers that Ansible takes for it, which is what templates and INI inventories
 * make of it.
 */
export const flag = z.union(
  [
    z.boolean(),
    z.union([z.string(), z.number()]).transform((word, context) => {
      const truth = truthOf(word);
      if (truth === undefined) context.addIssue({ code: "custom", message: "expected true or false" });
      return truth ?? z.NEVER;
    }),
  ],
  { error: "expected true or false" },
);
