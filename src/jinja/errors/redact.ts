import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import { UndefinedError } from "./fault.ts";

/** Pieces of a secret this long do not get into messages. */
const PIECE = 4;
const MOST = 100_000;

/** Whether a text has a piece of a secret in it. */
function tells(text: string, secret: string): boolean {
  if (secret.length <= PIECE) return secret !== "" && text.includes(secret);
  for (let i = 0; i + PIECE <= Math.min(secret.length, MOST); i++) {
    if (text.includes(secret.slice(i, i + PIECE))) return true;
  }
  return false;
}

/** The same error, without pieces of secrets that were read before it occurred. */
export function withoutSecrets(error: unknown, secrets: ReadonlySet<string>): unknown {
  if (!(error instanceof InputError) || secrets.size === 0) return error;
  const told = (text: string): boolean => [...secrets].some((secret) => tells(text, secret));
  const problems = error.problems.map((problem) => redactProblem(problem, told));
  return error instanceof UndefinedError ? new UndefinedError(problems) : new InputError(problems);
}

function redactProblem(problem: Problem, told: (text: string) => boolean): Problem {
  const { message, label, help, note, ...rest } = problem;
  return {
    ...rest,
    message: told(message) ? "the value of a secret does not fit here" : message,
    ...(label === undefined || told(label) ? {} : { label }),
    ...(help === undefined || told(help) ? {} : { help }),
    ...(note === undefined || told(note) ? {} : { note }),
  };
}
