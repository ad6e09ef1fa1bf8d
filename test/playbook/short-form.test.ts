import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyValues } from "../../src/text/key-values.ts";
import { showPlace } from "../../src/core/source.ts";
import { shortForm } from "../../src/playbook/short-form.ts";
import { templates } from "../../src/jinja/templates.ts";
import { taskTypes } from "../../src/tasks/index.ts";
import { plain, readYaml } from "../../src/yaml/index.ts";
import type { Node } from "../../src/yaml/index.ts";

interface Short {
  readonly node: Node | undefined;
  readonly told: readonly string[];
}

async function read(kind: string, yaml: string): Promise<Short> {
  const told: string[] = [];
  const scalar = readYaml({ file: "t.yml", text: yaml });
  const type = await taskTypes.get(kind)?.();
  if (type === undefined || scalar.kind !== "scalar") throw new Error("no such type, or no text");
  const tell = ({ message }: { readonly message: string }): void => void told.push(message);
  return { node: shortForm(type, scalar, { types: new Map(), kinds: [], templates: templates(), tell }), told };
}

describe("arguments in one line", () => {
  it.each([
    ["file", "path=/a state=absent", { path: "/a", state: "absent" }],
    ["file", `path="/a b" mode='0644'`, { path: "/a b", mode: "0644" }],
    ["file", "path={{ a + ' ' + b }}/c state={{ s }}", { path: "{{ a + ' ' + b }}/c", state: "{{ s }}" }],
    ["file", "path=/a content=a\\tb=c\\n", { path: "/a", content: "a\tb=c\n" }],
    ["file", "path=/a content=", { path: "/a", content: "" }],
    ["debug", 'msg="x y"', { msg: "x y" }],
    ["debug", "hello there", "hello there"],
    ["debug", "hello=1 there", "hello=1 there"],
    ["file", "'{{ all_of_it }}'", "{{ all_of_it }}"],
    ["command", "echo 'a  b'  c=d", "echo 'a  b'  c=d"],
    ["command", "echo 'a  b'  c=d creates=/x chdir='/a b'", { cmd: "echo 'a  b'  c=d", creates: "/x", chdir: "/a b" }],
    ["command", "creates=/x echo 'creates=/y'", { cmd: "echo 'creates=/y'", creates: "/x" }],
    [
      "shell",
      "|\n  cd x\n  make creates=/y\n  echo done",
      { cmd: "cd x\n  make\n  echo done".replaceAll("  ", ""), creates: "/y" },
    ],
  ])("%s: %s", async (kind, yaml, expected) => {
    const { node, told } = await read(kind, yaml);
    expect(told).toEqual([]);
    expect(node === undefined ? undefined : plain(node)).toEqual(expected);
  });

  it("have places of their own", async () => {
    const { node } = await read("file", `>-\n  path=/a\n  content="x {{ y }}"\n`);
    const places =
      node?.kind === "map" ? node.entries.map((each) => [showPlace(each.keyPlace), showPlace(each.value.place)]) : [];
    expect(places).toEqual([
      ["t.yml:2:3", "t.yml:2:8"],
      ["t.yml:3:3", "t.yml:3:12"],
    ]);
  });
});

const PARSE = `
import json, sys
from ansible.parsing.splitter import parse_kv
for line in sys.stdin:
    try: answer = parse_kv(json.loads(line))
    except Exception as error: answer = None
    print(json.dumps(answer))
`;
const python = "/usr/bin/python3";
const missing =
  spawnSync(python, ["-c", "import ansible.parsing.splitter"]).status === 0 ? undefined : "no ansible-core";

describe("what Ansible reads", () => {
  it.skipIf(missing !== undefined)(
    `is the same${missing === undefined ? "" : `: ${missing}`}`,
    { timeout: 60_000 },
    () => {
      const value = fc.constantFrom(
        "1",
        "/a/b",
        '"a b"',
        "'a  b'",
        "{{ x }}",
        '{{ "a b" }}',
        "\"{{ x | d('y z') }}\"",
        "a'b c'd",
        "",
        "a=b",
        "{% if x %}y{% endif %}",
        "é😀",
      );
      const word = fc.tuple(fc.constantFrom("a", "b_1", "path", "x.y"), value).map(([key, text]) => `${key}=${text}`);
      const line = fc
        .array(fc.tuple(word, fc.constantFrom(" ", "  ", "\n", "\t ")), { minLength: 1, maxLength: 4 })
        .map((all) => all.flat().join(""));
      const lines = fc.sample(line, { numRuns: 300, seed: 7 });
      const input = lines.map((each) => `${JSON.stringify(each)}\n`).join("");
      const answers = spawnSync(python, ["-c", PARSE], { input }).stdout.toString().trim().split("\n");
      lines.forEach((each, index) => {
        const words = keyValues(each);
        const ours: unknown =
          "unclosed" in words ? null : Object.fromEntries(words.map(({ key, value: text }) => [key, text]));
        expect(ours, each).toEqual(JSON.parse(answers[index] ?? "") as unknown);
      });
    },
  );
});
