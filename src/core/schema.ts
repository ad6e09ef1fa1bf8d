/**
 * The schema language of task arguments: zod, and the scalars of this field. The only file that imports zod. Every
 * argument has a `.describe()`: it becomes the documentation page and the JSON Schema.
 */
import { NEVER, array, boolean, custom, enum as enumOf, instanceof as instanceOf, int, literal, number } from "zod";
import { object, record, strictObject, string, toJSONSchema, union, unknown } from "zod";
import type * as zod from "zod";
import { isIP } from "../text/ip.ts";
import { Secret } from "./secret.ts";

/** What of zod is used here, and no more: the rest need not be loaded. */
export const z = {
  ...{ NEVER, array, boolean, custom, enum: enumOf, instanceof: instanceOf, int, literal, number },
  ...{ object, record, strictObject, string, toJSONSchema, union, unknown },
} as const;

/** Its types, under the names that its documentation has. */
// eslint-disable-next-line @typescript-eslint/no-namespace -- of types alone: nothing of it is left to run
export declare namespace z {
  type infer<T> = zod.infer<T>;
  type output<T> = zod.output<T>;
  type ZodType<Output = unknown> = zod.ZodType<Output>;
  type ZodObject<Shape extends zod.core.$ZodShape> = zod.ZodObject<Shape>;
  type RefinementCtx<T = unknown> = zod.RefinementCtx<T>;
}

export type Schema<T> = z.ZodType<T>;

const numbers = [
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
] as const;

/** Numbers from templates arrive as numbers or as text; both are one integer in [min, max]. */
export function integer(min: number, max: number, what = "a whole number") {
  const error = `expected ${what} from ${min} to ${max}`;
  return z.union(numbers, { error }).pipe(z.int({ error }).min(min, error).max(max, error));
}

/** A TCP or UDP port, 1 to 65535. */
export const port = integer(1, 65535);

/** Text; a number or boolean written without quotes is taken as the text it was read as. */
export const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)], {
  error: "expected text",
});

/** An absolute path on the host, without NUL. */
export const hostPath = z
  .string({ error: "expected an absolute path" })
  .regex(/^\/[^\0]*$/, "expected an absolute path (it begins with `/`)");

/** File permissions as a quoted octal string, `"0644"`; comes out with four digits. */
export const mode = z
  .string({
    error: (issue) =>
      typeof issue.input === "number"
        ? `a mode must be a quoted octal string; write "${issue.input.toString(8).padStart(4, "0")}" if that is what is meant`
        : 'expected a quoted octal string such as "0644"',
  })
  .regex(/^[0-7]{3,4}$/, 'expected a quoted octal string such as "0644"')
  .transform((digits) => digits.padStart(4, "0"));

/** An IPv4 or IPv6 address without prefix. */
export const address = z.string({ error: "expected an IP address" }).refine((value) => isIP(value) !== 0, {
  error: "expected an IP address",
});

/** A value that is kept from every screen and log. */
export const secret = z.union([z.instanceof(Secret), text.transform((value) => new Secret(value))], {
  error: "expected text (a secret)",
});

/** One thing wrong with arguments, and where in them. */
export interface ArgProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What to write instead. */
  readonly help?: string;
  /** The key is one that the schema does not know: the problem is about the key, not its value. */
  readonly unknownKey?: string;
  /** For an unknown key: the keys that are possible there. For a wrong word: the possible words. */
  readonly known?: readonly string[];
}

/** zod can compile a function for a schema: that pays when there are hosts to use it on. */
const COMPILE_AFTER = 200;
let checks = 0;

/** Checks a value; every problem at once. */
export function check<T>(schema: Schema<T>, value: unknown): { value: T } | { problems: readonly ArgProblem[] } {
  checks += 1;
  const result = schema.safeParse(value, { reportInput: true, jitless: checks <= COMPILE_AFTER });
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, schema)) };
}

type ProblemPath = ArgProblem["path"];

function problemsOf(issue: zod.core.$ZodIssue, schema: z.ZodType): readonly ArgProblem[] {
  const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  // A schema's own words say more than the list of what is possible.
  const isUsual = issue.message.startsWith("Invalid ");
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownKeys(issue.keys, path, schema);
    case "custom":
      return [customProblem(issue, path)];
    case "invalid_value":
      return [isUsual ? wrongWord(issue.values.map(String), path) : { path, message: issue.message }];
    case "invalid_type":
      if (issue.input === undefined && path.length > 0)
        return [{ path: path.slice(0, -1), message: `\`${String(path.at(-1))}\` is missing` }];
      return [isUsual ? wrongKind(issue, path) : { path, message: issue.message }];
    case "invalid_key":
      return [wrongKey(issue, path)];
    case "invalid_union":
      return unionProblems(issue, path, schema);
    default:
      return [{ path, message: issue.message }];
  }
}

function unknownKeys(keys: readonly string[], path: ProblemPath, schema: z.ZodType): readonly ArgProblem[] {
  const known = keysAt(schema, path);
  return keys.map((key) => ({ path, message: `unknown argument \`${key}\``, unknownKey: key, known }));
}

function wrongWord(known: readonly string[], path: ProblemPath): ArgProblem {
  return { path, message: `expected ${known.map((word) => `\`${word}\``).join(" or ")}`, known };
}

function wrongKind({ expected, input }: zod.core.$ZodIssueInvalidType, path: ProblemPath): ArgProblem {
  const isOne = expected === "array" && ["string", "number"].includes(typeof input);
  const brackets = isOne ? { help: "write brackets around it: `[…]`" } : {};
  return { path, message: `expected ${KINDS.get(expected) ?? expected}`, ...brackets };
}

function wrongKey({ issues }: zod.core.$ZodIssueInvalidKey, path: ProblemPath): ArgProblem {
  const [key, why] = [String(path.at(-1)), issues[0]?.message ?? "invalid"];
  return { path: path.slice(0, -1), message: `\`${key}\`: ${why}`, unknownKey: key, known: [] };
}

function customProblem({ message, params }: zod.core.$ZodIssueCustom, path: ProblemPath): ArgProblem {
  const help = typeof params?.["help"] === "string" ? { help: params["help"] } : {};
  const unknown = unknownKeyOf(params);
  return { path: unknown === undefined ? path : path.slice(0, -1), message, ...help, ...unknown };
}

/** JSON's and zod's words for kinds of values, as YAML's users say them. */
const KINDS = new Map<string, string>([
  ["object", "a map"],
  ["record", "a map"],
  ["array", "a list"],
  ["string", "text"],
  ["boolean", "`true` or `false`"],
]);

/** A map is meant for the member of a union that takes maps: what is wrong in it says more than that nothing fits. */
function unionProblems(
  issue: zod.core.$ZodIssueInvalidUnion,
  path: ProblemPath,
  schema: z.ZodType,
): readonly ArgProblem[] {
  const isMap = typeof issue.input === "object" && issue.input !== null && !Array.isArray(issue.input);
  const takesMaps = (issues: readonly zod.core.$ZodIssue[]): boolean =>
    !issues.some(({ code, path: at }) => at.length === 0 && code !== "unrecognized_keys");
  const members = isMap ? issue.errors.filter(takesMaps) : [];
  const [only, ...others] = members;
  if (only === undefined || others.length > 0) return [{ path, message: issue.message }];
  return only.flatMap((each) => problemsOf({ ...each, path: [...issue.path, ...each.path] }, schema));
}

/**
 * A task type's own check may also find an unknown key; it says so in the issue's `params`, which may contain `help` as
 * well.
 */
function unknownKeyOf(
  params: Readonly<Record<string, unknown>> | undefined,
): Pick<ArgProblem, "unknownKey" | "known"> | undefined {
  const { unknownKey, known } = params ?? {};
  if (typeof unknownKey !== "string" || !Array.isArray(known)) return undefined;
  return { unknownKey, known: known.map(String) };
}

type JsonSchema = zod.core.JSONSchema.BaseSchema;

/** The keys that an object schema has at a path, by way of its JSON Schema. */
export function keysAt(schema: z.ZodType, path: readonly (string | number)[]): readonly string[] {
  let here: JsonSchema | undefined = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  for (const key of path) here = step(here, key);
  return Object.keys(here?.properties ?? {});
}

function step(schema: JsonSchema | undefined, key: string | number): JsonSchema | undefined {
  const next = typeof key === "number" ? schema?.items : (schema?.properties?.[key] ?? schema?.additionalProperties);
  if (typeof next !== "object" || Array.isArray(next)) return undefined;
  return next.anyOf?.find((each) => typeof each === "object" && each.properties !== undefined) ?? next;
}
