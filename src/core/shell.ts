import { REDACTED, Secret } from "./secret.ts";

/** A value in a `sh` template: a word is quoted, an `Sh` is inserted as it is, a list becomes several words. */
export type Word = string | number | Secret | Sh | readonly (string | number | Secret)[];

/** A shell function that fragments call. A shell is sent it once, no matter how many fragments call it. */
export interface ShFunction {
  readonly name: string;
  /** Its definition, and those of the helpers that only it uses. */
  readonly text: string;
  /**
   * The kind of prefetch. The function `ahead_KIND` gets the subjects of all calls in the fragments that run next. It
   * reads in one process what each call would read in its own. It stores the answers with `learn` (base-functions.ts),
   * under this kind; the calls find them with `recall`, and they are forgotten afterwards. It never ends the shell, and
   * its standard error is dropped.
   */
  readonly prefetch?: string;
  /**
   * It leaves the shell unchanged, except for variables of its own that each call sets anew. Options, IFS, directory
   * and traps stay as they were. It may end the shell.
   */
  readonly leavesShellUnchanged?: true;
}

/** A call of a function in a fragment; the subject is a shell word. */
export interface ShCall {
  readonly of: ShFunction;
  readonly subject?: string | undefined;
}

interface Piece {
  readonly text: string;
  readonly secret: boolean;
  readonly call?: ShCall;
}

/**
 * A fragment of POSIX shell. Only the `sh` tag makes one, so every word in it is quoted and the
 * words that are secret are known.
 */
export class Sh {
  readonly #pieces: readonly Piece[];
  #text: string | undefined;
  #isTidy: boolean | undefined;
  /** A program and its arguments, and nothing else: it can run without a shell. */
  readonly isPlainCommand: boolean;

  constructor(pieces: readonly Piece[], isProgram = false) {
    this.#pieces = pieces;
    this.isPlainCommand = isProgram;
  }

  /** The fragment as the host's shell gets it, including secrets: only for the wire. */
  text(): string {
    this.#text ??= this.#pieces.map((piece) => piece.text).join("");
    return this.#text;
  }

  /** The fragment for people, logs and plans, with dots in place of secrets. */
  shown(): string {
    return this.#pieces.map((piece) => (piece.secret ? REDACTED : piece.text)).join("");
  }

  toString(): string {
    return this.shown();
  }

  toJSON(): string {
    return this.shown();
  }

  pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /**
   * Only calls of functions that leave the shell unchanged, so it cannot affect what runs after it in the same shell.
   */
  get leavesShellUnchanged(): boolean {
    this.#isTidy ??= this.#pieces.every(
      ({ text, call: each }) => each?.of.leavesShellUnchanged ?? /^(\s|\|\| exit\b)*$/.test(text),
    );
    return this.#isTidy;
  }

  /** The functions that must be defined before it runs. */
  calls(): readonly ShCall[] {
    return this.#pieces.flatMap(({ call: each }) => (each === undefined ? [] : [each]));
  }
}

const PLAIN = /^[A-Za-z0-9_/.,:@%+-]+$/;

/**
 * One word for a POSIX shell, exact for every byte but NUL, which no shell word can hold.
 * @throws RangeError on NUL: an argument that reaches this point with one was not checked.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new RangeError("a shell word cannot hold a NUL byte");
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A path in a command that is shown to people: `~/` at its beginning stays what it is. */
export function pathWord(path: string): string {
  return path.startsWith("~/") ? `~/${quote(path.slice(2))}` : quote(path);
}

function piecesOf(word: Word): readonly Piece[] {
  if (word instanceof Sh) return word.pieces();
  if (word instanceof Secret) return [{ text: quote(word.reveal()), secret: true }];
  if (typeof word === "string" || typeof word === "number") return [{ text: quote(String(word)), secret: false }];
  return word.flatMap((each, index) => [...(index > 0 ? [{ text: " ", secret: false }] : []), ...piecesOf(each)]);
}

/**
 * Writes shell: ``sh`install -m ${mode} ${path}` ``. The template's own text is shell. Every value is quoted as one
 * word, a list becomes one word per entry, an `Sh` is inserted as shell. As with `String.raw`, a backslash in the
 * template is a backslash in the shell; a backslash before `${` makes it the shell's own.
 */
export function sh(template: TemplateStringsArray, ...words: readonly Word[]): Sh {
  const pieces = template.raw.flatMap((text, index) => {
    const word = words[index];
    const shell = text.replaceAll("\\${", "${");
    return [{ text: shell, secret: false }, ...(word === undefined ? [] : piecesOf(word))];
  });
  return new Sh(pieces.filter((piece) => piece.text !== ""));
}

/** Calls a function with these words; `subject` is what the call is about, if the function has a prefetch. */
export function call(of: ShFunction, words: readonly string[], subject?: string): Sh {
  const text = [of.name, ...words.map(quote)].join(" ");
  return new Sh([{ text, secret: false, call: { of, subject: subject === undefined ? undefined : quote(subject) } }]);
}

/** Runs a program with these arguments. Shell builtins and functions are not found. */
export function program(words: readonly (string | Secret)[]): Sh {
  return new Sh(piecesOf(words), true);
}

/** Fragments one after another, a line each. */
export function lines(fragments: readonly Sh[]): Sh {
  return new Sh(
    fragments.flatMap((each, index) => [...(index > 0 ? [{ text: "\n", secret: false }] : []), ...each.pieces()]),
  );
}

/** No shell at all. */
export const emptyScript: Sh = new Sh([]);
