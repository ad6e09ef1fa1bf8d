import { inspect } from "node:util";

/** The text that is shown in place of a secret. */
export const REDACTED = "••••";

/**
 * A value that must never be shown: a password, a key, a VRRP authentication word. It prints as dots in strings, JSON
 * and `console.log`. Only `reveal()` gives it out. Only two places call that: the standard input of a remote shell, and
 * ssh's authentication.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Whether some data has a secret in it, or says of itself that it is one (`secret: true`). */
export function containsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return Object.entries(value).some(([key, each]) => (key === "secret" && each === true) || containsSecret(each));
}

/** A secret text with templates that are still to be rendered; the rendered text is secret as well. */
export class SecretTemplate extends Secret {}

/** Shorter words occur in too many unrelated texts. */
const SHORTEST = 4;
/** A file of variables that is encrypted as a whole also holds words like `root` or `nginx`. */
export const SHORTEST_FROM_FILES = 6;
/** The same for words out of a longer secret. */
const SHORTEST_PART = 8;

const registered = new Set<string>();
let pattern: RegExp | undefined;

/**
 * From now on the word is redacted in all texts about hosts and problems. It can come back from outside: a program that
 * repeats its arguments, a message that quotes its input.
 */
export function registerSecret(secret: string, shortest = SHORTEST): void {
  const parts = secret.split(/\s+/).filter((part) => part.length >= SHORTEST_PART);
  const whole = secret.trim().length >= shortest ? [secret, secret.trim()] : [];
  for (const each of [...whole, ...parts].flatMap(encodingsOf)) registered.add(each);
  pattern = undefined;
}

/** The ways in which programs write a word. */
function encodingsOf(word: string): readonly string[] {
  const bytes = Buffer.from(word, "utf8");
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [word, JSON.stringify(word).slice(1, -1), encodeURIComponent(word), base64, word.replaceAll("'", "'\\''")];
}

/** The text with dots in the place of every secret that is remembered. */
export function redact(text: string): string {
  if (registered.size === 0 || text === "") return text;
  pattern ??= new RegExp(
    [...registered]
      .sort((a, b) => b.length - a.length)
      .map(escaped)
      .join("|"),
    "g",
  );
  return text.replace(pattern, REDACTED);
}

function escaped(word: string): string {
  return word.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
