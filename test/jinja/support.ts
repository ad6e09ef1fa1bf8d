import { InputError } from "../../src/core/problem.ts";
import type { Problem } from "../../src/core/problem.ts";
import { showPlace } from "../../src/core/source.ts";
import type { Place } from "../../src/core/source.ts";
import type { Scope } from "../../src/jinja/templates.ts";

/** Variables whose values are plain data. */
export function scopeOf(values: Readonly<Record<string, unknown>>): Scope {
  return {
    has: (name) => Object.hasOwn(values, name),
    get: (name) => values[name],
    names: () => Object.keys(values),
  };
}

/** A text that is a source of its own. */
export function whole(text: string, file = "t.yml"): Place {
  return { source: { file, text }, start: 0, end: text.length };
}

/** The place of a scalar (or part) that stands once in a source. */
export function placeIn(source: string, part: string, file = "t.yml"): Place {
  const start = source.indexOf(part);
  if (start < 0 || source.includes(part, start + 1)) throw new Error(`not once in the source: ${part}`);
  return { source: { file, text: source }, start, end: start + part.length };
}

/** The problem that running something ends with. */
export function problemOf(run: () => unknown): Problem {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError && error.problems[0] !== undefined) return error.problems[0];
    throw error;
  }
  throw new Error("it did not fail");
}

/** `file:line:column` and the text that a problem points at. */
export function pointed(problem: Problem): string {
  const { place } = problem;
  if (place === undefined) return "nowhere";
  return `${showPlace(place)} ${place.source.text.slice(place.start, place.end)}`;
}
