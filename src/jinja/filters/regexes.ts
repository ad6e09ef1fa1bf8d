/** Filters about regular expressions. */
import { fail } from "../errors/fault.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { codePoints } from "../values/text.ts";
import { regex } from "../regex/regex.ts";
import type { Found, Regex } from "../regex/regex.ts";
import { replacement } from "../regex/replacement.ts";
import { tuple } from "../values/values.ts";
import type { Keywords, Value } from "../values/values.ts";
import { truth } from "../values/python.ts";

export const regexes = filterFamily({
  regex_replace: native("value='', pattern='', replacement='', ignorecase=false, multiline=false", (args) => {
    const it = compiled(args, "pattern");
    return it.sub(args.string("value"), replacement(args.string("replacement"), it));
  }),
  regex_search: native("value, regex, *groups, **options", search),
  regex_findall: native("value, regex, multiline=false, ignorecase=false", (args) => {
    const it = compiled(args, "regex");
    return it.all(args.string("value")).map((found) => captured(found, it));
  }),
  regex_escape: native("value, re_type='python'", escape),
});

/** The regular expression of an argument, with the flags of others. */
export function compiled(args: Args, name: string): Regex {
  const flags = { ignoreCase: args.flag("ignorecase"), multiline: args.flag("multiline") };
  return regex(args.text(name), flags);
}

function flag(options: Keywords, name: string): boolean {
  return truth(options.get(name) ?? false);
}

function search(args: Args): Value {
  const flags = { ignoreCase: flag(args.keywords, "ignorecase"), multiline: flag(args.keywords, "multiline") };
  const it = regex(args.text("regex"), flags);
  const wanted = args.rest.map(reference);
  const found = it.search(args.string("value"));
  if (found === undefined) return null;
  return wanted.length === 0 ? found.text : wanted.map((which) => groupOf(which, found, it));
}

/** `\1` or `\g<name>` */
function reference(value: Value): string {
  const [, named, numbered] = /^\\(?:g<(\w+)>|(\d+))/.exec(typeof value === "string" ? value : "") ?? [];
  return named ?? numbered ?? fail("a group must be written `'\\\\1'` or `'\\\\g<name>'`");
}

function groupOf(which: string, found: Found, it: Regex): Value {
  const number = /^\d+$/.test(which) ? Number(which) : it.names.get(which);
  if (number === undefined || number > it.groups) return fail(`the regular expression has no group \`${which}\``);
  return found.group(number) ?? null;
}

/** What `findall` gives for a match: the whole, the one group, or all groups. */
function captured(found: Found, it: Regex): Value {
  const groups = Array.from({ length: it.groups }, (_, i) => found.group(i + 1) ?? "");
  if (groups.length === 0) return found.text;
  return groups.length === 1 ? (groups[0] ?? "") : tuple(groups);
}

function escape(args: Args): string {
  const text = args.string("value");
  const type = args.text("re_type");
  if (type === "posix_basic") return text.replace(/[\].[^$*\\]/g, "\\$&");
  if (type !== "python") return fail(`\`re_type\` must be 'python' or 'posix_basic'`);
  return codePoints(text)
    .map((char) => (/[\s#$&()*+.?[\\\]^{|}~-]/.test(char) && char < "\x80" ? `\\${char}` : char))
    .join("");
}
