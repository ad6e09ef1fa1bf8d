/** The map of CONTRIBUTING.md, held: imports go one way, from a directory to those that it stands on. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

/** Directories, subdirectories and the files beside them. Each stands on those before it, and knows none after it. */
const ORDER = [
  "text",
  "core",
  "system",
  "vault",
  "yaml",
  "files.ts",
  ...["jinja/errors", "jinja/values", "jinja/regex", "jinja/filters/parts", "jinja/filters", "jinja/builtins"],
  ...["jinja/parse", "jinja/evaluate", "jinja"],
  "ssh-config",
  "inventory",
  "playbook",
  ...["site/model", "site/check", "site/derive", "site"],
  ...["keepalived", "keepalived/data"],
  ...["tasks/parts", "firewalld", "tasks"],
  ...["engine/converge", "engine/variables", "engine/bind", "engine"],
  ...["remote/transport", "remote/shell", "remote/ssh", "remote/openssh", "remote"],
  ...["drills/hosts", "drills/faults", "drills/definitions", "drills"],
  "lab",
  "report",
  ...["commands/args", "commands/input", "commands/run", "commands/verbs", "commands"],
  "cli.ts",
  "compile-cache.ts",
];

/** Statements hold statements, expressions expressions, and a text's format may ask for an attribute. */
const RECURSIONS = [
  ["execute.ts", "inherit.ts", "loop.ts", "macro.ts"].map((file) => `jinja/evaluate/${file}`),
  ["parse-expression.ts", "parse-postfix.ts"].map((file) => `jinja/parse/${file}`),
  ["attributes.ts", "format.ts", "string-methods.ts"].map((file) => `jinja/values/${file}`),
];

interface Import {
  readonly file: string;
  /** Nothing of it is there when the program runs. */
  readonly type: boolean;
  /** When it is first needed. */
  readonly lazy: boolean;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const IMPORTS = new Map(FILES.map((file) => [file, importsOf(file)]));

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = text.matchAll(
    /(?:import|export)(?<type> type)? [^;"]*?from "(?<still>\.[^"]+)"|import\("(?<lazy>\.[^"]+)"\)/g,
  );
  return [...found].map(({ groups: { type, still, lazy } = {} }) => ({
    file: relative(SRC, join(SRC, dirname(file), still ?? lazy ?? "")),
    type: type !== undefined,
    lazy: lazy !== undefined,
  }));
}

function placeOf(file: string): number {
  return ORDER.indexOf(file.includes("/") ? dirname(file) : file);
}

test("every directory has its place", () => {
  expect(FILES.filter((file) => placeOf(file) === -1)).toEqual([]);
});

test("imports go one way", () => {
  const against = [...IMPORTS].flatMap(([file, imports]) =>
    imports.filter((other) => placeOf(other.file) > placeOf(file)).map((other) => `${file} imports ${other.file}`),
  );
  expect(against).toEqual([]);
});

/** Files from each of which the others can be reached. */
function circles(counts: (each: Import) => boolean): readonly (readonly string[])[] {
  const reached = new Map(FILES.map((file) => [file, reachable(file, counts)]));
  const together = (file: string): readonly string[] =>
    FILES.filter((other) => reached.get(file)?.has(other) === true && reached.get(other)?.has(file) === true).sort();
  const found = FILES.map(together).filter((circle) => circle.length > 1);
  return [...new Map(found.map((circle) => [circle.join(), circle])).values()];
}

function reachable(file: string, counts: (each: Import) => boolean): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const each of IMPORTS.get(next) ?? [])
      if (counts(each) && !seen.has(each.file)) {
        seen.add(each.file);
        open.push(each.file);
      }
  return seen;
}

test("no file needs itself, but for the recursions of the template language", () => {
  expect(circles(({ type, lazy }) => !type && !lazy).toSorted()).toEqual(RECURSIONS.toSorted());
});

test("types go round nowhere else", () => {
  expect(circles(() => true).filter((circle) => !circle.every((file) => file.startsWith("jinja/")))).toEqual([]);
});

test("no file is longer than 300 lines", () => {
  const lines = (file: string): number => readFileSync(join(SRC, file), "utf8").split("\n").length - 1;
  expect(FILES.filter((file) => !file.endsWith(".generated.ts") && lines(file) > 300)).toEqual([]);
});
