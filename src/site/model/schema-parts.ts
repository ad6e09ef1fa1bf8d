/** What the schema of a description is built of. Each part says in its own words what it expects. */
import { text, z } from "../../core/schema.ts";
import { parseInterface } from "../../text/ip-network.ts";
import { checks } from "./schema-checks.ts";

export const name = z.string().regex(/^[A-Za-z][\w-]{0,30}$/, "expected a name: letters, digits, `_` and `-`");
export const interfaceName = z.string().regex(/^[^\s/:]{1,15}$/, "expected the name of a network interface");
const PATTERN = "expected a host pattern, such as `webservers` or `lb1,lb2`";
export const hosts = z.string({ error: PATTERN }).min(1, PATTERN);
export const hostName = z.string({ error: "expected the name of a host" }).min(1, "expected the name of a host");
/** Text that is not empty: an empty word would be missing in keepalived.conf. */
export const words = text.refine((value) => value !== "", { error: "the text is empty" });
export const word = words.refine((value) => !/\s/.test(value), { error: "expected one word, without blanks" });
const ADVERT = "expected seconds from 0.01 to 40";
const inAdvert = (value: number): boolean => value >= 0.01 && value <= 40;
/** As a number from a template, it may be text. */
export const seconds = z.union(
  [
    z.number().min(0.01).max(40),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number)
      .refine(inAdvert),
  ],
  { error: ADVERT },
);

/** A list in which nothing is twice. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).superRefine(checks.distinct);
}

export function someIn<T extends z.ZodType>(item: T) {
  return z.array(item).min(1, "the list is empty").superRefine(checks.distinct);
}

/** A map in which users choose the names. */
export function named<T extends z.ZodType>(schema: T, what: string) {
  return z.record(name, schema, { error: `expected a map with a name for each ${what}` });
}

export function byHost<T extends z.ZodType>(schema: T, what: string) {
  return z.record(z.string(), schema, { error: `expected a map with the ${what} of each host` });
}

export const subnet = z
  .string({ error: "expected a subnet such as 192.0.2.0/24" })
  .refine((value) => value.includes("/") && parseInterface(value) !== undefined, {
    error: "expected a subnet such as 192.0.2.0/24",
  });
