import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Problem } from "../../src/core/problem.ts";
import { emptyDraft } from "../../src/inventory/draft.ts";
import type { Draft } from "../../src/inventory/draft.ts";
import { readIni } from "../../src/inventory/ini.ts";
import { readJson } from "../../src/inventory/json.ts";
import { readLiteral } from "../../src/inventory/literal.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { selectHosts, selectLimit } from "../../src/inventory/select.ts";
import { completeGroups } from "../../src/inventory/tree.ts";
import { readGroups } from "../../src/inventory/yaml-groups.ts";
import { amongLines } from "./planted.ts";
import type { Reader } from "./reader.ts";

const source = (text: string) => ({ file: "fuzz", text });

function drafted(tell: (problem: Problem) => void, fill: (draft: Draft) => void): void {
  const draft = emptyDraft({ source: source(""), start: 0, end: 0 });
  try {
    fill(draft);
    completeGroups(draft);
  } finally {
    draft.problems.forEach(tell);
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    ..."[web] [web:vars] [db:children] [ ] [a:b] = : # ; \\ \" ' { } ( ) , - web db".split(" "),
    "\n",
    "\r\n",
    " ",
    "\t",
  ),
  fc.constantFrom(
    ..."w[1:3] [01:99] [a:z:2] {{x}} __proto__ constructor all ungrouped ansible_port=22 b'\\x41' 2001:db8::1".split(
      " ",
    ),
  ),
  fc.constantFrom(
    "a=[1,{'polluted':2}]",
    "\u2028",
    "\u0000",
    "\ufeff",
    "_meta",
    "hostvars",
    "__proto__=1",
    "children",
    "hosts",
  ),
  fc.string({ maxLength: 5, unit: "binary" }),
);
const pieces = fc.array(piece, { maxLength: 25 }).map((all) => all.join(""));

const ini: Reader = {
  name: "ini",
  texts: pieces,
  planted: amongLines(
    fc.constantFrom("", "# text", "[web]", "w1", "w[1:3] a=1", "x.example.com:22 b='c d'", "; more"),
    [
      ["we@b1", "@"],
      ["-oProxyCommand=id", "-oProxyCommand=id"],
      ["w1 a", "a"],
      ["w1 a=1 b='open", "'open"],
      ["[web:childern]", "childern"],
      ["[web servers]", " "],
      ["n[9:1]", "[9:1]"],
      ["n[1:99999999]", "[1:99999999]"],
      ["../etc", "/"],
    ],
  ),
  read: (text, tell) => drafted(tell, (draft) => readIni(draft, source(text))),
};

const jsonPiece = fc.constantFrom(
  ...'{ } [ ] , : "a" "__proto__" 1 - 1e5 nul NaN "\\u00 "hosts" "children" "vars" "_meta"'.split(" "),
);
const json: Reader = {
  name: "json",
  texts: fc.oneof(
    fc
      .json()
      .chain((made) => fc.tuple(fc.constant(made), fc.nat(made.length), fc.string({ maxLength: 2 })))
      .map(([made, at, extra]) => made.slice(0, at) + extra + made.slice(at)),
    fc.array(jsonPiece).map((all) => all.join(" ")),
    fc.nat(5000).map((depth) => "[".repeat(depth)),
  ),
  planted: fc
    .tuple(fc.jsonValue(), fc.constantFrom("nul", "NAN", "'a'", "01", "+1", ".5", "{1: 2}", '"\\x"'), fc.jsonValue())
    .map(([before, fault, after]) => {
      const head = `{"web": {"vars": {"a": ${JSON.stringify(before)}, "b": `.replaceAll("__proto__", "proto");
      return {
        text: `${head}${fault}, "c": ${JSON.stringify(after)}}}}`,
        start: head.length,
        end: head.length + fault.length,
      };
    }),
  read: (text, tell) =>
    drafted(tell, (draft) => {
      const node = readJson(source(text), { warn: tell });
      readGroups(draft, node);
      pythonJson(node);
    }),
};

const literals: Reader = {
  name: "literals",
  texts: pieces,
  read: (text) => void pythonJson(readLiteral(text, { source: source(text), start: 0, end: text.length }).node),
};

const inventory = await loadInventory("web[01:20].example.com,lb1,2001:db8::1,10.0.0.1,", "/");

const part = fc.oneof(
  fc.constantFrom(
    ..."web* all ! & : , [0] [-1] [1:3] [1:] ~ (a+)+$ lb1 * ? [ ] [!a] 2001:db8::1 10.0.0.1 \\ [z-a]".split(" "),
  ),
  fc.constantFrom(" ", "*a*a*a*a*b", "@x", "(", "){9}", ".*.*.*", "-", "(?<", "{1,99999}", "__proto__"),
  fc.string({ maxLength: 3, unit: "binary" }),
);
const rightPart = fc.constantFrom("all", "lb1", "10.0.0.1", "web01.example.com", "web*", "~w.b");

const patterns: Reader = {
  name: "patterns",
  texts: fc.array(part, { maxLength: 8 }).map((all) => all.join("")),
  planted: fc
    .tuple(
      fc.array(rightPart),
      fc.constantFrom("nobody", "wbe", "constructor", "all[99]", "~(", "@file"),
      fc.array(rightPart),
    )
    .map(([before, fault, after]) => {
      const start = [...before, ""].join(",").length;
      return { text: [...before, fault, ...after].join(","), start, end: start + fault.length };
    }),
  read: (text) => void selectHosts(inventory, text, { source: source(text), start: 0, end: text.length }),
};

const directory = mkdtempSync(join(tmpdir(), "dsrctl-fuzz-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const limitFile: Reader = {
  name: "limit-file",
  texts: fc
    .array(fc.oneof(part, fc.constantFrom("\n", "\r\n", "#", "# x\n", "\ufeff")), { maxLength: 20 })
    .map((all) => all.join("")),
  planted: amongLines(fc.constantFrom("", "# failed", "lb1", "  10.0.0.1 ", "web*"), [
    ["web99", "web99"],
    ["  nobody", "nobody"],
    ["all[99]", "all[99]"],
  ]),
  read: async (text) => {
    writeFileSync(join(directory, "fuzz"), text);
    await selectLimit(inventory, "@fuzz", directory);
  },
};

export const INVENTORY: readonly Reader[] = [ini, json, literals, patterns, limitFile];
