/** Filters about file names. They only look at the text: nothing is looked up. */
import { posix, win32 } from "node:path";
import { fail } from "../errors/fault.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import type { Run } from "../values/run.ts";
import { tuple } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { str } from "../values/print.ts";
import { revealed } from "../values/values.ts";

export const paths = filterFamily({
  basename: native("value", (args) => args.string("value").replace(/^.*\//s, "")),
  dirname: native("value", (args) => dirname(args.string("value"))),
  splitext: native("value", (args) => splitext(args.string("value"))),
  path_join: native("value", (args) => pathJoin(args.value("value"))),
  normpath: native("value", (args) => normal(args.string("value"))),
  commonpath: native("value", (args) => common(args.items("value").map((each) => str(each)))),
  relpath: native("value, start=none", (args) => relative(args)),
  expanduser: native("value", (args, run) => expandUser(args.string("value"), run)),
  expandvars: native("value", (args, run) => expandVariables(args.string("value"), run)),
  win_basename: native("value", (args) => win32.basename(args.string("value"))),
  win_dirname: native("value", (args) => windowsDirname(args.string("value"))),
  win_splitdrive: native("value", (args) => {
    const [drive = ""] = /^(?:[A-Za-z]:|[\\/]{2}[^\\/]+[\\/][^\\/]+)/.exec(args.string("value")) ?? [];
    return tuple([drive, args.string("value").slice(drive.length)]);
  }),
});

function dirname(path: string): string {
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  return /^\/+$/.test(head) ? head : withoutEnd(head, "/");
}

function windowsDirname(path: string): string {
  const head = /^(.*[\\/:])?[^\\/:]*$/s.exec(path)?.[1] ?? "";
  return /^(?:[A-Za-z]:)?[\\/]+$/.test(head) ? head : withoutEnd(head, "\\/");
}

/** The text without the characters at its end that are of these. */
function withoutEnd(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The path and its last extension; a dot at the start of a name is not one. */
function splitext(path: string): Value {
  const [, root = path, extension = ""] = /^((?:.*\/)?\.*[^/.][^/]*)(\.[^./]*)$/s.exec(path) ?? [];
  return tuple([root, extension]);
}

function pathJoin(value: Value): string {
  const parts = Array.isArray(value) ? value.map((each) => revealed(each)) : [value];
  const texts = parts.map((part) => (typeof part === "string" ? part : fail("`path_join` needs a list of texts")));
  return texts.reduce((path, part) => {
    if (part.startsWith("/") || path === "") return part;
    return path.endsWith("/") ? path + part : `${path}/${part}`;
  }, "");
}

function normal(path: string): string {
  const made = posix.normalize(path);
  const slashes = /^\/\/[^/]/.test(path) ? "/" : "";
  return made.length > 1 ? slashes + made.replace(/\/$/, "") : slashes + made;
}

function common(paths: readonly string[]): string {
  const [first, ...rest] = paths.map((path) => path.split("/").filter((part) => part !== "" && part !== "."));
  if (first === undefined) return fail("`commonpath` needs paths");
  const root = paths.every((path) => path.startsWith("/"));
  if (!root && paths.some((path) => path.startsWith("/"))) return fail("some paths are absolute and some are not");
  const end = first.findIndex((part, i) => rest.some((other) => other[i] !== part));
  return (root ? "/" : "") + first.slice(0, end < 0 ? undefined : end).join("/");
}

function relative(args: Args): string {
  const start = args.optionalText("start") ?? ".";
  return posix.relative(start, args.string("value")) || ".";
}

function environment(name: string, run: Run): string | undefined {
  return run.options.env?.(name);
}

function expandUser(path: string, run: Run): string {
  const home = /^~(?=\/|$)/.test(path) ? environment("HOME", run) : undefined;
  return home === undefined ? path : home.replace(/\/$/, "") + path.slice(1);
}

function expandVariables(text: string, run: Run): string {
  return text.replace(/\$(?:(\w+)|\{([^{}]*)\})/g, (all: string, plain?: string, braced?: string) => {
    return environment(plain ?? braced ?? "", run) ?? all;
  });
}
