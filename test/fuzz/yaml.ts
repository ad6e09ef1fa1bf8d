import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { plain, readYaml } from "../../src/yaml/index.ts";
import type { Reader } from "./reader.ts";

const inputs = join(process.cwd(), "test/golden/inputs");
const seeds = readdirSync(inputs, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".yml"))
  .map((name) => readFileSync(join(inputs, name), "utf8"))
  .filter((text) => text.length < 4000);

const BITS = [
  ..."'\"{}[]#,:-?|>&*!%@`~\t \n\\",
  ...[
    ": ",
    "- ",
    "&a ",
    "*a",
    "|\n",
    ">-\n",
    "!x ",
    "---\n",
    "...\n",
    "<<: ",
    "{{ x }}",
    "\r\n",
    "é",
    "\ufeff",
    "\0",
    "\u2028",
  ],
  ...["__proto__: ", "!vault |\n", "!unsafe ", "? ", "{polluted: 1}", "0b1", "1:2:3", ".inf"],
];

/** A seed with pieces put in, taken out or moved. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...BITS), fc.constantFrom("put", "take", "move")), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([seed, changes]) =>
    changes.reduce((text, [a, b, bit, how]) => {
      const at = a % (text.length + 1);
      const from = b % (text.length + 1);
      if (how === "put") return text.slice(0, at) + bit + text.slice(at);
      if (how === "take") return text.slice(0, at) + text.slice(at + 1 + (b % 6));
      return text.slice(0, at) + text.slice(from, from + 20) + text.slice(at);
    }, seed),
  );
const noise = fc.array(fc.constantFrom(...BITS, "a", "key", "1"), { maxLength: 60 }).map((bits) => bits.join(""));

const line = fc.constantFrom(
  "a$: 1",
  "b$: [1, two]",
  "c$: 'text # no comment'",
  "d$: |\n  block\n  text",
  "# comment",
  "e$: { f: 1 }",
  'g$: "{{ x }}"',
);
const FAULTS = [
  ["x: !foo 1", "!foo"],
  ["x: *nowhere", "*nowhere"],
  ["x: 'open", "'open"],
  ["x: [1, 2", "[1, 2"],
  ["x: {{ y }}", "{{ y }}"],
  ["\tx: 1", "\t"],
  ["x: @at", "@at"],
  ["x: a: b", "a: b"],
  ["__proto__: 1", "__proto__"],
  ["x: \u001b[31m", "\u001b"],
  ['x: "\\d"', "\\d"],
  ["x: 9007199254740993", "9007199254740993"],
  ["x: 1\nx: 2", "x: 2"],
] as const;

export const YAML: Reader = {
  name: "yaml",
  texts: fc.oneof(mutated, noise, fc.string({ unit: "binary", maxLength: 200 })),
  planted: fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom(...FAULTS), fc.array(line, { maxLength: 6 }))
    .map(([before, [fault, word], after]) => {
      const numbered = [...before, fault, ...after].map((each, index) => each.replace("$", String(index)));
      const start = [...numbered.slice(0, before.length), ""].join("\n").length + fault.indexOf(word);
      return { text: `${numbered.join("\n")}\n`, start, end: start + word.length };
    }),
  read: (text, tell) => void plain(readYaml({ file: "fuzz", text }, tell)),
};
