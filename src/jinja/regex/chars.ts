/** Classes of characters, as Python's `re` has them. */
import type { CharTest, Flags } from "./nodes.ts";

const WORD = /[\p{L}\p{N}_]/u;
const DIGIT = /\p{Nd}/u;
const SPACE = /[\s\x1c-\x1f\x85]/u;

function isAsciiWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
}

function isAsciiDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAsciiSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function unicode(ascii: CharTest, other: RegExp): CharTest {
  return (code) =>
    code < 128
      ? ascii(code) || (ascii === isAsciiSpace && code >= 28 && code <= 31)
      : other.test(String.fromCodePoint(code));
}

/** `\w` and its kin; capitals mean the opposite. */
export function charClass(letter: string, flags: Flags): CharTest | undefined {
  const lower = letter.toLowerCase();
  const test = lower === "w" ? word(flags) : lower === "d" ? digit(flags) : lower === "s" ? space(flags) : undefined;
  if (test === undefined || letter === lower) return test;
  return (code) => !test(code);
}

export function word(flags: Flags): CharTest {
  return flags.ascii ? isAsciiWord : unicode(isAsciiWord, WORD);
}

function digit(flags: Flags): CharTest {
  return flags.ascii ? isAsciiDigit : unicode(isAsciiDigit, DIGIT);
}

function space(flags: Flags): CharTest {
  return flags.ascii ? isAsciiSpace : unicode(isAsciiSpace, SPACE);
}

/** A character's other cases. */
function cases(code: number): readonly number[] {
  const char = String.fromCodePoint(code);
  const all = [char.toLowerCase(), char.toUpperCase(), char.toUpperCase().toLowerCase()];
  return all.flatMap((each) => ([...each].length === 1 ? [each.codePointAt(0) ?? code] : []));
}

/** The one form that all cases of a character share. */
export function folded(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code;
  const lower = String.fromCodePoint(code).toUpperCase().toLowerCase();
  return [...lower].length === 1 ? (lower.codePointAt(0) ?? code) : code;
}

export function literal(code: number, flags: Flags): CharTest {
  if (!flags.ignoreCase) return (each) => each === code;
  const wanted = folded(code);
  return (each) => folded(each) === wanted;
}

/** Any of several tests; with ignoreCase also if another case of the character fits. */
export function anyOf(tests: readonly CharTest[], negative: boolean, flags: Flags): CharTest {
  const fits = (code: number): boolean => tests.some((test) => test(code));
  const any = flags.ignoreCase ? (code: number): boolean => fits(code) || cases(code).some(fits) : fits;
  return negative ? (code) => !any(code) : any;
}
