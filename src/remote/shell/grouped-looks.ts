/**
 * Looks of one kind ask about all their subjects in one process, before they are made (`ahead` in src/core/shell.ts).
 */
import type { Sh } from "../../core/shell.ts";

/** Shell, a line each: before the looks, and after them, since what was asked holds no longer than they do. */
export interface PrefetchScript {
  readonly ask: string;
  readonly forget: string;
}

export function prefetchScript(looks: Iterable<Sh>): PrefetchScript {
  const all = [...subjectsOf(looks)].filter(([, { size }]) => size > 1);
  return { ask: askText(all), forget: all.length === 0 ? "" : "dsr_forget\n" };
}

type Asked = readonly [kind: string, subjects: ReadonlySet<string>];

/** Where a kind asks about some subjects of the one before it, and about no others, these are sent once. */
function askText([first, second, ...others]: readonly Asked[]): string {
  if (first === undefined) return "";
  const [kind, subjects] = first;
  if (second === undefined || [...second[1]].some((subject) => !subjects.has(subject)))
    return `dsr_ahead ${kind} ${words(subjects)}\n${askText(second === undefined ? [] : [second, ...others])}`;
  const rest = [...subjects].filter((subject) => !second[1].has(subject));
  return `set -- ${words(second[1])}\ndsr_ahead ${kind} "$@" ${words(rest)}\ndsr_ahead ${second[0]} "$@"\n${askText(others)}`;
}

const words = (subjects: Iterable<string>): string => [...subjects].join(" ");

/** What looks can be asked about together: the kind of the function that does → the subjects of all. */
function subjectsOf(looks: Iterable<Sh>): ReadonlyMap<string, ReadonlySet<string>> {
  const subjects = new Map<string, Set<string>>();
  for (const { of, subject } of [...looks].flatMap((look) => look.calls())) {
    if (of.prefetch === undefined || subject === undefined) continue;
    subjects.set(of.prefetch, (subjects.get(of.prefetch) ?? new Set()).add(subject));
  }
  return subjects;
}
