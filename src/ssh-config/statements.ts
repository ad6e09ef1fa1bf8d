/** Parses lines to statements; a wrong line is reported at its place, even if it is about no host. */
import type { Problem } from "../core/problem.ts";
import { didYouMean } from "../text/suggest.ts";
import type { Place, Source } from "../core/source.ts";
import { NAMES, isKnown, keywordOf, kindOf } from "./keywords.ts";
import type { Keyword, Kind } from "./keywords.ts";
import { lexLines } from "./lex.ts";
import type { Line, Word } from "./lex.ts";
import { readMatch } from "./match.ts";
import type { Criterion } from "./match.ts";
import { matchesList } from "./pattern.ts";
import { flag, hops, seconds, strictness, wholeNumber } from "./values.ts";

export type Statement =
  | { readonly is: "host"; readonly patterns: readonly Word[] }
  | { readonly is: "match"; readonly criteria: readonly Criterion[] }
  | { readonly is: "include"; readonly paths: readonly Word[] }
  | { readonly is: "set"; readonly keyword: Keyword; readonly values: readonly Word[] };

export type Tell = (problem: Problem) => void;

/** The statements of a file, in their order; wrong lines are left out and reported. */
export function readStatements(source: Source, tell: Tell): readonly Statement[] {
  let ignored = "";
  return lexLines(source).flatMap((line): readonly Statement[] => {
    const name = line.keyword.text.toLowerCase();
    if (name === "ignoreunknown" && ignored === "") ignored = line.words?.[0]?.text ?? "";
    if (isWhole(line, tell)) return statementOf(line, name, ignored, tell);
    return [];
  });
}

function isWhole({ keyword, rest, open }: Line, tell: Tell): boolean {
  if (rest.text === "") return wrong(tell, keyword.place, `\`${keyword.text}\` has no value`);
  return open === undefined || wrong(tell, open, "this quote is not closed");
}

/** Reports a problem; always false, for the caller to return. */
function wrong(tell: Tell, place: Place, message: string, help?: string): false {
  tell({ severity: "error", code: "ssh-config", message, place, ...(help === undefined ? {} : { help }) });
  return false;
}

function statementOf(line: Line, name: string, ignored: string, tell: Tell): readonly Statement[] {
  const words = line.words ?? [];
  switch (name) {
    case "host":
      return noneEmpty(line, tell) ? [{ is: "host", patterns: words }] : [];
    case "match": {
      const criteria = readMatch(line.rest.place, line.keyword, tell);
      return criteria === undefined ? [] : [{ is: "match", criteria }];
    }
    case "include":
      return noneEmpty(line, tell) ? [{ is: "include", paths: words }] : [];
    default: {
      const keyword = keywordOf(name);
      if (keyword !== undefined) return setting(keyword, line, tell);
      if (!isKnown(name) && !matchesList(name, ignored.toLowerCase())) suspect(line.keyword, tell);
      return [];
    }
  }
}

/** Keywords that another version of ssh(1) may know; a misspelt keyword would silently have no effect. */
function suspect({ text, place }: Word, tell: Tell): void {
  const label = didYouMean(text, NAMES);
  if (label === undefined) return;
  tell({
    severity: "warning",
    code: "ssh-config",
    message: `\`${text}\` is not a keyword of ssh_config and has no effect`,
    place,
    label,
  });
}

function noneEmpty({ words = [], keyword }: Line, tell: Tell): boolean {
  const empty = words.find(({ text }) => text === "");
  if (empty !== undefined) return wrong(tell, empty.place, `\`${keyword.text}\`: a word is empty`);
  return words.length > 0 || wrong(tell, keyword.place, `\`${keyword.text}\` has no value`);
}

function setting(keyword: Keyword, line: Line, tell: Tell): readonly Statement[] {
  const kind = kindOf(keyword);
  const values = valuesOf(keyword, kind, line, tell);
  return values === undefined ? [] : [{ is: "set", keyword, values }];
}

function valuesOf(keyword: Keyword, kind: Kind, line: Line, tell: Tell): readonly Word[] | undefined {
  if (kind === "command") return [line.rest];
  if (!noneEmpty(line, tell)) return undefined;
  const words = line.words ?? [];
  if (kind === "files") return filesOf(keyword, words, tell);
  if (kind === "jump") return jumpOf(line.rest, tell);
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (second !== undefined) return void wrong(tell, second.place, `\`${keyword}\` takes one value`, ONE);
  return isOf(kind, keyword, first, tell) ? [first] : undefined;
}

const ONE = "put a value with a space in double quotes";

function filesOf(keyword: Keyword, words: readonly Word[], tell: Tell): readonly Word[] | undefined {
  const none = words.length > 1 ? words.find(({ text }) => text.toLowerCase() === "none") : undefined;
  return none === undefined
    ? words
    : void wrong(tell, none.place, `\`${keyword}\`: \`none\` cannot be combined with other values`);
}

/** The rest of the line without a comment. */
function jumpOf({ text, place }: Word, tell: Tell): readonly Word[] | undefined {
  const [all = "", before = "", value = ""] = /^([ \t=]*)([^#]*?)[ \t]*(?:#.*)?$/s.exec(text) ?? [];
  const start = place.start + (all === "" ? 0 : before.length);
  const word = { text: value, place: { ...place, start, end: start + value.length } };
  if (hops(value) !== undefined) return [word];
  // `ProxyJump==` has an empty value: then the rest of the line is what is wrong.
  return void wrong(
    tell,
    value === "" ? place : word.place,
    "`ProxyJump`: expected hosts as `[user@]host[:port]`, with commas, or `none`",
  );
}

const EXPECTED: Readonly<Partial<Record<Kind, readonly [expected: string, is: (text: string) => boolean]>>> = {
  time: ["seconds, or a time such as `1m30s`", (text) => text === "none" || seconds(text) !== undefined],
  count: ["a whole number", (text) => wholeNumber(text) !== undefined],
  port: ["a port from 1 to 65535", (text) => text === "ssh" || (wholeNumber(text, 65_535) ?? 0) > 0],
  flag: ["`yes` or `no`", (text) => flag(text) !== undefined],
  strictness: ["`yes`, `accept-new`, `ask` or `no`", (text) => strictness(text) !== undefined],
  agent: ["a path, `none`, `SSH_AUTH_SOCK` or `$VARIABLE`", (text) => !/^\$(?!\{)(?![A-Za-z_0-9]*$)/.test(text)],
};

function isOf(kind: Kind, keyword: Keyword, { text, place }: Word, tell: Tell): boolean {
  const [expected, is] = EXPECTED[kind] ?? ["", () => true];
  return is(text) || wrong(tell, place, `\`${keyword}\`: expected ${expected}, got \`${text}\``);
}
