/**
 * Reads a keepalived.conf as a tree (lib/parser.c, 2.2.7): comments, conditions (`@ID`), definitions (`$NAME=`), braces
 * at any place. The host resolves `include`: the text contains the included files in place. Loops (`~SEQ`, `~LST`) and
 * built-in definitions stay as they are written.
 */
import { lex } from "./lex.ts";
import type { At, Block, Entry, Line } from "./tree.ts";

/** Entries of such a block are data, no matter how they look. */
const ENTRIES =
  /^(?:virtual_ipaddress(?:_excluded)?|virtual_r(?:outes|ules)|unicast_peer|track_\w+|static_\w+|notification_email)$/;

/** @param id the value for conditions: `--config-id`, or the first part of the node's name */
export function readConfig(text: string, id: string): readonly Entry[] {
  const reader = new Reader();
  const definitions = new Map<string, string>();
  for (const [index, line] of joined(text).entries()) {
    const said = conditional(withoutComment(line).trim(), id);
    const [, name, value] = /^\$([A-Za-z_]\w*)=(.*)$/s.exec(said) ?? [];
    if (name !== undefined) definitions.set(name, (value ?? "").trim());
    else for (const part of expanded(said, definitions).split("\n")) reader.line(part, [index + 1]);
  }
  return reader.body;
}

/** A definition continues in the next line if it ends in a backslash; where it is used, its lines are lines again. */
function joined(text: string): readonly string[] {
  return text
    .replace(/^[ \t]*\$\w+=(?:[^\n]*\\\r?\n)+[^\n]*/gm, (many) => many.replace(/\\\r?\n/g, "\u0085"))
    .split(/\r?\n/);
}

function withoutComment(line: string): string {
  const [said = ""] = /^(?:[^"#!\\]|\\.|\\$|"[^"]*(?:"|$))*/.exec(line) ?? [];
  return said;
}

/** `@ID text` applies if the id is that, `@^ID text` if it is another. */
function conditional(line: string, id: string): string {
  const [, not, name, text = ""] = /^@(\^?)(\S+)\s*(.*)$/s.exec(line) ?? [];
  if (name === undefined) return line;
  return (name === id) === (not === "") ? text : "";
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
  readonly body: Entry[];
}

class Reader {
  readonly body: Entry[] = [];
  readonly #open: Open[] = [];

  line(text: string, at: At): void {
    for (const [piece = ""] of text.matchAll(/[{}]|(?:[^{}"]|"[^"]*(?:"|$))+/g)) {
      if (piece === "{") this.#begin(at);
      else if (piece === "}") this.#end();
      else if (piece.trim() !== "") this.#add(piece, at);
    }
  }

  get #here(): Entry[] {
    return this.#open.at(-1)?.body ?? this.body;
  }

  #add(text: string, at: At): void {
    const words = lex(text);
    if (!("wrong" in words)) this.#here.push({ words, at });
  }

  /** The block of the line before it, even if the brace is on a line of its own. */
  #begin(at: At): void {
    this.#open.push({ line: this.#here.pop() ?? { words: [], at }, body: [] });
  }

  #end(): void {
    const ended = this.#open.pop();
    if (ended === undefined) return;
    const [keyword] = ended.line.words;
    const entries = typeof keyword === "string" && ENTRIES.test(keyword);
    this.#here.push({ ...ended.line, body: ended.body, entries } satisfies Block);
  }
}
