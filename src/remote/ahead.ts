/** Looks of one kind ask about all their subjects in one process, before they are made (`ahead` in src/sh.ts). */
import { quote } from "../sh.ts";
import type { Look } from "../session.ts";

/** Shell, a line each: before the looks, and after them, since what was asked holds no longer than they do. */
export interface Ahead {
  readonly ask: string;
  readonly forget: string;
}

export function askedAhead(looks: readonly Look[]): Ahead {
  const all = [...subjectsOf(looks)].filter(([, { size }]) => size > 1);
  const ask = all.map(([name, subjects]) => `${name} ${[...subjects].map(quote).join(" ")} </dev/null 2>/dev/null\n`);
  return { ask: ask.join(""), forget: all.map(([name]) => `${name}\n`).join("") };
}

/** What looks can be asked about together: the function that does → the subjects of all. */
function subjectsOf(looks: readonly Look[]): ReadonlyMap<string, ReadonlySet<string>> {
  const subjects = new Map<string, Set<string>>();
  for (const { of, subject } of looks.flatMap(({ look }) => look.calls())) {
    if (of.ahead === undefined || subject === undefined) continue;
    subjects.set(of.ahead, (subjects.get(of.ahead) ?? new Set()).add(subject));
  }
  return subjects;
}
