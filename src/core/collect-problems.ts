/** Collects problems, because the input can have many: they are thrown together. */
import { InputError } from "./problem.ts";
import type { Problem } from "./problem.ts";

/** The work's result, or `undefined` if it threw an `InputError`; `tell` gets the error's problems. */
export async function collectProblems<T>(
  tell: (problem: Problem) => void,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    error.problems.forEach(tell);
    return undefined;
  }
}

/** The same for work that does not wait. */
export function collectProblemsSync<T>(tell: (problem: Problem) => void, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    error.problems.forEach(tell);
    return undefined;
  }
}

/** @throws InputError with all of them, warnings included, if there is an error among them. */
export function throwIfErrors(problems: readonly Problem[]): void {
  if (problems.some((problem) => problem.severity === "error")) throw new InputError(problems);
}

/** Passes each problem on once: the same message about the same place is the same problem. */
export function deduplicate(tell: (problem: Problem) => void): (problem: Problem) => void {
  const told = new Set<string>();
  return (problem) => {
    const key = JSON.stringify([problem.message, problem.place?.source.file, problem.place?.start]);
    if (!told.has(key)) tell(problem);
    told.add(key);
  };
}
