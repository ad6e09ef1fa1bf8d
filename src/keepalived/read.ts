/**
 * Reads a keepalived.conf as a tree (lib/parser.c, 2.2.7): comments, conditions (`@ID`), definitions (`$NAME=`), braces
 * at any place. The host resolves `include`: the text contains the included files in place. Loops (`~SEQ`, `~LST`) and
 * built-in definitions stay as they are written.
 */
import { LONGEST_LINE, lex } from "./lex.ts";
import { keywordsIn } from "./keywords.ts";
import { keywordOf, plain } from "./tree.ts";
import type { At, Block, Entry, Line } from "./tree.ts";

/** Entries of such a block are data, no matter how they look. */
const ENTRIES =
  /^(?:virtual_ipaddress(?:_excluded)?|virtual_r(?:outes|ules)|unicast_peer|track_\w+|static_\w+|notification_email)$/;

/** Something that is wrong with the form of a file. */
export interface FormProblem {
  /** Start and end in the text. */
  readonly at: At;
  readonly message: string;
  readonly help?: string;
}

/** A file as a tree. The place of each entry (`at`) is its start and its end in the text. */
export interface ReadFile {
  readonly body: readonly Entry[];
  readonly problems: readonly FormProblem[];
}

/** @param id the value for conditions: `--config-id`, or the first part of the node's name */
export function readConfig(text: string, id: string): readonly Entry[] {
  return readFile(text, id).body;
}

/** As `readConfig`, with what is wrong with the form. */
export function readFile(text: string, id: string): ReadFile {
  const reader = new Reader();
  const definitions = new Map<string, string>();
  for (const { start, end, line } of logicalLines(text)) {
    if (Buffer.byteLength(line) > LONGEST_LINE) reader.problems.push(tooLong(line, [start, end]));
    const said = conditional(withoutComment(line), id);
    const [, name, value] = /^\s*\$([A-Za-z_]\w*)=(.*)$/s.exec(said.text) ?? [];
    if (name !== undefined) definitions.set(name, (value ?? "").trim());
    else readLine(reader, said.text, { start: start + said.from, end }, definitions);
  }
  return { body: reader.end(), problems: reader.problems };
}

interface LogicalLine {
  readonly start: number;
  readonly end: number;
  /** Without its end. A definition of several lines has them joined by U+0085. */
  readonly line: string;
}

/** A definition continues in the next line if it ends in a backslash; where it is used, its lines are lines again. */
function logicalLines(text: string): readonly LogicalLine[] {
  const pieces = text.matchAll(/[ \t]*\$\w+=(?:[^\n]*\\\r?\n)+[^\n]*|[^\n]*/g);
  return [...pieces].map(({ 0: piece, index }) => ({
    start: index,
    end: index + piece.replace(/\r$/, "").length,
    line: piece.replace(/\\\r?\n/g, "\u0085").replace(/\r$/, ""),
  }));
}

/** The place of a part of a line; a line whose definitions are expanded is one place. */
function readLine(
  reader: Reader,
  said: string,
  { start, end }: { readonly start: number; readonly end: number },
  definitions: ReadonlyMap<string, string>,
): void {
  const text = expanded(said, definitions);
  if (text === said) return reader.line(said, (from, to) => [start + from, start + to]);
  for (const part of text.split("\n"))
    reader.line(part, () => [start + said.search(/\S/), Math.min(end, start + said.trimEnd().length)]);
}

function tooLong(line: string, at: At): FormProblem {
  const message = `the line has ${Buffer.byteLength(line)} bytes: keepalived reads ${LONGEST_LINE}, and takes the rest for another line`;
  return { at, message };
}

function withoutComment(line: string): string {
  const [said = ""] = /^(?:[^"#!\\]|\\.|\\$|"[^"]*(?:"|$))*/.exec(line) ?? [];
  return said;
}

/** `@ID text` applies if the id is that, `@^ID text` if it is another. */
function conditional(line: string, id: string): { readonly text: string; readonly from: number } {
  const [all, not, name] = /^\s*@(\^?)(\S+)\s*/s.exec(line) ?? [];
  if (all === undefined) return { text: line, from: 0 };
  return { text: (name === id) === (not === "") ? line.slice(all.length) : "", from: all.length };
}

/** Definitions may use others; one that uses itself stays unexpanded. */
function expanded(line: string, definitions: ReadonlyMap<string, string>): string {
  let text = line;
  for (let depth = 0; depth < 8 && text.includes("$"); depth++)
    text = text.replace(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (all, braced?: string, bare?: string) => definitions.get(braced ?? bare ?? "") ?? all,
    );
  return text.replaceAll("\u0085", "\n");
}

interface Open {
  readonly line: Line;
  readonly brace: At;
  readonly body: Entry[];
}

/** From columns of a line to a place. */
type Placing = (from: number, to: number) => At;

class Reader {
  readonly #body: Entry[] = [];
  readonly problems: FormProblem[] = [];
  readonly #open: Open[] = [];

  line(text: string, place: Placing): void {
    for (const { 0: piece, index } of text.matchAll(/[{}]|(?:[^{}"]|"[^"]*(?:"|$))+/g)) {
      const from = index + piece.search(/\S|$/);
      const at = place(from, index + piece.trimEnd().length);
      if (piece === "{") this.#begin(at);
      else if (piece === "}") this.#end(at);
      else if (piece.trim() !== "") this.#add(piece, at);
    }
  }

  /** The tree, without the blocks that are still open. */
  end(): readonly Entry[] {
    for (const { line, brace } of this.#open) {
      const name = line.words.length === 0 ? "a block" : `the block \`${line.words.map(plain).join(" ")}\``;
      this.problems.push({
        at: line.words.length === 0 ? brace : line.at,
        message: `${name} is not closed: a \`}\` is missing`,
      });
    }
    return this.#body;
  }

  get #here(): Entry[] {
    return this.#open.at(-1)?.body ?? this.#body;
  }

  #add(text: string, at: At): void {
    const words = lex(text);
    if ("wrong" in words) this.problems.push({ at, message: words.wrong });
    else this.#here.push({ words, at });
  }

  /** The block of the line before it, even if the brace is on a line of its own. */
  #begin(at: At): void {
    const line = this.#here.pop();
    if (line === undefined) this.problems.push({ at, message: "a `{` without a keyword before it" });
    this.#open.push({ line: line ?? { words: [], at }, brace: at, body: [] });
  }

  #end(at: At): void {
    if (this.#open.length === 0) this.problems.push({ at, message: "a `}` too many" });
    else this.#close();
  }

  #close(): void {
    const ended = this.#open.pop();
    if (ended === undefined) return;
    const around = this.#open.map(({ line }) => keywordOf(line));
    const keyword = keywordOf(ended.line);
    const known = keywordsIn(around).get(keyword);
    const entries = known === undefined ? ENTRIES.test(keyword) : known.shape === "lines";
    this.#here.push({ ...ended.line, body: ended.body, entries } satisfies Block);
  }
}
