import { describe, expect, it } from "vitest";
import { readLiteral } from "../../src/inventory/literal.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";

/** Python 3.11: `json.dumps(ast.literal_eval(text))`, or the text itself where it is no literal. */
const CASES: readonly (readonly [string, string])[] = [
  ["5", "5"],
  ["1_000", "1000"],
  ["0755", '"0755"'],
  ["00", "0"],
  ["1e3", "1000.0"],
  ["1.10", "1.1"],
  ["1.10.2", '"1.10.2"'],
  ["5.", "5.0"],
  ["1e22", "1e+22"],
  ["-(5)", "-5"],
  ["--5", '"--5"'],
  ["-True", '"-True"'],
  ["1+2", '"1+2"'],
  ["2j", '"2j"'],
  ["(1)", "1"],
  ["1 # one", "1"],
  ["'a' 'b'", '"ab"'],
  ["'a' b'b'", "\"'a' b'b'\""],
  ["r'\\n'", '"\\\\n"'],
  ["b'\\x41'", '"A"'],
  ["f'a'", "\"f'a'\""],
  ["'\\d'", '"\\\\d"'],
  ["'\\u00e9'", '"é"'],
  ["'it''s'", '"its"'],
  ["a'True", '"a\'True"'],
  ["True", "true"],
  ["true", '"true"'],
  ["None", "null"],
  ["[1, 2,", '"[1, 2,"'],
  ["{'a': True, 'a': 2}", '{\n    "a": 2\n}'],
  ["{{ x }}", '"{{ x }}"'],
  ["{}", "{}"],
  ["()", "[]"],
  ["", '""'],
];

describe("values of INI", () => {
  it.each(CASES)("%s", (text, expected) => {
    const place = { source: { file: "x", text }, start: 0, end: text.length };
    expect(pythonJson(readLiteral(text, place).node)).toBe(expected);
  });

  it("a set becomes a list, with a remark", () => {
    const place = { source: { file: "x", text: "" }, start: 0, end: 0 };
    const { node, remark } = readLiteral("{1, 2}", place);
    expect([node.kind, remark]).toEqual(["list", "a Python set is read as a list here; write `[…]`"]);
  });

  it("brackets within brackets have a limit", () => {
    const place = { source: { file: "x", text: "" }, start: 0, end: 0 };
    expect(readLiteral("[".repeat(5000), place).remark).toMatch(/more than 64 levels deep/);
  });
});
