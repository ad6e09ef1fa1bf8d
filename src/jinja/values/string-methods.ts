/** Python's methods of `str`. */
import { fail } from "../errors/fault.ts";
import { braceFormat } from "./format.ts";
import { boundedItems, boundedText } from "../errors/limits.ts";
import { native } from "./native.ts";
import type { Args, Native, Natives } from "./native.ts";
import { withArticle } from "./python.ts";
import { codePoints, lines, part, textLength } from "./text.ts";
import { kind, revealed, tuple } from "./values.ts";
import type { Value, Dict } from "./values.ts";

type Method = Native<undefined>;

function method(parameters: string, run: (self: string, args: Args) => Value): Method {
  return native<undefined>(`self${parameters === "" ? "" : `, ${parameters}`}`, (args) => run(args.text("self"), args));
}

export const STRING_METHODS: Natives<undefined> = {
  upper: method("", (self) => self.toUpperCase()),
  lower: method("", (self) => self.toLowerCase()),
  casefold: method("", (self) => self.toLowerCase().replaceAll("ß", "ss")),
  swapcase: method("", (self) =>
    self.replace(/\p{L}/gu, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())),
  ),
  capitalize: method("", capitalize),
  title: method("", (self) => self.replace(/\p{L}+/gu, (word) => capitalize(word))),
  strip: method("chars=none", (self, args) => stripEnd(stripStart(self, args), args)),
  lstrip: method("chars=none", (self, args) => stripStart(self, args)),
  rstrip: method("chars=none", (self, args) => stripEnd(self, args)),
  split: method("sep=none, maxsplit=-1", (self, args) => split(self, args.optionalText("sep"), args.int("maxsplit"))),
  rsplit: method("sep=none, maxsplit=-1", (self, args) => rsplit(self, args.optionalText("sep"), args.int("maxsplit"))),
  splitlines: method("keepends=false", (self, args) => lines(self, args.flag("keepends"))),
  partition: method("sep", (self, args) => partition(self, args.text("sep"), self.indexOf(args.text("sep")), 0)),
  rpartition: method("sep", (self, args) => partition(self, args.text("sep"), self.lastIndexOf(args.text("sep")), 2)),
  startswith: method("prefix, start=none, end=none", (self, args) =>
    affix(self, args, "prefix", (text, x) => text.startsWith(x)),
  ),
  endswith: method("suffix, start=none, end=none", (self, args) =>
    affix(self, args, "suffix", (text, x) => text.endsWith(x)),
  ),
  removeprefix: method("prefix", (self, args) => without(self, args.text("prefix"), true)),
  removesuffix: method("suffix", (self, args) => without(self, args.text("suffix"), false)),
  find: method("sub, start=none, end=none", (self, args) => find(self, args, false)),
  rfind: method("sub, start=none, end=none", (self, args) => find(self, args, true)),
  index: method("sub, start=none, end=none", (self, args) => found(find(self, args, false))),
  rindex: method("sub, start=none, end=none", (self, args) => found(find(self, args, true))),
  count: method("sub, start=none, end=none", (self, args) => occurrences(slice(self, args), args.text("sub"))),
  replace: method("old, new, count=-1", (self, args) =>
    replace(self, args.text("old"), args.text("new"), args.int("count")),
  ),
  join: method("iterable", (self, args) => joinTexts(self, args.items("iterable"))),
  format: native<undefined>("self, *args, **keywords", (args) =>
    braceFormat(args.text("self"), args.rest, args.keywords),
  ),
  format_map: method("mapping", (self, args) => braceFormat(self, [], keywords(args.dict("mapping")))),
  zfill: method("width", (self, args) => zfill(self, args.int("width"))),
  center: method("width, fill=' '", (self, args) => center(self, args.int("width"), args.text("fill"))),
  ljust: method("width, fill=' '", (self, args) => self + padding(self, args.int("width"), args.text("fill"))),
  rjust: method("width, fill=' '", (self, args) => padding(self, args.int("width"), args.text("fill")) + self),
  expandtabs: method("tabsize=8", (self, args) => expandTabs(self, args.int("tabsize"))),
  isdigit: method("", (self) => /^[\p{Nd}²³¹]+$/u.test(self)),
  isdecimal: method("", (self) => /^\p{Nd}+$/u.test(self)),
  isnumeric: method("", (self) => /^\p{N}+$/u.test(self)),
  isalpha: method("", (self) => /^\p{L}+$/u.test(self)),
  isalnum: method("", (self) => /^[\p{L}\p{N}]+$/u.test(self)),
  isspace: method("", (self) => /^\s+$/u.test(self)),
  isascii: method("", (self) => [...self].every((char) => char <= "\x7f")),
  isupper: method("", isUpper),
  islower: method("", isLower),
  istitle: method("", (self) => /\p{L}/u.test(self) && self === self.replace(/\p{L}+/gu, (word) => capitalize(word))),
  isidentifier: method("", (self) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(self)),
};

export function capitalize(text: string): string {
  const [first = "", ...rest] = codePoints(text);
  return first.toUpperCase() + rest.join("").toLowerCase();
}

export function isUpper(text: string): boolean {
  return text === text.toUpperCase() && text !== text.toLowerCase();
}

export function isLower(text: string): boolean {
  return text === text.toLowerCase() && text !== text.toUpperCase();
}

export function stripChars(text: string, chars: string | undefined): string {
  if (chars === undefined) return text.trim();
  return trimWhile(trimWhile(text, chars, false), chars, true);
}

function stripStart(self: string, args: Args): string {
  const chars = args.optionalText("chars");
  return chars === undefined ? self.trimStart() : trimWhile(self, chars, false);
}

function stripEnd(self: string, args: Args): string {
  const chars = args.optionalText("chars");
  return chars === undefined ? self.trimEnd() : trimWhile(self, chars, true);
}

function trimWhile(text: string, chars: string, end: boolean): string {
  const set = new Set(codePoints(chars));
  const points = codePoints(text);
  let from = 0;
  let to = points.length;
  if (end) while (to > 0 && set.has(points[to - 1] ?? "")) to -= 1;
  else while (from < to && set.has(points[from] ?? "")) from += 1;
  return points.slice(from, to).join("");
}

/** Python's `split`: by runs of blanks without a separator, else by each of it; at most so many times. */
export function split(text: string, separator: string | undefined, most: number): string[] {
  if (separator === "") return fail("the separator is empty", { help: "`| list` makes a list of a text's characters" });
  const parts = separator === undefined ? text.trim().split(/\s+/) : text.split(separator);
  if (separator === undefined && text.trim() === "") return [];
  if (most < 0 || parts.length <= most + 1) return bounded(parts);
  if (separator !== undefined) return bounded([...parts.slice(0, most), parts.slice(most).join(separator)]);
  return bounded([...parts.slice(0, most), text.slice(startOfWord(text, most))]);
}

/** Where the `n`th word begins, from 0. */
function startOfWord(text: string, n: number): number {
  const words = text.matchAll(/\S+/g);
  for (let i = 0; i < n; i++) words.next();
  const word = words.next();
  return word.done === true ? text.length : word.value.index;
}

function rsplit(text: string, separator: string | undefined, most: number): string[] {
  if (most < 0) return split(text, separator, most);
  const backwards = (each: string): string => codePoints(each).reverse().join("");
  const other = separator === undefined ? undefined : backwards(separator);
  return split(backwards(text), other, most).map(backwards).reverse();
}

function bounded(parts: string[]): string[] {
  boundedItems(parts.length);
  return parts;
}

function partition(text: string, separator: string, at: number, missing: 0 | 2): Value {
  if (separator === "") return fail("the separator is empty");
  if (at < 0) return tuple(missing === 0 ? [text, "", ""] : ["", "", text]);
  return tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
}

/** The part of a text that Python's `start` and `end` arguments mean. */
function slice(self: string, args: Args): string {
  const size = textLength(self);
  const bound = (name: string, usual: number): number => {
    const value = args.optionalInt(name);
    if (value === undefined) return usual;
    return value < 0 ? Math.max(0, size + value) : Math.min(value, size);
  };
  return part(self, bound("start", 0), bound("end", size));
}

function affix(self: string, args: Args, name: string, test: (text: string, affix: string) => boolean): boolean {
  const value = args.value(name);
  const within = slice(self, args);
  return (Array.isArray(value) ? value : [value]).some((each) => test(within, textOf(each, name)));
}

function textOf(value: Value, name: string): string {
  const plain = revealed(value);
  return typeof plain === "string" ? plain : fail(`\`${name}\` must be a string, got ${withArticle(kind(value))}`);
}

function without(self: string, affixed: string, front: boolean): string {
  if (affixed === "") return self;
  if (front) return self.startsWith(affixed) ? self.slice(affixed.length) : self;
  return self.endsWith(affixed) ? self.slice(0, -affixed.length) : self;
}

function find(self: string, args: Args, last: boolean): number {
  const within = slice(self, args);
  const at = last ? within.lastIndexOf(args.text("sub")) : within.indexOf(args.text("sub"));
  if (at < 0) return -1;
  const start = args.optionalInt("start") ?? 0;
  const size = textLength(self);
  return textLength(within.slice(0, at)) + (start < 0 ? Math.max(0, size + start) : Math.min(start, size));
}

function found(at: number): number {
  return at < 0 ? fail("the text is not in it", { help: "`.find()` gives -1 then" }) : at;
}

function occurrences(text: string, sub: string): number {
  return sub === "" ? textLength(text) + 1 : text.split(sub).length - 1;
}

/** Python's `replace`; a negative count means all. */
export function replace(text: string, old: string, by: string, count: number): string {
  const pieces = old === "" ? ["", ...codePoints(text), ""] : text.split(old);
  const replaced = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1);
  boundedText(text.length + replaced * by.length);
  return [pieces.slice(0, replaced + 1).join(by), ...pieces.slice(replaced + 1)].join(old);
}

function joinTexts(separator: string, values: readonly Value[]): string {
  const texts = values.map((value) => {
    const plain = revealed(value);
    return typeof plain === "string" ? plain : fail(`\`join\` wants strings, got ${withArticle(kind(value))}`, JOIN);
  });
  boundedText(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

const JOIN = { help: "the filter `| join` makes texts of them" };

function keywords(dict: Dict): ReadonlyMap<string, Value> {
  return new Map(dict.entries().map(([name, value]) => [String(name), value]));
}

function padding(self: string, width: number, fill: string): string {
  if (textLength(fill) !== 1) fail("the fill must be one character");
  const missing = Math.max(0, width - textLength(self));
  boundedText(missing);
  return fill.repeat(missing);
}

/** Python puts the odd blank of an odd width on the left. */
export function center(self: string, width: number, fill = " "): string {
  const all = padding(self, width, fill);
  const left = Math.floor(all.length / fill.length / 2) + ((all.length / fill.length) % 2) * (width % 2);
  return fill.repeat(left) + self + fill.repeat(all.length / fill.length - left);
}

function zfill(self: string, width: number): string {
  const sign = /^[-+]/.exec(self)?.[0] ?? "";
  return sign + padding(self, width, "0") + self.slice(sign.length);
}

function expandTabs(self: string, size: number): string {
  boundedText(self.length + occurrences(self, "\t") * Math.max(0, size));
  return self
    .split(/(?<=\n|\r)/)
    .map((line) => {
      const [first = "", ...rest] = line.split("\t");
      const pad = (text: string): string => (size <= 0 ? "" : " ".repeat(size - (textLength(text) % size)));
      return rest.reduce((text, each) => text + pad(text) + each, first);
    })
    .join("");
}
