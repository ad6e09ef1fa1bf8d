/** Reads the criteria of `Match`. */
import type { Problem } from "../core/problem.ts";
import { didYouMean, listNames } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { delimited } from "./lex.ts";
import type { Word } from "./lex.ts";

const WITH_ARGUMENT = ["host", "originalhost", "user", "localuser", "tagged", "exec"] as const;
const ALONE = ["all", "canonical", "final"] as const;

export type Criterion =
  | { readonly is: (typeof ALONE)[number]; readonly negated: boolean; readonly place: Place }
  | {
      readonly is: (typeof WITH_ARGUMENT)[number];
      readonly negated: boolean;
      readonly place: Place;
      readonly argument: Word;
    };

type Tell = (problem: Problem) => void;

/** The criteria at a place; `undefined` if they are wrong, which is reported. */
export function readMatch(at: Place, keyword: Word, tell: Tell): readonly Criterion[] | undefined {
  const criteria: Criterion[] = [];
  let start = at.start;
  while (start < at.end && at.source.text[start] !== "#") {
    const found = delimited(at.source, start, at.end);
    if (found === undefined) return wrong(tell, { ...at, start }, "this quote is not closed");
    if (found.word.text === "") break;
    const read = criterion(found.word, at, found.next, tell);
    if (read === undefined) return undefined;
    criteria.push(read.criterion);
    start = read.next;
  }
  if (criteria.length === 0) return wrong(tell, keyword.place, "`Match` needs a criterion", `one of ${NAMES}`);
  return alone(criteria, tell) ? criteria : undefined;
}

const NAMES = listNames([...WITH_ARGUMENT, ...ALONE]);

function wrong(tell: Tell, place: Place, message: string, help?: string, label?: string): undefined {
  const more = { ...(help === undefined ? {} : { help }), ...(label === undefined ? {} : { label }) };
  tell({ severity: "error", code: "ssh-config", message, place, ...more });
  return undefined;
}

interface Read {
  readonly criterion: Criterion;
  readonly next: number;
}

function criterion(word: Word, at: Place, next: number, tell: Tell): Read | undefined {
  const negated = word.text.startsWith("!");
  const name = (negated ? word.text.slice(1) : word.text).toLowerCase();
  const simple = ALONE.find((each) => each === name);
  if (simple !== undefined) return { criterion: { is: simple, negated, place: word.place }, next };
  const is = WITH_ARGUMENT.find((each) => each === name);
  if (is === undefined) return unknown(word, name, tell);
  const argument = next < at.end && at.source.text[next] !== "#" ? delimited(at.source, next, at.end) : undefined;
  if (argument === undefined || argument.word.text === "")
    return wrong(tell, word.place, `\`Match ${name}\` needs a value`);
  return { criterion: { is, negated, place: word.place, argument: argument.word }, next: argument.next };
}

function unknown({ place, text }: Word, name: string, tell: Tell): undefined {
  const label = didYouMean(name, [...WITH_ARGUMENT, ...ALONE]);
  return wrong(tell, place, `\`Match\` knows no \`${text}\` here`, `one of ${NAMES}`, label);
}

/** `all` must be alone, or after one other criterion (`final all`). */
function alone(criteria: readonly Criterion[], tell: Tell): boolean {
  const index = criteria.findIndex(({ is }) => is === "all");
  if (index < 0) return true;
  const beside = criteria[index + 1] ?? (index > 1 ? criteria[index] : undefined);
  if (beside === undefined) return true;
  wrong(tell, beside.place, "`Match all` takes no other criterion");
  return false;
}
