/** Looks of one kind ask about all their subjects in one process, before they are made (`ahead` in src/sh.ts). */
import { quote } from "../sh.ts";
import type { Sh } from "../sh.ts";

/** Shell, a line each: before the looks, and after them, since what was asked holds no longer than they do. */
export interface Ahead {
  readonly ask: string;
  readonly forget: string;
}

export function askedAhead(looks: Iterable<Sh>): Ahead {
  const all = [...subjectsOf(looks)].filter(([, { size }]) => size > 1);
  const ask = all.map(
    ([kind, subjects]) => `ahead_${kind} ${[...subjects].map(quote).join(" ")} </dev/null 2>/dev/null\n`,
  );
  return {
    ask: ask.join(""),
    forget: all.length === 0 ? "" : `${all.map(([kind]) => `learnt_${kind}=0`).join(" ")}\n`,
  };
}

/** What looks can be asked about together: the kind of the function that does → the subjects of all. */
function subjectsOf(looks: Iterable<Sh>): ReadonlyMap<string, ReadonlySet<string>> {
  const subjects = new Map<string, Set<string>>();
  for (const { of, subject } of [...looks].flatMap((look) => look.calls())) {
    if (of.ahead === undefined || subject === undefined) continue;
    subjects.set(of.ahead, (subjects.get(of.ahead) ?? new Set()).add(subject));
  }
  return subjects;
}
