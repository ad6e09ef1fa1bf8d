/** Finds what is wrong in a keepalived.conf as it is written: form, keywords, values, and what does not fit in it. */
import { advise } from "./advice.ts";
import type { AdviceName, NamedAdvice } from "./named-advice.ts";
import { isKnown, keywordsIn } from "./keywords.ts";
import type { Keyword } from "./keywords.ts";
import { lint } from "./lint.ts";
import { unknownKeyword } from "./problem.ts";
import type { DataProblem } from "./problem.ts";
import { notTakenBy } from "./releases.ts";
import { readFile } from "./read.ts";
import { isBlock, keywordOf, valuesOf } from "./tree.ts";
import type { At, Block, Entry } from "./tree.ts";
import { checkEntry, checkName, checkValue } from "./values.ts";

export interface LintOptions {
  /** The value for conditions (`@ID`): `--config-id`, or the first part of the node's name. */
  readonly id: string;
  /** The release that will read the file; undefined: any of those that the keyword table knows. */
  readonly release: string | undefined;
}

/** Something wrong in a file. */
export interface Finding {
  readonly kind: "form" | "unknown-keyword" | "value" | "advice";
  /** Start and end in the text. */
  readonly at: At;
  readonly message: string;
  readonly help?: string;
  /** Of advice, which keepalived takes all the same: the name by which a comment allows it. */
  readonly name?: AdviceName;
}

export function lintFile(text: string, options: LintOptions): readonly Finding[] {
  const { body, problems } = readFile(text, options.id);
  const keywords = checkBody(body, { block: [], release: options.release });
  const form = problems.map((problem) => ({ ...problem, kind: "form" }) as const);
  // What does not fit together may follow from a mistake in the form.
  const whole =
    problems.length > 0
      ? []
      : [...lint(body).map(asValue), ...refusedBy(options.release, body), ...advise(body).map(asAdvice)];
  const all: readonly Finding[] = [...form, ...keywords, ...whole];
  return all.filter((finding) => !isAllowed(text, finding)).toSorted((a, b) => startOf(a) - startOf(b));
}

/** What a release does not take, though it knows the keywords. */
function refusedBy(release: string | undefined, body: readonly Entry[]): readonly Finding[] {
  const [first] = body;
  if (release === undefined || first === undefined) return [];
  return notTakenBy(body, release).map((message) =>
    asValue({ at: first.at, message: `keepalived ${release}: ${message}` }),
  );
}

function startOf({ at: [start] }: Finding): number {
  return Number(start ?? 0);
}

interface Around {
  readonly block: readonly string[];
  readonly release: string | undefined;
}

/** Unknown keywords and wrong values. The body of an unknown block has no meaning, and is left out. */
function checkBody(body: readonly Entry[], around: Around): readonly Finding[] {
  return body.flatMap((entry) => checkOne(entry, around));
}

function checkOne(entry: Entry, around: Around): readonly Finding[] {
  const name = keywordOf(entry);
  if (isOutside(name)) return [];
  if (/^(?:;|\/\/)/.test(name)) return [noComment(entry.at)];
  const keyword = keywordsIn(around.block).get(name);
  if (keyword === undefined)
    return [{ ...inFile(unknownKeyword(name, around.block, entry.at)), kind: "unknown-keyword" }];
  if (around.release !== undefined && isKnown(keyword, around.release) === false)
    return [{ kind: "unknown-keyword", at: entry.at, message: `keepalived ${around.release} has no \`${name}\`` }];
  return isBlock(entry) ? checkBlock(entry, keyword, around) : checkLine(entry, keyword);
}

function noComment(at: At): Finding {
  const help = "begin comments with `#` or `!`";
  return { kind: "unknown-keyword", at, message: "this is no comment for keepalived", help };
}

/** Loops and includes are not followed. */
function isOutside(name: string): boolean {
  return name.startsWith("include") || name.startsWith("~") || name.startsWith("$");
}

function checkBlock(entry: Block, keyword: Keyword, around: Around): readonly Finding[] {
  const { keyword: name, shape } = keyword;
  if (shape !== "block" && shape !== "lines")
    return [asValue({ at: entry.at, message: `\`${name}\` has no block: \`{\` is read as another line` })];
  const inside = shape === "lines" ? checkEntries(entry, name) : checkBody(entry.body, within(around, name));
  const early = name === "virtual_server" ? sorryInhibit(entry.body) : [];
  return [...(keyword.named ? checkBlockName(entry, name) : []), ...early, ...inside];
}

function within({ block, release }: Around, keyword: string): Around {
  return { block: [...block, keyword], release };
}

function checkBlockName(entry: Block, keyword: string): readonly Finding[] {
  return valueProblem(entry, keyword, checkName(keyword, valuesOf(entry)));
}

function checkEntries({ body }: Block, keyword: string): readonly Finding[] {
  return body.flatMap((each) => valueProblem(each, keyword, checkEntry(keyword, wordsOf(each))));
}

/** keepalived ignores it before the server that it is about. */
function sorryInhibit(body: readonly Entry[]): readonly Finding[] {
  const names = body.map(keywordOf);
  const [inhibit, server] = [names.indexOf("sorry_server_inhibit"), names.indexOf("sorry_server")];
  const at = body[inhibit]?.at;
  if (at === undefined || (server !== -1 && server < inhibit)) return [];
  const help = "write it after `sorry_server`";
  return [{ kind: "value", at, message: "`sorry_server_inhibit` has no `sorry_server` before it", help }];
}

function wordsOf(entry: Entry): readonly string[] {
  return [keywordOf(entry), ...valuesOf(entry)];
}

/** lib/parser.c, check_true_false: case counts. */
const TRUTHS = new Set(["on", "off", "true", "false", "yes", "no"]);

function checkLine(entry: Entry, keyword: Keyword): readonly Finding[] {
  const { shape } = keyword;
  if (shape === "block" || shape === "lines")
    return [
      { kind: "value" as const, at: entry.at, message: `\`${keyword.keyword}\` needs a block: \`{\` is missing` },
    ];
  const words = valuesOf(entry);
  const isOptional = shape.endsWith("?") || ["flag", "switch", "bool", "free"].includes(shape);
  if (words.length === 0)
    return isOptional
      ? []
      : [{ kind: "value" as const, at: entry.at, message: `\`${keyword.keyword}\` needs a value` }];
  if ((shape === "bool" || shape === "switch") && !TRUTHS.has(words[0] ?? ""))
    return [asValue({ at: entry.at, message: `\`${keyword.keyword}\`: expected \`true\` or \`false\`` })];
  return valueProblem(entry, keyword.keyword, checkValue(keyword, words));
}

function valueProblem(
  { at }: Entry,
  keyword: string,
  problem: { readonly message: string; readonly help?: string } | undefined,
): readonly Finding[] {
  if (problem === undefined) return [];
  const help = problem.help === undefined ? {} : { help: problem.help };
  return [asValue({ at, message: `\`${keyword}\`: ${problem.message}`, ...help })];
}

function asValue(problem: DataProblem): Finding {
  return { ...inFile(problem), kind: "value" };
}

function asAdvice(advice: NamedAdvice): Finding {
  return { ...inFile(advice), kind: "advice" };
}

/** Messages show a keyword with its value as the data of a playbook; a file has no colon between them. */
function inFile<T extends { readonly message: string; readonly help?: string }>(finding: T): T {
  const { help } = finding;
  return { ...finding, message: plain(finding.message), ...(help === undefined ? {} : { help: plain(help) }) };
}

function plain(message: string): string {
  return message.replaceAll(/`([a-z_]+): ([^`]*)`/g, "`$1 $2`");
}

/** A comment `# allow: NAME` on the line, or on the line before it. */
function isAllowed(text: string, { at: [start], name }: Finding): boolean {
  if (name === undefined) return false;
  const lines = text.slice(0, Number(start)).split("\n");
  const all = text.split("\n");
  const near = [all[lines.length - 2] ?? "", all[lines.length - 1] ?? ""];
  return near.some((line) => (/[#!].*\ballow:\s*([\w\s,-]+)/.exec(line)?.[1] ?? "").split(/[\s,]+/).includes(name));
}
