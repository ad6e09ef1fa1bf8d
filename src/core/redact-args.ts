/**
 * Passes secrets to task types that do not know secrets. The type gets the plain text, and everything that it says
 * about the text is redacted.
 */
import { check } from "./schema.ts";
import type { ArgProblem, Schema } from "./schema.ts";
import { REDACTED, Secret } from "./secret.ts";
import type { Delta, Json } from "./task-type.ts";

/** Checked arguments. */
export interface Revealed<T> {
  readonly value: T;
  /** The same with dots for what was revealed; `undefined` if the schema does not accept dots. */
  readonly shown: T | undefined;
  /** What was revealed; none if the type accepts secrets itself. */
  readonly words: readonly string[];
}

type Path = readonly (string | number)[];

/** Checks arguments; a secret that the schema refuses is tried as text. */
export function validateRevealingSecrets<T>(
  schema: Schema<T>,
  raw: unknown,
): Revealed<T> | { readonly problems: readonly ArgProblem[] } {
  const words: string[] = [];
  let [given, masked] = [raw, raw];
  for (;;) {
    const checked = check(schema, given);
    if ("value" in checked) return { value: checked.value, shown: shownOf(schema, masked, words), words };
    const at = checked.problems.flatMap(({ path }) => secretsAt(given, path));
    if (at.length === 0) return { problems: checked.problems.map((problem) => hidden(problem, words)) };
    for (const { path, secret } of at) {
      words.push(secret.reveal());
      given = replaced(given, path, secret.reveal());
      masked = replaced(masked, path, REDACTED);
    }
  }
}

function shownOf<T>(schema: Schema<T>, masked: unknown, words: readonly string[]): T | undefined {
  if (words.length === 0) return undefined;
  const checked = check(schema, masked);
  return "value" in checked ? checked.value : undefined;
}

function hidden(problem: ArgProblem, words: readonly string[]): ArgProblem {
  const { message, help, ...rest } = problem;
  const shown = { ...rest, message: redactWords(message, words) };
  return help === undefined ? shown : { ...shown, help: redactWords(help, words) };
}

interface Found {
  readonly path: Path;
  readonly secret: Secret;
}

/** The secret at a path or above it, or the secrets under it. */
function secretsAt(value: unknown, [step, ...rest]: Path, path: Path = []): readonly Found[] {
  if (value instanceof Secret) return [{ path, secret: value }];
  if (step === undefined) return entriesOf(value).flatMap(([key, each]) => secretsAt(each, [], [...path, key]));
  return entriesOf(value).flatMap(([key, each]) => (key === step ? secretsAt(each, rest, [...path, key]) : []));
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((each: unknown, index) => [index, each]);
  return isMap(value) ? Object.entries(value) : [];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function replaced(value: unknown, [step, ...rest]: Path, by: string): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((each: unknown, i) => (i === step ? replaced(each, rest, by) : each));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === step ? replaced(each, rest, by) : each]),
  );
}

/** A text with dots in the place of these words. */
export function redactWords(text: string, words: readonly string[]): string {
  return words.reduce((made, word) => (word === "" ? made : made.replaceAll(word, REDACTED)), text);
}

/** A difference whose texts may hold what was revealed: dots for all of them. */
export function redactDelta(delta: Delta): Delta {
  const { before, after } = delta;
  const side = (state: Delta["after"]): Delta["after"] =>
    state === undefined
      ? undefined
      : Object.fromEntries(Object.entries(state).map(([key, value]) => [key, withDots(value ?? null)]));
  return { ...delta, before: side(before), after: side(after) };
}

function withDots(value: Json): Json {
  if (typeof value === "string") return REDACTED;
  if (Array.isArray(value)) return value.map((each: Json) => withDots(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withDots(each)]));
}
