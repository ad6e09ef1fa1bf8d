/** Prints a tree as the text of a keepalived.conf. */
import { REDACTED, Secret } from "../core/secret.ts";
import { quote, quoteFirst } from "./lex.ts";
import { isBlock } from "./tree.ts";
import type { At, Entry, Word } from "./tree.ts";

/** The first line of every file that dsrctl writes; it distinguishes these files from packaged ones. */
export const HEADER = "# Written by dsrctl: what is changed here by hand is undone by the next play.";

export interface PrintedLine {
  readonly text: string;
  readonly at: At;
  /** The line contains a secret: after its first word, or the first word is one, too. */
  readonly secret?: "behind" | "first";
}

/** The whole file. `shown`: for people, with dots in place of secrets. */
export function print(body: readonly Entry[], shown: boolean): string {
  const lines = printLines(body, shown).map(({ text }) => text);
  return `${[HEADER, ...lines].join("\n")}\n`;
}

/** The lines after the header, each with the place of its data. */
export function printLines(body: readonly Entry[], shown: boolean): readonly PrintedLine[] {
  return body.flatMap((entry) => printEntry(entry, "", shown, false));
}

function printEntry(entry: Entry, indent: string, shown: boolean, value: boolean): readonly PrintedLine[] {
  const [first, ...rest] = entry.words;
  const head = first === undefined ? [] : [printWord(first, shown, value ? quoteFirst : quote)];
  const text = `${indent}${[...head, ...rest.map((word) => printWord(word, shown, quote))].join(" ")}`;
  const at = { at: entry.at, ...secrecy(entry) };
  if (!isBlock(entry)) return [{ text, ...at }];
  const body = entry.body.flatMap((each) => printEntry(each, `${indent}    `, shown, entry.entries));
  return [{ text: `${text} {`, ...at }, ...body, { text: `${indent}}`, at: entry.at }];
}

function secrecy({ words }: Entry): Pick<PrintedLine, "secret"> {
  if (words[0] instanceof Secret) return { secret: "first" };
  return words.some((word) => word instanceof Secret) ? { secret: "behind" } : {};
}

function printWord(word: Word, shown: boolean, how: (word: string) => string): string {
  if (word instanceof Secret) return shown ? REDACTED : how(word.reveal());
  return how(word);
}
