import { count, fail } from "./fault.ts";

/** What one rendering may cost. A template that needs more is refused, never waited for. */
export const LIMITS = {
  /** Turns of one loop, items that `range` and the like may make. */
  loop: 100_000,
  /** Nodes evaluated and items handled in one rendering. */
  work: 10_000_000,
  /** Characters of any text that is made. */
  text: 10_000_000,
  /** Items of any list that is made. */
  items: 1_000_000,
  /** Steps of all regular expressions in one rendering. */
  regex: 10_000_000,
  /** Nested macros, includes and variables; nested brackets. */
  depth: 100,
  /** Bits of an integer. */
  bits: 8192,
} as const;

/** What a rendering has cost so far. */
class Budget {
  #work = 0;
  #regex = 0;

  work(amount: number): void {
    this.#work += amount;
    if (this.#work > LIMITS.work) fail("the template takes too long", { label: "stopped here", help: LOOPS });
  }

  regex(steps: number): void {
    this.#regex += steps;
    if (this.#regex > LIMITS.regex) tooSlow();
  }

  get regexLeft(): number {
    return LIMITS.regex - this.#regex;
  }
}

/** The budget of the current rendering; rendering is synchronous, so there is one at a time. */
let current: Budget | undefined;

/** Runs something on one budget, with all variables and templates that it leads to. */
export function budgeted<T>(run: () => T): T {
  if (current !== undefined) return run();
  current = new Budget();
  try {
    return run();
  } finally {
    current = undefined;
  }
}

/** @param amount nodes or items about to be handled */
export function work(amount: number): void {
  current?.work(amount);
}

/** Texts are handled many characters at a time. */
export function textWork(length: number): void {
  if (length > 64) work(length >> 6);
}

/** @param steps steps that a regular expression has just taken */
export function regexWork(steps: number): void {
  current?.regex(steps);
}

/** Steps that regular expressions may still take. */
export function regexLeft(): number {
  return current === undefined ? LIMITS.regex : current.regexLeft;
}

const LOOPS = "loop over less, or prepare the data in a variable";

export function tooSlow(): never {
  fail("the regular expression takes too long", {
    label: `more than ${count(LIMITS.regex)} steps`,
    help: "nested repetitions like `(a+)+` try every way to split the text; write the pattern without them",
  });
}

/** Refuses to make a list of this many items. */
export function boundedLoop(items: number | bigint, what: string): void {
  if (items > LIMITS.loop)
    fail(`${what} is larger than ${count(LIMITS.loop)} items`, { label: `${count(items)} items` });
}

/** Refuses to make a text of this many characters. */
export function boundedText(length: number): void {
  if (length > LIMITS.text) fail(`the text is longer than ${count(LIMITS.text)} characters`);
}

export function boundedItems(length: number): void {
  if (length > LIMITS.items) fail(`the list is longer than ${count(LIMITS.items)} items`);
}
