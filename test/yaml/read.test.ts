import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import type { Problem } from "../../src/core/problem.ts";
import { lineAndColumn } from "../../src/core/source.ts";
import type { Place } from "../../src/core/source.ts";
import { keyPlaceAt, nodeAt, placeAt, plain, readYaml } from "../../src/yaml/index.ts";
import type { Node } from "../../src/yaml/index.ts";

function read(text: string): Node {
  return readYaml({ file: "x.yml", text });
}

function problemsOf(text: string): readonly Problem[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

function shown(place: Place): string {
  return place.source.text.slice(place.start, place.end);
}

describe("scalars are read as PyYAML reads them", () => {
  const url = new URL("./pyyaml-scalars.json", import.meta.url);
  const cases = JSON.parse(readFileSync(url, "utf8")) as Record<string, { value?: unknown; error?: boolean }>;
  const tooLarge = "9007199254740993";
  const comparable = Object.entries(cases).filter(([text, { error }]) => error !== true && text !== tooLarge);

  it.each(comparable)("%s", (text, { value }) => {
    const node = nodeAt(read(`k: ${text}\n`), ["k"]);
    const special: Record<string, unknown> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
    const wanted = typeof value === "string" && value in special ? special[value] : value;
    expect(node === undefined ? undefined : plain(node)).toEqual(wanted);
  });

  it("refuses a number that would lose digits", () => {
    expect(problemsOf(`k: ${tooLarge}\n`)).toMatchObject([{ message: /too large/ }]);
  });

  it("warns of numbers that are not what the eye reads, but not of a mode", () => {
    const warnings: string[] = [];
    const text = "a: 22:22\nb: 0644\nc: 1_000\nmode: 0644\nd: '22:22'\ne: 22\n";
    readYaml({ file: "x", text }, (problem) => warnings.push(problem.place === undefined ? "" : shown(problem.place)));
    expect(warnings).toEqual(["22:22", "0644", "1_000"]);
  });
});

describe("places", () => {
  const text =
    "- hosts: web\n  tasks:\n    - command: &c echo  # say\n      when: [a, 'b c']\n    - *c\n  vars: { x: |\n }\n".replace(
      " { x: |\n }",
      "\n    x: |\n      one\n      two",
    );
  const node = read(text);

  it("every value and key knows its own", () => {
    expect(shown(placeAt(node, [0, "hosts"]))).toBe("web");
    expect(shown(placeAt(node, [0, "tasks", 0, "command"]))).toBe("echo");
    expect(shown(placeAt(node, [0, "tasks", 0, "when", 1]))).toBe("'b c'");
    expect(shown(keyPlaceAt(node, [0, "tasks", 0, "when"]))).toBe("when");
    expect(shown(placeAt(node, [0, "tasks", 0, "when"]))).toBe("[a, 'b c']");
    expect(shown(placeAt(node, [0, "vars", "x"]))).toMatch(/^\|\n {6}one\n {6}two/);
  });

  it("a path that is not there gives the nearest parent", () => {
    expect(placeAt(node, [0, "tasks", 0, "when", 7, "x"])).toEqual(placeAt(node, [0, "tasks", 0, "when"]));
    expect(keyPlaceAt(node, [0, "tasks", 0, "nope"])).toEqual(placeAt(node, [0, "tasks", 0]));
  });

  it("count code points, and a byte order mark not at all", () => {
    const marked = read("\ufeff# 😀\nk: [😀, here]\n");
    expect(lineAndColumn(placeAt(marked, ["k", 1]))).toEqual({ line: 2, column: 8 });
  });

  it("CRLF does not shift them, nor stay in texts", () => {
    const windows = read("a: |\r\n  one\r\n  two\r\nb: x\r\n");
    expect(plain(windows)).toEqual({ a: "one\ntwo\n", b: "x" });
    expect(lineAndColumn(placeAt(windows, ["b"]))).toEqual({ line: 4, column: 4 });
  });
});

describe("maps", () => {
  it("takes in what `<<` names; own keys and earlier maps win", () => {
    const node = read("a: &a { x: 1, y: 1 }\nb: &b { y: 2, z: 2 }\nc:\n  <<: [*a, *b]\n  x: 3\n");
    expect(plain(node)).toMatchObject({ c: { x: 3, y: 1, z: 2 } });
  });

  it("keys are the text that is written", () => {
    expect(plain(read("80: a\nyes: b\n0644: c\n'q': d\n~: e\n"))).toEqual({
      "80": "a",
      yes: "b",
      "0644": "c",
      q: "d",
      "~": "e",
    });
  });

  it("no key reaches a prototype", () => {
    expect(problemsOf("__proto__: {a: 1}\nx: {constructor: 1, prototype: 2}\n")).toHaveLength(3);
    const forged: Node = {
      kind: "map",
      place: read("a").place,
      entries: [{ key: "__proto__", keyPlace: read("a").place, value: read("{polluted: true}") }],
    };
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(plain(forged))).toBe(Object.prototype);
  });

  it("finds every key that stands twice, with both places", () => {
    const [problem] = problemsOf("a: 1\nb: 2\nc: { d: 1, d: 2 }\nb: 3\n").slice(-1);
    expect(problem?.place && lineAndColumn(problem.place)).toEqual({ line: 4, column: 1 });
    expect(problem?.related?.map(({ place }) => lineAndColumn(place).line)).toEqual([2]);
  });
});

describe("everything that is wrong is said at once", () => {
  it("own checks before a syntax error, in order of place", () => {
    const problems = problemsOf("a: {{ x }}\nb: !foo y\nb: 1\nc: 'open\n");
    expect(problems.map(({ place }) => place && lineAndColumn(place).line)).toEqual([1, 2, 3, 4]);
  });

  it("a template that is not closed does not hide the next ones", () => {
    expect(problemsOf("a: {{ x\nb: {{ y }}/z\nc: 1\n").map(({ place }) => place && shown(place))).toEqual([
      "{{ x",
      "{{ y }}/z",
    ]);
  });
});
