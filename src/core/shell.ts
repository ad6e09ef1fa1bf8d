import { REDACTED, Secret } from "./secret.ts";

/**
 * What may stand in a `sh` template: words are quoted, an `Sh` is spliced in as it is, a list becomes several words.
 */
export type Word = string | number | Secret | Sh | readonly (string | number | Secret)[];

/** A function of the shell's that fragments call. A shell is sent it once, whatever number of fragments call it. */
export interface ShFunction {
  readonly name: string;
  /** Its definition, and those of others that are its own. */
  readonly text: string;
  /**
   * One of these: `ahead_THIS` is given the subjects of all calls in fragments that are about to be run, and asks about
   * them in one process what the calls would each ask in one of their own. It leaves the answers where the calls find
   * them (the prelude's `learn` and `recall`, of this kind), and they are forgotten afterwards. It never ends the
   * shell, and what it prints on standard error is dropped.
   */
  readonly prefetch?: string;
  /**
   * It leaves the shell as it found it, but for variables of its own that each call sets anew: options, IFS, directory
   * and traps are what they were. It may end the shell.
   */
  readonly leavesShellUnchanged?: true;
}

/** A call of a function in a fragment, and what it is about, as a word of the shell's. */
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
  /** A program and its arguments, and nothing else: no shell need be there to run it. */
  readonly isPlainCommand: boolean;

  constructor(pieces: readonly Piece[], isProgram = false) {
    this.#pieces = pieces;
    this.isPlainCommand = isProgram;
  }

  /** The fragment as the host's shell gets it, secrets included: for the wire only. */
  text(): string {
    this.#text ??= this.#pieces.map((piece) => piece.text).join("");
    return this.#text;
  }

  /** The fragment for people, logs and plans: dots where a secret stands. */
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

  /** Nothing but calls of functions that are tidy: what runs after it in the same shell does not see that it ran. */
  get leavesShellUnchanged(): boolean {
    this.#isTidy ??= this.#pieces.every(
      ({ text, call: each }) => each?.of.leavesShellUnchanged ?? /^(\s|\|\| exit\b)*$/.test(text),
    );
    return this.#isTidy;
  }

  /** The functions that must be defined where it runs. */
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
 * Writes shell: ``sh`install -m ${mode} ${path}` ``. The template's own text is taken as shell, every value is
 * quoted as one word; a list gives one word an entry, an `Sh` is taken as shell. `String.raw` rules: a backslash
 * in the template is a backslash in the shell; a backslash before `${` makes it the shell's own.
 */
export function sh(template: TemplateStringsArray, ...words: readonly Word[]): Sh {
  const pieces = template.raw.flatMap((text, index) => {
    const word = words[index];
    const shell = text.replaceAll("\\${", "${");
    return [{ text: shell, secret: false }, ...(word === undefined ? [] : piecesOf(word))];
  });
  return new Sh(pieces.filter((piece) => piece.text !== ""));
}

/** Calls a function with these words; `subject`: what it is about, where others can be asked about along with it. */
export function call(of: ShFunction, words: readonly string[], subject?: string): Sh {
  const text = [of.name, ...words.map(quote)].join(" ");
  return new Sh([{ text, secret: false, call: { of, subject: subject === undefined ? undefined : quote(subject) } }]);
}

/** Runs a program with these arguments. What only a shell knows by its name is not found. */
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
