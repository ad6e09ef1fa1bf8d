/** What every reader of the user's input holds to, whatever it is given: no crash, no pollution, places in the text. */
import type fc from "fast-check";
import { InputError } from "../../src/core/problem.ts";
import type { Problem } from "../../src/core/problem.ts";
import type { Place } from "../../src/core/source.ts";
import { renderProblems } from "../../src/report/problem.ts";

/** A text with a fault that was put into it: the problem has to be at the fault. */
export interface Planted {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Reader {
  /** As `npm run fuzz` takes it. */
  readonly name: string;
  /** Anything, the nearer to sense the better. */
  readonly texts: fc.Arbitrary<string>;
  /** What is right but for one fault; left out where nothing can be wrong. */
  readonly planted?: fc.Arbitrary<Planted>;
  /** Reads a text, tells what is wrong with it, may throw InputError. The source is called `fuzz`. */
  readonly read: (text: string, tell: (problem: Problem) => void) => void | Promise<void>;
}

/** @throws for what is a bug of the reader */
export async function survives(reader: Reader, text: string): Promise<void> {
  for (const problem of await problemsOf(reader, text)) {
    for (const place of placesOf(problem)) within(place, text);
    const shown = renderProblems([problem]);
    if (/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]/.test(shown))
      throw new Error(`control characters: ${JSON.stringify(shown)}`);
  }
  unpolluted();
}

/** @throws when no error touches the fault */
export async function pointsAt(reader: Reader, { text, start, end }: Planted): Promise<void> {
  const errors = (await problemsOf(reader, text)).filter(({ severity }) => severity === "error");
  const touches = ({ place }: Problem): boolean => place !== undefined && place.start < end && place.end >= start;
  if (errors.some(touches)) return;
  const said = errors.map(({ message, place }) => `${message} at ${place?.start ?? "?"}–${place?.end ?? "?"}`);
  throw new Error(
    `the fault lies at ${start}–${end} (${JSON.stringify(text.slice(start, end))}), said: ${said.join("; ") || "nothing"}`,
  );
}

async function problemsOf(reader: Reader, text: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  try {
    await reader.read(text, (problem) => problems.push(problem));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (error.problems.length === 0) throw new Error("wrong input, and nothing is said of it", { cause: error });
    problems.push(...error.problems);
  }
  return problems;
}

function placesOf({ place, related }: Problem): readonly Place[] {
  return [...(place === undefined ? [] : [place]), ...(related ?? []).map((each) => each.place)];
}

function within({ source, start, end }: Place, text: string): void {
  if (source.file !== "fuzz") return;
  if (start < 0 || end < start || end > text.length + 1)
    throw new Error(`${start}–${end} is no place in ${text.length} characters`);
}

function unpolluted(): void {
  if (Object.keys(Object.prototype).length > 0) throw new Error("Object.prototype has new keys");
  if (({} as Record<string, unknown>)["polluted"] !== undefined) throw new Error("objects are polluted");
}
