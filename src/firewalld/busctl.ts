/**
 * Parses the output of `busctl call` and `busctl get-property` (busctl(1), "Parameter formatting"): the signature, then
 * the values in a row. Arrays begin with their number of entries, structures have no mark, strings are quoted and
 * escaped as in C. This text form exists in every systemd since 218, RHEL 7's among them; `--json` only since 240.
 */

export type BusValue = string | number | boolean | readonly BusValue[];

/** The values of one line, or `undefined` if it is not busctl's. */
export function readBusctl(line: string): readonly BusValue[] | undefined {
  const [signature, ...words] = line.trim().match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? [];
  if (signature === undefined) return undefined;
  const reader: Reader = { signature, words, type: 0, word: 0 };
  try {
    const values = until(reader, () => reader.type >= signature.length);
    return reader.word === words.length ? values : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Reader {
  readonly signature: string;
  readonly words: readonly string[];
  /** Positions in the signature and in the words. */
  type: number;
  word: number;
}

function until(reader: Reader, done: () => boolean): readonly BusValue[] {
  const values: BusValue[] = [];
  while (!done()) values.push(value(reader));
  return values;
}

function value(reader: Reader): BusValue {
  const type = reader.signature.charAt(reader.type++);
  if (type === "a") return array(reader);
  if (type === "(" || type === "{") return structure(reader, type === "(" ? ")" : "}");
  const word = nextWord(reader);
  if ("sog".includes(type) && type !== "") return text(word);
  if (type === "b") return word === "true";
  if ("ynqiuxtdh".includes(type) && type !== "") return Number(word);
  throw new RangeError(`no type that is used here: ${type}`);
}

function nextWord(reader: Reader): string {
  const word = reader.words[reader.word++];
  if (word === undefined) throw new RangeError("the line ends early");
  return word;
}

function array(reader: Reader): readonly BusValue[] {
  const count = Number(nextWord(reader));
  const entry = reader.type;
  const values: BusValue[] = [];
  for (let index = 0; index < count; index++) {
    reader.type = entry;
    values.push(value(reader));
  }
  reader.type = afterType(reader.signature, entry);
  return values;
}

function structure(reader: Reader, close: string): readonly BusValue[] {
  const values = until(reader, () => reader.signature.charAt(reader.type) === close);
  reader.type++;
  return values;
}

/** Where the single complete type that begins at `at` ends. */
function afterType(signature: string, at: number): number {
  const type = signature.charAt(at);
  if (type === "a") return afterType(signature, at + 1);
  if (type !== "(" && type !== "{") return at + 1;
  let depth = 0;
  for (let index = at; index < signature.length; index++) {
    if ("({".includes(signature.charAt(index))) depth++;
    if (")}".includes(signature.charAt(index)) && --depth === 0) return index + 1;
  }
  throw new RangeError("the signature ends early");
}

const NAMED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
};

/** Undoes systemd's `cescape`, which writes every byte outside of ASCII in octal. */
function text(word: string): string {
  if (!word.startsWith('"')) throw new RangeError("a string without quotes");
  const bytes = Buffer.from(word.slice(1, -1), "utf8").toString("latin1");
  const plain = bytes.replaceAll(
    /\\(?:([0-7]{3})|x([0-9a-f]{2})|(.))/g,
    (_all, octal?: string, hex?: string, one = "") => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return NAMED[String(one)] ?? String(one);
    },
  );
  return Buffer.from(plain, "latin1").toString("utf8");
}
