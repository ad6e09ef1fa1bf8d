/** Arguments that are true or false. */
import { z } from "../../schema.ts";

const WORD = /^(true|false|yes|no|on|off)$/i;
const TRUE = /^(true|yes|on)$/i;

/** True or false, also as the text that a template makes of it. */
export const flag = z.union(
  [
    z.boolean(),
    z
      .string()
      .regex(WORD)
      .transform((word) => TRUE.test(word)),
  ],
  { error: "expected true or false" },
);
