/**
 * Reads a keepalived.conf as keepalived does (lib/parser.c of 2.2.7), character by character and on its own terms, not
 * with the project's lexer: physical lines are cut at 1023 bytes, `#` and `!` outside quotes begin a comment, braces outside
 * quotes are words of their own, a `"` ends the word before it, a `\` at the end of a line joins the next one.
 */

/** The words before a brace or a line's end; the body, where a brace followed. */
export interface ReadLine {
  readonly words: readonly string[];
  readonly body?: readonly ReadLine[];
}

type Token = { readonly word: string } | "{" | "}";

export function read(text: string): readonly ReadLine[] {
  const stack: { words: readonly string[]; body: ReadLine[] }[] = [{ words: [], body: [] }];
  for (const line of physicalLines(text)) {
    let words: string[] = [];
    const flush = (): void => {
      if (words.length > 0) stack.at(-1)!.body.push({ words });
      words = [];
    };
    for (const token of tokens(line)) {
      if (token === "{") {
        stack.push({ words, body: [] });
        words = [];
      } else if (token === "}") {
        flush();
        const block = stack.pop()!;
        if (stack.length === 0) throw new Error("Extra '}' found");
        stack.at(-1)!.body.push(block);
      } else words.push(token.word);
    }
    flush();
  }
  if (stack.length !== 1) throw new Error("missing '}'");
  return stack[0]!.body;
}

function physicalLines(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const bytes = Buffer.from(line);
    const pieces: string[] = [];
    for (let at = 0; at < Math.max(bytes.length, 1); at += 1023) {
      pieces.push(bytes.subarray(at, at + 1023).toString("utf8"));
    }
    return pieces;
  });
}

function* tokens(line: string): Generator<Token> {
  if (/^\s*(?:[@~]|\$\w+=|include[rmwba]?(?:\s|$))/.test(line))
    throw new Error(`a condition, loop, definition or include: ${line}`);
  if (line.endsWith("\\")) throw new Error(`joins the next line: ${line}`);
  if (/"[{}]"/.test(line)) throw new Error(`a block's brace, for all its quotes: ${line}`);
  let word = "";
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (/[\s"#!{}]/.test(char)) {
      if (word !== "") yield { word };
      word = "";
    }
    if (char === "#" || char === "!") return;
    if (char === "{" || char === "}") yield char;
    else if (char === '"') {
      const end = line.indexOf('"', i + 1);
      if (end < 0) throw new Error(`Unmatched quote: ${line}`);
      yield { word: line.slice(i + 1, end) };
      i = end;
    } else if (!/\s/.test(char)) word += char;
  }
  if (word !== "") yield { word };
}
