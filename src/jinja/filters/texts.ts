/** Filters about texts. */
import { fail } from "../errors/fault.ts";
import { percentFormat } from "../values/format.ts";
import { boundedText } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { str } from "../values/print.ts";
import { capitalize, center, replace, split, stripChars } from "../values/string-methods.ts";
import { lines, part, textLength } from "../values/text.ts";
import { Dict, tuple } from "../values/values.ts";
import { comment } from "./parts/comment.ts";
import { getter } from "./parts/getter.ts";
import { wrap } from "./parts/wrap.ts";

const escape = native("value", (args) => escapeHtml(args.string("value")));

export const texts = filterFamily({
  upper: native("value", (args) => args.string("value").toUpperCase()),
  lower: native("value", (args) => args.string("value").toLowerCase()),
  capitalize: native("value", (args) => capitalize(args.string("value"))),
  title: native("value", (args) => title(args.string("value"))),
  trim: native("value, chars=none", (args) => stripChars(args.string("value"), args.optionalText("chars"))),
  replace: native("value, old, new, count=none", (args) => {
    return replace(args.string("value"), args.string("old"), args.string("new"), args.optionalInt("count") ?? -1);
  }),
  split: native("value, sep=none, maxsplit=-1", (args) => {
    return split(args.string("value"), args.optionalText("sep"), args.int("maxsplit"));
  }),
  join: native("value, d='', attribute=none", join),
  format: native("value, *args, **keywords", format),
  truncate: native("value, length=255, killwords=false, end='...', leeway=5", truncate),
  wordcount: native("value", (args) => args.string("value").match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  wordwrap: native("value, width=79, break_long_words=true, wrapstring=none, break_on_hyphens=true", wordwrap),
  center: native("value, width=80", (args) => center(args.string("value"), args.int("width"))),
  indent: native("value, width=4, first=false, blank=false", indent),
  escape,
  e: escape,
  forceescape: escape,
  striptags: native("value", (args) =>
    unescapeHtml(withoutTags(args.string("value")))
      .trim()
      .replace(/\s+/g, " "),
  ),
  comment: native("value, style='plain', **options", (args) =>
    comment(args.string("value"), args.text("style"), args.keywords),
  ),
  quote: native("value", (args) => (args.value("value") === null ? "''" : quote(args.string("value")))),
});

function title(text: string): string {
  const parts = text.split(/([-\s({[<]+)/u);
  return parts.map((each) => capitalize(each)).join("");
}

function join(args: Args): string {
  const get = getter(args.value("attribute"));
  const texts = args.items("value").map((item) => str(get(item)));
  const separator = args.string("d");
  boundedText(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

function format(args: Args): string {
  if (args.rest.length > 0 && args.keywords.size > 0) fail("`format` takes values or names, not both");
  return percentFormat(args.string("value"), args.keywords.size > 0 ? new Dict(args.keywords) : tuple(args.rest));
}

function truncate(args: Args): string {
  const text = args.string("value");
  const [most, end] = [args.int("length"), args.text("end")];
  if (most < textLength(end)) return fail("`length` is shorter than `end`");
  if (textLength(text) <= most + args.int("leeway")) return text;
  const cut = part(text, 0, most - textLength(end));
  if (args.flag("killwords")) return cut + end;
  const blank = cut.lastIndexOf(" ");
  return (blank < 0 ? cut : cut.slice(0, blank)) + end;
}

function wordwrap(args: Args): string {
  const options = {
    width: args.int("width"),
    breakLong: args.flag("break_long_words"),
    breakHyphens: args.flag("break_on_hyphens"),
  };
  if (options.width < 1) fail("`width` must be at least 1");
  const between = args.optionalText("wrapstring") ?? "\n";
  return lines(args.string("value"))
    .map((line) => wrap(line, options).join(between))
    .join(between);
}

function indent(args: Args): string {
  const width = args.value("width");
  const by = typeof width === "string" ? width : " ".repeat(Math.max(0, bounded(args.int("width"))));
  const text = args.string("value");
  const [first = "", ...rest] = lines(`${text}\n`);
  boundedText(text.length + by.length * (rest.length + 1));
  const indented = rest.map((line) => (line === "" && !args.flag("blank") ? "" : by + line));
  return (args.flag("first") ? by : "") + [first, ...indented].join("\n");
}

function bounded(width: number): number {
  boundedText(width);
  return width;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ["'", "&#39;"],
  ['"', "&#34;"],
]);

function escapeHtml(text: string): string {
  boundedText(text.length * 2);
  return text.replace(/[&<>'"]/g, (char) => ENTITIES.get(char) ?? char);
}

/** Comments and tags cut out; what is never closed stays. */
function withoutTags(text: string): string {
  let made = "";
  let at = 0;
  for (let open = text.indexOf("<"); open >= 0; open = text.indexOf("<", at)) {
    const close = text.startsWith("<!--", open) ? text.indexOf("-->", open) + 2 : text.indexOf(">", open);
    if (close < open) break;
    made += text.slice(at, open);
    at = close + 1;
  }
  return made + text.slice(at);
}

function unescapeHtml(text: string): string {
  const named = new Map([
    ["amp", "&"],
    ["lt", "<"],
    ["gt", ">"],
    ["quot", '"'],
    ["nbsp", "\u00a0"],
  ]);
  return text.replace(/&(?:#(\d{1,6})|(\w+));/g, (all: string, code?: string, name?: string) => {
    return code === undefined ? (named.get(name ?? "") ?? all) : String.fromCodePoint(Number(code));
  });
}

/** A word for a POSIX shell, as Python's `shlex.quote` writes it. */
export function quote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
