/** A configuration as the task `keepalived` has it: checked data, and its texts by version. */
import { advise } from "./advice.ts";
import type { NamedAdvice } from "./named-advice.ts";
import { build } from "./build.ts";
import { DIALECTS, NEWEST, RELEASES, forVersion } from "./dialect.ts";
import { LONGEST_LINE } from "./lex.ts";
import { lint } from "./lint.ts";
import { print, printLines } from "./print.ts";
import type { DataProblem } from "./problem.ts";
import { hasSecret } from "./tree.ts";
import type { Entry } from "./tree.ts";

export interface Config {
  readonly body: readonly Entry[];
  readonly secret: boolean;
}

/** The data as a configuration, or everything that is wrong with it. */
export function configOf(
  data: Readonly<Record<string, unknown>>,
): Config | { readonly problems: readonly DataProblem[] } {
  const { body, problems } = build(data);
  if (problems.length > 0) return { problems };
  const found = [...lint(body), ...tooLong(body)];
  return found.length > 0 ? { problems: found } : { body, secret: hasSecret(body) };
}

/** keepalived would read the rest as another line. */
function tooLong(body: readonly Entry[]): readonly DataProblem[] {
  const long = printLines(body, false).filter(({ text }) => Buffer.byteLength(text) > LONGEST_LINE);
  return long.map(({ at, text }) => ({
    at,
    message: `the line has ${Buffer.byteLength(text)} bytes; keepalived reads ${LONGEST_LINE} at most`,
  }));
}

/** The file for a release. */
export function textFor(config: Config, version: string): string {
  return print(forVersion(config.body, version).body, false);
}

/** The same for people: dots where a secret stands. */
export function shownFor(config: Config, version: string): string {
  return print(forVersion(config.body, version).body, true);
}

/**
 * The numbers, from 1, of the lines for a release in which a secret stands; below zero where their first word is one.
 */
export function secretLinesFor(config: Config, version: string): readonly number[] {
  const lines = printLines(forVersion(config.body, version).body, false);
  return lines.flatMap(({ secret }, index) => {
    if (secret === undefined) return [];
    return [secret === "first" ? -(index + 2) : index + 2];
  });
}

/** Every text that some release gets. */
export function textsOf(config: Config): readonly string[] {
  return [...new Set(DIALECTS.map((version) => textFor(config, version)))];
}

/**
 * The text in which every release that hosts have nowadays takes the configuration; `undefined`: they differ. A file
 * that is that is right whatever release reads it, but for those before 2.1.0.
 */
export function textForAll(config: Config): string | undefined {
  return RELEASES.every((version) => cannotBeFor(config, version).length === 0) ? textFor(config, NEWEST) : undefined;
}

/** What a release cannot do, a line each. */
export function cannotBeFor(config: Config, version: string): readonly string[] {
  return forVersion(config.body, version).cannot;
}

export function adviceOn(config: Config): readonly NamedAdvice[] {
  return advise(config.body);
}
