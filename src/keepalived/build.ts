/**
 * Builds a tree from the data of a configuration (keepalived's own keywords, as maps and lists). The table says what a
 * keyword takes. The order is the one that keepalived needs. A definition comes before its uses; in a block the plain
 * lines come before the blocks that inherit from them.
 */
import { Secret } from "../core/secret.ts";
import { lex, unwritable } from "./lex.ts";
import { keywordsIn } from "./keywords.ts";
import type { Keyword } from "./keywords.ts";
import { inBlockOrder, inTopOrder } from "./order.ts";
import { unknownKeyword } from "./problem.ts";
import type { DataProblem } from "./problem.ts";
import { plain } from "./tree.ts";
import type { At, Block, Entry, Line, Word } from "./tree.ts";
import { checkEntry, checkName, checkValue } from "./values.ts";
import { truthOf } from "../text/boolean-words.ts";

export interface Built {
  readonly body: readonly Entry[];
  readonly problems: readonly DataProblem[];
}

type Data = Readonly<Record<string, unknown>>;

/** The builder's position: the keywords of the blocks around it, the keys that led there, and the problems so far. */
interface Here {
  readonly block: readonly string[];
  readonly at: At;
  readonly problems: DataProblem[];
}

export function build(data: Data): Built {
  const problems: DataProblem[] = [];
  const body = keywordLines(data, { block: [], at: [], problems });
  return { body: inTopOrder(body), problems };
}

function keywordLines(data: Data, here: Here): readonly Entry[] {
  const known = keywordsIn(here.block);
  return Object.entries(data).flatMap(([key, value]) => {
    const at = [...here.at, key];
    const keyword = known.get(key);
    if (keyword !== undefined) return entries(keyword, value, { ...here, at });
    here.problems.push(unknownKeyword(key, here.block, at));
    return [];
  });
}

function entries(keyword: Keyword, value: unknown, here: Here): readonly Entry[] {
  if (keyword.named) return named(keyword, value, here);
  if (keyword.several && Array.isArray(value)) {
    return value.flatMap((each: unknown, index) => single(keyword, each, { ...here, at: [...here.at, index] }));
  }
  return single(keyword, value, here);
}

function single(keyword: Keyword, value: unknown, here: Here): readonly Entry[] {
  if (keyword.shape === "block") return block(keyword, [], value, here);
  if (keyword.shape === "lines") return entryBlock(keyword, [], value, here);
  return line(keyword, value, here);
}

/** Named blocks: a map from names to bodies (or to lists of bodies), or a list of bodies with a `name`. */
function named(keyword: Keyword, value: unknown, here: Here): readonly Entry[] {
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, index) => fromList(keyword, each, { ...here, at: [...here.at, index] }));
  }
  if (!isData(value)) return none(here, `expected a map from names to what is in each \`${keyword.keyword}\``);
  return Object.entries(value).flatMap(([name, body]) => {
    const there = { ...here, at: [...here.at, name] };
    if (keyword.shape === "lines" || !Array.isArray(body)) return withName(keyword, name, body, there);
    return body.flatMap((each: unknown, index) =>
      withName(keyword, name, each, { ...there, at: [...there.at, index] }),
    );
  });
}

function fromList(keyword: Keyword, value: unknown, here: Here): readonly Entry[] {
  if (!isData(value) || !("name" in value)) {
    return none(here, `expected a map with \`name\`, the words after \`${keyword.keyword}\``);
  }
  const { name, ...body } = value;
  const there = { ...here, at: [...here.at, "name"] };
  if (typeof name !== "string" && typeof name !== "number") return none(there, "expected text");
  if (keyword.shape !== "lines") return withName(keyword, String(name), body, here);
  return withName(keyword, String(name), body["entries"], { ...here, at: [...here.at, "entries"] });
}

function withName(keyword: Keyword, name: string, body: unknown, here: Here): readonly Entry[] {
  const words = lex(name);
  if ("wrong" in words) return none(here, words.wrong);
  const problem = checkName(keyword.keyword, words) ?? notWritable(words);
  if (problem !== undefined)
    here.problems.push({
      ...problem,
      at: here.at,
      message: `${problem.message}${name.includes("{{") ? TEMPLATE_KEY : ""}`,
    });
  return keyword.shape === "lines" ? entryBlock(keyword, words, body, here) : block(keyword, words, body, here);
}

const TEMPLATE_KEY = "; where keys are not rendered as templates, write a list of maps with `name`";

function block(keyword: Keyword, name: readonly string[], value: unknown, here: Here): readonly Block[] {
  // `TCP_CHECK:` and `TCP_CHECK: true` are a check without options.
  const body = value === null || value === true ? {} : value;
  if (!isData(body)) return none(here, `expected a map of what is in \`${keyword.keyword}\``);
  const inside = { ...here, block: [...here.block, keyword.keyword] };
  const lines = inBlockOrder(keywordLines(body, inside));
  return [{ words: [keyword.keyword, ...name], body: lines, entries: false, at: here.at }];
}

function entryBlock(keyword: Keyword, name: readonly string[], value: unknown, here: Here): readonly Block[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const body = list.flatMap((each, index) => {
    const at = Array.isArray(value) ? [...here.at, index] : here.at;
    return entry(keyword, each, { ...here, at });
  });
  return [{ words: [keyword.keyword, ...name], body, entries: true, at: here.at }];
}

function entry(keyword: Keyword, value: unknown, here: Here): readonly Line[] {
  const words = split(value, here);
  if (words === undefined) return [];
  if (words.length === 0) return none(here, "expected text");
  const problem = checkEntry(keyword.keyword, words.map(plain));
  if (problem !== undefined) here.problems.push({ at: here.at, ...problem });
  return [{ words, at: here.at }];
}

function line(keyword: Keyword, value: unknown, here: Here): readonly Line[] {
  const words = wordsOf(keyword, value, here);
  if (words === undefined) return [];
  const problem = words.length === 0 ? undefined : checkValue(keyword, words.map(plain));
  if (problem !== undefined) here.problems.push({ at: here.at, ...problem });
  return [{ words: [keyword.keyword, ...secretly(keyword.keyword, words)], at: here.at }];
}

/** The words after the keyword; `undefined`: the line is left out, or a problem was noted. */
function wordsOf(keyword: Keyword, value: unknown, here: Here): readonly Word[] | undefined {
  switch (keyword.shape) {
    case "flag":
    case "switch":
    case "bool":
      return onOrOff(keyword, value, here);
    case "word?":
    case "words?":
    case "command?":
      if (typeof value === "boolean") return value ? [] : undefined;
      return some(keyword, value, here);
    case "free":
      if (typeof value === "boolean") return value ? [] : ["false"];
      return some(keyword, value, here);
    default:
      return some(keyword, value, here);
  }
}

function onOrOff(keyword: Keyword, value: unknown, here: Here): readonly Word[] | undefined {
  const on = truthOf(value);
  if (on === undefined) return wrong(here, `\`${keyword.keyword}\` is \`true\` or \`false\``);
  if (keyword.shape === "flag") return on ? [] : undefined;
  if (keyword.shape === "switch") return on ? [] : ["false"];
  return [on ? "true" : "false"];
}

function some(keyword: Keyword, value: unknown, here: Here): readonly Word[] | undefined {
  const whole = !/^(words|free)/.test(keyword.shape);
  const words = whole && !Array.isArray(value) ? asOne(value, here) : split(value, here);
  if (words === undefined) return undefined;
  if (words.length === 0) return wrong(here, `\`${keyword.keyword}\` wants a value`);
  if (words.length > 1 && keyword.shape.startsWith("word") && whole) {
    return wrong(here, `\`${keyword.keyword}\` takes one value`);
  }
  return words;
}

/** Text that is one word, no matter how much white space it contains; quotes around all of it are keepalived's. */
function asOne(value: unknown, here: Here): readonly Word[] | undefined {
  if (typeof value === "string" && value.includes('"')) return split(value, here);
  return item(value, here);
}

/** Text as keepalived splits it; each item of a list is one word. */
function split(value: unknown, here: Here): readonly Word[] | undefined {
  if (Array.isArray(value)) {
    const words = value.map((each: unknown, index) => item(each, { ...here, at: [...here.at, index] }));
    return words.some((each) => each === undefined) ? undefined : words.flatMap((each) => each ?? []);
  }
  if (typeof value !== "string") return item(value, here);
  const words = lex(value);
  if ("wrong" in words) return wrong(here, words.wrong);
  return checked(words, here);
}

function item(value: unknown, here: Here): readonly Word[] | undefined {
  if (value instanceof Secret) return checked([value], here);
  if (typeof value === "number") return checked([String(value)], here);
  if (typeof value !== "string") return wrong(here, "expected text or a number");
  return value.trim() === "" ? [] : checked([value.trim()], here);
}

function checked(words: readonly Word[], here: Here): readonly Word[] | undefined {
  const problem = notWritable(words.map(plain));
  return problem === undefined ? words : wrong(here, problem.message);
}

function notWritable(words: readonly string[]): { readonly message: string } | undefined {
  const reason = words.map(unwritable).find((each) => each !== undefined);
  return reason === undefined ? undefined : { message: `there is ${reason}` };
}

/** Passwords are secrets in any form of input; so is the key of `auth_hmac`, unless it is the name of a file. */
function secretly(keyword: string, words: readonly Word[]): readonly Word[] {
  const secret = ["auth_pass", "password"].includes(keyword) || (keyword === "key" && !isFile(words[0]));
  return secret ? words.map((word) => (word instanceof Secret ? word : new Secret(word))) : words;
}

function isFile(word: Word | undefined): boolean {
  return word !== undefined && /^(\/|file:)/.test(plain(word));
}

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

function wrong(here: Here, message: string): undefined {
  here.problems.push({ at: here.at, message });
}

function none(here: Here, message: string): readonly [] {
  wrong(here, message);
  return [];
}
