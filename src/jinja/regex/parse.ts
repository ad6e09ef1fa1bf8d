/** Python's syntax of regular expressions (`re`, Python 3.11). */
import { anyOf, charClass, literal, word } from "./chars.ts";
import type { Assertion, CharTest, Flags, Node, Pattern } from "./nodes.ts";
import { width } from "./nodes.ts";
import { Reader } from "./reader.ts";

const MOST = 65_535;
const DEEPEST = 50;

export function parsePattern(text: string, flags: Flags): Pattern {
  return new Parser(text, flags).run();
}

class Parser {
  readonly #in: Reader;
  readonly #names = new Map<string, number>();
  #flags: Flags;
  #groups = 0;
  #depth = 0;
  readonly #open = new Set<number>();

  constructor(text: string, flags: Flags) {
    this.#in = new Reader(text);
    this.#flags = flags;
  }

  run(): Pattern {
    const node = this.#choice();
    if (!this.#in.done) this.#in.fail("this `)` closes no group");
    return { node, groups: this.#groups, names: this.#names };
  }

  #choice(): Node {
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.#in.fail("the groups are nested too deeply");
    const options = [this.#sequence()];
    while (this.#in.accept("|")) options.push(this.#sequence());
    this.#depth -= 1;
    return options.length === 1 && options[0] !== undefined ? options[0] : { is: "choice", options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (!this.#in.done && this.#in.peek !== "|" && this.#in.peek !== ")") {
      if (this.#flags.verbose && this.#in.skipBlanks()) continue;
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeated(atom));
    }
    return { is: "sequence", parts };
  }

  #repeated(of: Node): Node {
    let node = of;
    for (let bounds = this.#bounds(); bounds !== undefined; bounds = this.#bounds()) {
      if (node !== of) this.#in.fail("a repetition follows a repetition");
      if (of.is === "assert") this.#in.fail("there is nothing to repeat");
      const [least, most] = bounds;
      const mode = this.#in.accept("?") ? "lazy" : this.#in.accept("+") ? "possessive" : "greedy";
      node = { is: "repeat", of, least, most, mode };
    }
    return node;
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#flags.verbose) while (this.#in.skipBlanks());
    if (this.#in.accept("*")) return [0, Infinity];
    if (this.#in.accept("+")) return [1, Infinity];
    if (this.#in.accept("?")) return [0, 1];
    const found = this.#in.match(/\{(\d*)(,?)(\d*)\}/y);
    if (found === undefined) return undefined;
    const [all = "", least = "", comma = "", most = ""] = found;
    if (all === "{}") {
      this.#in.back(all.length);
      return undefined;
    }
    const low = Number(least);
    const high = comma === "" ? low : most === "" ? Infinity : Number(most);
    if (high < low) this.#in.fail("the least is more than the most");
    if (low > MOST || (high > MOST && high !== Infinity)) this.#in.fail("the repetition is too large");
    return [low, high];
  }

  #atom(): Node | undefined {
    const char = this.#in.next();
    switch (char) {
      case ".":
        return { ...this.#char(this.#flags.dotAll ? () => true : (code) => code !== 10), dot: true };
      case "^":
        return this.#assert(this.#flags.multiline ? "line start" : "start");
      case "$":
        return this.#assert(this.#flags.multiline ? "line end" : "end or last break");
      case "[":
        return this.#char(this.#set());
      case "(":
        return this.#group();
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        return this.#in.fail("there is nothing to repeat");
      default:
        return this.#literal(char.codePointAt(0) ?? 0);
    }
  }

  #char(test: CharTest): Node & { readonly is: "char" } {
    return { is: "char", test, literal: undefined, dot: false };
  }

  #literal(code: number): Node {
    const known = this.#flags.ignoreCase ? undefined : code;
    return { is: "char", test: literal(code, this.#flags), literal: known, dot: false };
  }

  #assert(what: Assertion): Node {
    return { is: "assert", what, word: word(this.#flags) };
  }

  #escape(): Node {
    const letter = this.#in.peek;
    // `\123` is a character, `\12` and `\1` are groups
    const group = this.#in.match(/(?![0-3][0-7][0-7])[1-9]\d?/y)?.[0];
    if (group !== undefined) return this.#reference(Number(group));
    const test = charClass(letter, this.#flags);
    if (test !== undefined) return this.#in.skip(1, this.#char(test));
    const assertion = ASSERTIONS.get(letter);
    if (assertion !== undefined) return this.#in.skip(1, this.#assert(assertion));
    return this.#literal(this.#in.escapedChar(false));
  }

  #reference(index: number): Node {
    if (index > this.#groups) this.#in.fail(`there is no group ${index}`);
    if (this.#open.has(index)) this.#in.fail(`group ${index} is still open`);
    return { is: "reference", index, ignoreCase: this.#flags.ignoreCase };
  }

  #set(): CharTest {
    const negative = this.#in.accept("^");
    const tests: CharTest[] = [];
    for (let first = true; first || this.#in.peek !== "]"; first = false) {
      if (this.#in.done) this.#in.fail("`[` is never closed");
      tests.push(this.#setItem());
    }
    this.#in.next();
    return anyOf(tests, negative, this.#flags);
  }

  #setItem(): CharTest {
    const from = this.#setChar();
    if (typeof from !== "number") return from;
    if (this.#in.peek !== "-" || this.#in.ahead(1) === "]" || this.#in.ahead(1) === "") return (code) => code === from;
    this.#in.next();
    const to = this.#setChar();
    if (typeof to !== "number" || to < from) return this.#in.fail("the range of characters is wrong");
    return (code) => code >= from && code <= to;
  }

  #setChar(): number | CharTest {
    const char = this.#in.next();
    if (char !== "\\") return char.codePointAt(0) ?? this.#in.fail("`[` is never closed");
    const test = charClass(this.#in.peek, this.#flags);
    return test === undefined ? this.#in.escapedChar(true) : this.#in.skip(1, test);
  }

  #group(): Node | undefined {
    if (!this.#in.accept("?")) return this.#capture();
    if (this.#in.accept("P<")) return this.#named();
    if (this.#in.accept("P=")) return this.#namedReference();
    if (this.#in.accept(":")) return this.#closed(this.#scoped(() => this.#choice()));
    if (this.#in.accept(">")) return this.#closed({ is: "atomic", of: this.#scoped(() => this.#choice()) });
    if (this.#in.accept("#")) return this.#comment();
    const look = this.#in.match(/<?[=!]/y)?.[0];
    if (look !== undefined) return this.#look(look);
    return this.#flagGroup();
  }

  #capture(): Node {
    this.#groups += 1;
    const index = this.#groups;
    this.#open.add(index);
    const of = this.#scoped(() => this.#choice());
    this.#open.delete(index);
    return this.#closed({ is: "group", index, of });
  }

  #named(): Node {
    const name = this.#in.match(/([\p{ID_Start}_][\p{ID_Continue}]*)>/uy)?.[1];
    if (name === undefined) return this.#in.fail("the group's name is wrong");
    if (this.#names.has(name)) this.#in.fail("the group's name is there twice");
    this.#names.set(name, this.#groups + 1);
    return this.#capture();
  }

  #namedReference(): Node {
    const name = this.#in.match(/(\w+)(?=\))/y)?.[1] ?? "";
    const index = this.#names.get(name);
    if (index === undefined) return this.#in.fail("there is no group of that name");
    return this.#closed(this.#reference(index));
  }

  #look(kind: string): Node {
    const of = this.#scoped(() => this.#choice());
    const behind = kind.startsWith("<");
    const [least, most] = width(of);
    if (behind && least !== most) this.#in.fail("a lookbehind must have a fixed length");
    return this.#closed({ is: "look", of, behind, negative: kind.endsWith("!") });
  }

  #comment(): undefined {
    if (this.#in.match(/[^)]*\)/y) === undefined) this.#in.fail("the comment is never closed");
    return undefined;
  }

  /** `(?i)` for the rest, `(?i:…)` and `(?-i:…)` for a part. */
  #flagGroup(): Node | undefined {
    const found = this.#in.match(/([aimsux]*)(?:-([imsx]+))?([:)])/y);
    if (found === undefined) return this.#in.fail("this kind of group is unknown");
    const [, on = "", off = "", end] = found;
    const flags = changed(changed(this.#flags, on, true), off, false);
    if (end === ")") {
      this.#flags = flags;
      return undefined;
    }
    return this.#closed(
      this.#scoped(() => {
        this.#flags = flags;
        return this.#choice();
      }),
    );
  }

  #scoped(parse: () => Node): Node {
    const before = this.#flags;
    const node = parse();
    this.#flags = before;
    return node;
  }

  #closed(node: Node): Node {
    if (!this.#in.accept(")")) this.#in.fail("`(` is never closed");
    return node;
  }
}

const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ["A", "start"],
  ["Z", "end"],
  ["b", "boundary"],
  ["B", "no boundary"],
]);

const LETTERS: ReadonlyMap<string, keyof Flags> = new Map([
  ["i", "ignoreCase"],
  ["m", "multiline"],
  ["s", "dotAll"],
  ["x", "verbose"],
  ["a", "ascii"],
]);

function changed(flags: Flags, letters: string, on: boolean): Flags {
  return [...letters].reduce((made, letter) => {
    const name = LETTERS.get(letter);
    return name === undefined ? made : { ...made, [name]: on };
  }, flags);
}
