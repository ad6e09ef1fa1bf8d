/** What is said of mistakes, and where: reliability rows on templates and expressions. */
import { describe, expect, it } from "vitest";
import { showPlace } from "../../src/core/source.ts";
import type { Place } from "../../src/core/source.ts";
import { templates, variableScope } from "../../src/jinja/templates.ts";
import type { Scope, Variable } from "../../src/jinja/templates.ts";
import { placeIn, pointed, problemOf, whole } from "./support.ts";

const VARS = `foo: 1
lb:
  vips: [10.0.0.5, 10.0.0.6]
a: "{{ b }}"
b: "{{ c }}-1"
c: "{{ a }}"
d: "x{{ nopee }}"
`;

function at(part: string): Place {
  return placeIn(VARS, part, "group_vars/web.yml");
}

const layer = new Map<string, Variable>([
  ["foo", { value: 1, place: at("1\n") }],
  ["lb", { value: { vips: ["10.0.0.5", "10.0.0.6"] }, place: at("vips: [10.0.0.5, 10.0.0.6]") }],
  ["a", { value: "{{ b }}", place: at('"{{ b }}"') }],
  ["b", { value: "{{ c }}-1", place: at('"{{ c }}-1"') }],
  ["c", { value: "{{ a }}", place: at('"{{ a }}"') }],
  ["d", { value: "x{{ nopee }}", place: at('"x{{ nopee }}"') }],
]);
const MACROS = "{% macro hello(n) %}{{ n + 1 }}{% endmacro %}{% set v = 1 %}";
const files = new Map([
  ["bad.j2", "first\n  {{ nope }}\n"],
  ["macros.j2", MACROS],
  ["again.j2", "{% include 'again.j2' %}"],
]);
const engine = templates({
  template: (name) => (files.has(name) ? { file: name, text: files.get(name) ?? "" } : undefined),
});
const scope: Scope = variableScope([layer], engine);

interface Expected {
  readonly message: string | RegExp;
  readonly at: string;
  readonly label?: string;
  readonly help?: string | RegExp;
  readonly note?: string;
  readonly related?: readonly string[];
}

function check(run: () => unknown, expected: Expected): void {
  const problem = problemOf(run);
  expect(problem.severity).toBe("error");
  expect(problem.message).toEqual(
    typeof expected.message === "string" ? expected.message : expect.stringMatching(expected.message),
  );
  expect(pointed(problem)).toBe(expected.at);
  if (expected.label !== undefined) expect(problem.label).toBe(expected.label);
  if (expected.help !== undefined) expect(problem.help).toMatch(expected.help);
  if (expected.note !== undefined) expect(problem.note).toBe(expected.note);
  const related = (problem.related ?? []).map(({ place, label }) => `${showPlace(place)} ${label}`);
  if (expected.related !== undefined) expect(related).toEqual(expected.related);
}

const CASES: Readonly<Record<string, Expected>> = {
  "x\n {{ fooo }}": {
    message: "`fooo` is not defined",
    at: "t.j2:2:5 fooo",
    label: "did you mean `foo`?",
    help: "default",
    related: ["group_vars/web.yml:1:6 `foo` is defined here"],
  },
  "{{ lb.vips[3] }}": { message: "`lb.vips[3]` is not defined: the list has 2 items", at: "t.j2:1:12 3" },
  "{{ lb.vipz }}": {
    message: "`lb.vipz` is not defined: the map has no key `vipz`",
    at: "t.j2:1:7 vipz",
    label: "did you mean `vips`?",
    help: "the map has `vips`",
  },
  "{{ foo.bar.baz }}": { message: "`foo.bar` is not defined: a number has no attribute `bar`", at: "t.j2:1:8 bar" },
  "{{ a }}": {
    message: "variable cycle: a (group_vars/web.yml:4) → b (group_vars/web.yml:5) → c (group_vars/web.yml:6) → a",
    at: 'group_vars/web.yml:4:4 "{{ b }}"',
    related: [],
  },
  "{{ d }}": {
    message: "`nopee` is not defined",
    at: "group_vars/web.yml:7:9 nopee",
    related: ["t.j2:1:4 `d` is used here"],
  },
  "{{ 1 + }}": { message: "expected a value after `+`, found `}}`", at: "t.j2:1:8 }}" },
  "ä\n{% if foo %}\nx": {
    message: "`if` is never closed",
    at: "t.j2:2:4 if",
    label: "opened here",
    help: "`{% endif %}` is missing",
  },
  "{% for x in [] %}{% if x %}{% endfor %}": {
    message: "expected `elif` or `else` or `endif`, found `endfor`",
    at: "t.j2:1:31 endfor",
    related: ["t.j2:1:21 this `if` is still open"],
  },
  "{% endfor %}": { message: "`endfor` without `for`", at: "t.j2:1:4 endfor" },
  "{% foreach x in y %}": { message: "unknown tag `foreach`", at: "t.j2:1:4 foreach" },
  "{% fro x in y %}": { message: "unknown tag `fro`", at: "t.j2:1:4 fro", label: "did you mean `for`?" },
  "{% do x %}": { message: "unknown tag `do`", at: "t.j2:1:4 do", note: "Ansible does not have it either" },
  "{{ 'x' | int + [] }}": {
    message: "cannot add number and list",
    at: "t.j2:1:4 'x' | int + []",
    label: "number + list",
  },
  "{{ 1 ~ ('a' + 1) }}": {
    message: "cannot add string and number",
    at: "t.j2:1:8 ('a' + 1)",
    help: "`~` joins texts",
  },
  "{{ 'a' < 1 }}": { message: "cannot compare string with number", at: "t.j2:1:4 'a' < 1" },
  "{% for i in range(10**9) %}{% endfor %}": {
    message: "`range` is larger than 100,000 items",
    at: "t.j2:1:13 range(10**9)",
    label: "1,000,000,000 items",
  },
  "{{ foo | uper }}": { message: "unknown filter `uper`", at: "t.j2:1:10 uper", label: "did you mean `upper`?" },
  "{{ foo is definedd }}": {
    message: "unknown test `definedd`",
    at: "t.j2:1:11 definedd",
    label: "did you mean `defined`?",
  },
  "{{ foo is upper2 }}": { message: "unknown test `upper2`", at: "t.j2:1:11 upper2" },
  "{{ foo is to_json }}": { message: "`to_json` is a filter, not a test", at: "t.j2:1:11 to_json" },
  "{{ foo | password_hash('sha512') }}": {
    message: "filter `password_hash` is not supported",
    at: "t.j2:1:10 password_hash",
  },
  "{{ foo | int(bas=3) }}": {
    message: "`int` has no argument `bas`",
    at: "t.j2:1:10 int(bas=3)",
    label: "did you mean `base`?",
  },
  "{{ lookup('pipe', 'id') }}": {
    message: "lookup `pipe` runs programs on this machine",
    help: "`--allow-pipe` lets templates do so",
    at: "t.j2:1:4 lookup('pipe', 'id')",
  },
  "{{ lookup('url', 'x') }}": {
    message: "lookup `url` is not supported",
    at: "t.j2:1:4 lookup('url', 'x')",
  },
  "{{ lookup('file', 'x') }}": { message: "lookup `file` is not available here", at: "t.j2:1:4 lookup('file', 'x')" },
  "{{ lookup('vars', 'fooo') }}": {
    message: "`fooo` is not defined",
    at: "t.j2:1:4 lookup('vars', 'fooo')",
    label: "did you mean `foo`?",
  },
  "{% include 'gone.j2' %}": { message: "template `gone.j2` is not there", at: "t.j2:1:12 'gone.j2'" },
  "{% include 'bad.j2' %}": { message: "`nope` is not defined", at: "bad.j2:2:6 nope" },
  "{% include 'again.j2' %}": { message: /more than 100 levels deep/, at: "again.j2:1:1 {% include 'again.j2' %}" },
  "{% from 'macros.j2' import hell %}": {
    message: "the imported template does not define `hell`",
    at: "t.j2:1:28 hell",
    label: "did you mean `hello`?",
    help: "it defines `hello`, `v`",
  },
  "{% import 'macros.j2' as m %}{{ m.hello('x') }}": {
    message: "cannot add string and number",
    at: "macros.j2:1:24 n + 1",
  },
  "{{ foo | default('a' }}": {
    message: "expected `)`, found `}`",
    at: "t.j2:1:22 }",
    related: ["t.j2:1:17 opened here"],
  },
  "{{ {{ foo }} }}": { message: "expected a value after `{{`, found `{`", at: "t.j2:1:4 {", help: "without braces" },
  "{{ foo && a }}": { message: "unexpected character `&`", at: "t.j2:1:8 &", help: "write `and`" },
  "{{ 'never closed }}": { message: "the text is never closed", at: "t.j2:1:4 '" },
  "{{ lb.items }}": { message: "`items` is a function, not a value", at: "t.j2:1:4 lb.items", help: /\['items'\]/ },
  "{{ 'a' | regex_replace('(', '') }}": {
    message: "the regular expression is wrong: `(` is never closed",
    at: "t.j2:1:10 regex_replace('(', '')",
    note: "at its character 1",
  },
  "{% set x.y = 1 %}": { message: "`x` is not a namespace", at: "t.j2:1:1 {% set x.y = 1 %}", help: "namespace(y=…)" },
  "{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}": { message: "`a` was not given to `m`", at: "t.j2:1:12 a" },
  "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}": {
    message: "`m` takes at most 1, got 2",
    at: "t.j2:1:34 m(1, 2)",
  },
  "#jinja2: trim_block: True\nx": {
    message: "unknown setting `trim_block` in the `#jinja2:` line",
    at: "t.j2:1:10 trim_block",
    label: "did you mean `trim_blocks`?",
  },
};

describe("mistakes in template files", () => {
  it.each(Object.entries(CASES))("%j", (text, expected) => {
    check(() => engine.file({ file: "t.j2", text }, scope), expected);
  });
});

describe("mistakes in the texts of a playbook", () => {
  const when = (yaml: string, scalar: string, expression: string, expected: Expected): void => {
    check(() => engine.test(expression, scope, placeIn(yaml, scalar, "site.yml")), expected);
  };

  it("points behind an expression that ends too early", () => {
    when("- when: foo ==\n", "foo ==", "foo ==", { message: "expected a value after `==`", at: "site.yml:1:15 " });
  });

  it("says to drop braces in a condition", () => {
    when('- when: "{{ foo }}"\n', '"{{ foo }}"', "{{ foo }}", {
      message: "drop the braces: this is already an expression",
      at: "site.yml:1:10 {{",
    });
  });

  it("follows double quotes and their escapes", () => {
    const yaml = '- when: "foo == \\"\\u00e9\\" or nope"\n';
    when(yaml, yaml.slice(8, -1), 'foo == "é" or nope', { message: "`nope` is not defined", at: "site.yml:1:31 nope" });
  });

  it("follows single quotes", () => {
    const yaml = "- when: '''a'' == ''b'' or nope'\n";
    when(yaml, yaml.slice(8, -1), "'a' == 'b' or nope", {
      message: "`nope` is not defined",
      at: "site.yml:1:28 nope",
    });
  });

  it("follows folded and literal blocks", () => {
    const yaml = "- when: >-\n    foo == 1\n    and nope\n";
    when(yaml, yaml.slice(8, -1), "foo == 1 and nope", { message: "`nope` is not defined", at: "site.yml:3:9 nope" });
    const text = "- msg: |\n    one\n      two {{ nope }}\n";
    check(() => engine.render("one\n  two {{ nope }}\n", scope, placeIn(text, text.slice(7), "site.yml")), {
      message: "`nope` is not defined",
      at: "site.yml:3:14 nope",
    });
  });

  it("finds a text within a larger place, and points to the place where it cannot", () => {
    const yaml = "msg: [a, 'x {{ nope }}']";
    check(() => engine.render("x {{ nope }}", scope, whole(yaml)), { message: /nope/, at: "t.yml:1:16 nope" });
    check(() => engine.render("y {{ nope }}", scope, whole(yaml)), { message: /nope/, at: `t.yml:1:1 ${yaml}` });
  });

  it("counts columns in characters", () => {
    check(() => engine.render("😀{{ nope }}", scope, whole("😀{{ nope }}")), { message: /nope/, at: "t.yml:1:5 nope" });
  });
});
