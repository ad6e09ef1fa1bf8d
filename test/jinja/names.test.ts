import { describe, expect, it } from "vitest";
import { templates } from "../../src/jinja/templates.ts";
import { pointed, problemOf, whole } from "./support.ts";

const engine = templates();

function names(text: string): string[] {
  return [...engine.names(text, whole(text))].sort();
}

describe("names of a template", () => {
  it.each([
    ["no template", []],
    ["{{ a.b['c'][d] }}", ["a", "d"]],
    ["{{ a | default(b) | map('x', c, attribute=d) | list }}", ["a", "b", "c", "d"]],
    ["{{ a is version(b, '>') and not c in [d, {e: f}] }}", ["a", "b", "c", "d", "e", "f"]],
    ["{{ a[b:c] ~ -d if e else (f, g) }}", ["a", "b", "c", "d", "e", "f", "g"]],
    ["{{ f(*a, **b) }}", ["a", "b", "f"]],
    [
      "{% for x, y in a if x %}{{ x }}{{ loop.index }}{{ b }}{% else %}{{ c }}{% endfor %}{{ x }}",
      ["a", "b", "c", "x"],
    ],
    ["{% set a = b %}{{ a }}{% set c %}{{ d }}{% endset %}{{ c }}", ["b", "d"]],
    ["{{ a }}{% set a = 1 %}", ["a"]],
    ["{% set ns = namespace(a=b) %}{% set ns.a = c %}{{ ns.a }}", ["b", "c"]],
    ["{% macro m(a, b=c) %}{{ a }}{{ b }}{{ varargs }}{{ d }}{% endmacro %}{{ m(e) }}", ["c", "d", "e"]],
    ["{% macro m() %}{{ caller() }}{% endmacro %}{% call(x) m() %}{{ x }}{{ y }}{% endcall %}", ["y"]],
    ["{% with a=b, c=d %}{{ a }}{{ c }}{% endwith %}{{ c }}", ["b", "c", "d"]],
    ["{% filter indent(w) %}{{ a }}{% endfilter %}", ["a", "w"]],
    ["{% if a %}{{ b }}{% elif c %}{% else %}{{ d }}{% endif %}", ["a", "b", "c", "d"]],
    ["{% include f %}{% import 'x' as m %}{% from 'y' import p as q %}{{ m.z }}{{ q }}", ["f"]],
    ["{% block b %}{{ a }}{% endblock %}", ["a"]],
    ["{{ range(n) }}{{ lookup('env', e) }}{{ now() }}{{ dict(a=b) }}", ["b", "e", "n"]],
    ["{{ lookup('vars', 'a', 'b') }}{{ lookup('vars', c) }}", ["a", "b", "c"]],
    ["{% raw %}{{ a }}{% endraw %}{# {{ b }} #}", []],
  ])("%s", (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it("of an expression", () => {
    const text = "a.b == c | default(d) and e is defined";
    expect([...engine.expressionNames(text, whole(text))].sort()).toEqual(["a", "c", "d", "e"]);
  });

  it("finds mistakes of syntax, and filters and tests that there are not", () => {
    for (const [text, at] of [
      ["{{ a | nope }}", "t.yml:1:8 nope"],
      ["{% if a %}", "t.yml:1:4 if"],
      ["{{ a b }}", "t.yml:1:6 b"],
    ] as const) {
      expect(pointed(problemOf(() => names(text)))).toBe(at);
    }
  });
});
