/** A configuration as the task `keepalived` uses it: checked data, and its texts by version. */
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

/** The data as a configuration, or all problems with it. */
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

/** The same for people, with dots in place of secrets. */
export function shownFor(config: Config, version: string): string {
  return print(forVersion(config.body, version).body, true);
}

/** The numbers, from 1, of the lines of a release's file that contain a secret; negative if the first word is one. */
export function secretLinesFor(config: Config, version: string): readonly number[] {
  const lines = printLines(forVersion(config.body, version).body, false);
  return lines.flatMap(({ secret }, index) => {
    if (secret === undefined) return [];
    return [secret === "first" ? -(index + 2) : index + 2];
  });
}

/** All texts that some release gets. */
export function textsOf(config: Config): readonly string[] {
  return [...new Set(DIALECTS.map((version) => textFor(config, version)))];
}

/**
 * The text that every release on today's hosts accepts; `undefined`: they differ. A file with that text is right for
 * any release from 2.1.0 on.
 */
export function textForAll(config: Config): string | undefined {
  return RELEASES.every((version) => cannotBeFor(config, version).length === 0) ? textFor(config, NEWEST) : undefined;
}

/** What a release does not support, one line each. */
export function cannotBeFor(config: Config, version: string): readonly string[] {
  return forVersion(config.body, version).cannot;
}

export function adviceOn(config: Config): readonly NamedAdvice[] {
  return advise(config.body);
}
