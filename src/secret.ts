import { inspect } from "node:util";

/** What stands in the place of a secret wherever it would be shown. */
export const DOTS = "••••";

/**
 * A value that must never be shown: a password, a key, a VRRP authentication word.
 * It prints as dots in strings, JSON and `console.log`; only `reveal()` gives it out,
 * and only the wire (standard input of a remote shell) and ssh's authentication call that.
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
    return DOTS;
  }

  toJSON(): string {
    return DOTS;
  }

  [inspect.custom](): string {
    return DOTS;
  }
}
