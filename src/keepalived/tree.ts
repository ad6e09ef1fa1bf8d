/**
 * A keepalived.conf as a tree of lines and blocks; writing and reading use the same tree. The words are without their
 * quotes.
 */
import { Secret } from "../core/secret.ts";

export type Word = string | Secret;

/** Where a line comes from: keys in the data, or line numbers of a file. */
export type At = readonly (string | number)[];

/** A keyword and what follows it; in a block of entries, an entry. */
export interface Line {
  readonly words: readonly Word[];
  readonly at: At;
}

/** A line with a body in braces. */
export interface Block extends Line {
  readonly body: readonly Entry[];
  /** The body is a list of entries (addresses, names), no keywords. */
  readonly entries: boolean;
}

export type Entry = Line | Block;

export function isBlock(entry: Entry): entry is Block {
  return "body" in entry;
}

/** The word itself, also of a secret: for the wire and for measuring. */
export function plain(word: Word): string {
  return word instanceof Secret ? word.reveal() : word;
}

export function keywordOf(entry: Entry): string {
  const [first] = entry.words;
  return first === undefined ? "" : plain(first);
}

/** The words after the keyword. */
export function valuesOf(entry: Entry): readonly string[] {
  return entry.words.slice(1).map(plain);
}

/** The entries of a body that begin with a keyword, in order. */
export function all(body: readonly Entry[], keyword: string): readonly Entry[] {
  return body.filter((entry) => keywordOf(entry) === keyword);
}

export function blocksOf(body: readonly Entry[], keyword: string): readonly Block[] {
  return all(body, keyword).filter(isBlock);
}

/** keepalived takes the last of several lines with one keyword. */
export function last(body: readonly Entry[], keyword: string): Entry | undefined {
  return all(body, keyword).at(-1);
}

/** The first word after a keyword; `undefined` when the keyword is not there, `""` when nothing follows it. */
export function valueOf(body: readonly Entry[], keyword: string): string | undefined {
  const found = last(body, keyword);
  return found === undefined ? undefined : (valuesOf(found)[0] ?? "");
}

/** Whether a flag is set, or a boolean not set to off. */
export function isOn(body: readonly Entry[], keyword: string): boolean {
  const value = valueOf(body, keyword);
  return value !== undefined && !["off", "false", "no"].includes(value);
}

/** The entries of all blocks with a keyword, with the place of each. */
export function entriesOf(body: readonly Entry[], keyword: string): readonly Entry[] {
  return blocksOf(body, keyword).flatMap((block) => block.body);
}

export function hasSecret(body: readonly Entry[]): boolean {
  return body.some(
    (entry) => entry.words.some((word) => word instanceof Secret) || (isBlock(entry) && hasSecret(entry.body)),
  );
}

/** The place of a keyword; if it is missing, the place where it should be. */
export function atOf(body: readonly Entry[], keyword: string, otherwise: At): At {
  return last(body, keyword)?.at ?? otherwise;
}
