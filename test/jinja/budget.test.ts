/** No text, however odd, takes long or much memory: it ends with a message. */
import { describe, expect, it } from "vitest";
import { templates } from "../../src/jinja/templates.ts";
import { problemOf, scopeOf } from "./support.ts";

const engine = templates();
const scope = scopeOf({});
const DOUBLING = (step: string, turns = 60): string =>
  `{% set ns = namespace(s=[1]) %}{% for i in range(${turns}) %}{% set ns.s = ${step} %}{% endfor %}`;

const BOMBS: Readonly<Record<string, RegExp>> = {
  "{% for i in range(10**9) %}{% endfor %}": /larger than 100,000 items/,
  "{% for i in range(100000) %}{% for j in range(100000) %}{% set x = i + j %}{% endfor %}{% endfor %}":
    /takes too long/,
  "{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}":
    /longer than 10,000,000|too long/,
  "{{ 'a' * 10**9 }}": /longer than 10,000,000 characters/,
  "{{ [0] * 10**9 }}": /longer than 1,000,000 items/,
  "{{ 2 ** 100000 }}": /too large/,
  "{{ ('9' * 100000) | int }}": /too long/,
  "{{ '{:99999999}'.format(1) }}": /longer than/,
  "{{ '%99999999d' % 1 }}": /longer than/,
  "{{ 'x' | center(99999999) }}": /longer than/,
  "{{ 'x' | indent(99999999) }}": /longer than/,
  "{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}": /longer than/,
  "{{ [1] | batch(99999999, 0) }}": /longer than/,
  "{{ range(1000) | product(range(1000), range(1000)) }}": /longer than/,
  "{{ range(100) | permutations }}": /longer than|too long/,
  "{{ ('a' * 40) is match('(a+)+b') }}": /regular expression takes too long/,
  "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": /more than 100 levels deep/,
  [`${DOUBLING("[ns.s, ns.s]")}{{ ns.s }}`]: /longer than|too long/,
  [`${DOUBLING("ns.s + ns.s")}{{ ns.s }}`]: /longer than/,
  [`${DOUBLING("[ns.s, ns.s]")}{{ ns.s == [ns.s] }}{{ ns.s | unique }}`]: /too long/,
  [`${DOUBLING("[ns.s, ns.s]")}{{ ns.s | flatten }}`]: /longer than/,
  [`${DOUBLING("[ns.s, ns.s]")}{{ ns.s | to_json }}`]: /longer than/,
  [`${DOUBLING("[ns.s, ns.s]")}{{ ns.s | to_nice_yaml }}`]: /longer than|too long/,
  [DOUBLING("ns.s ~ ns.s")]: /longer than/,
  "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}": /nested too deeply/,
  "{% set d = {} %}{% set _ = d.update({'a': d}) %}{{ d | combine({'a': d}, recursive=true) }}": /nested too deeply/,
  "{% set l = [1] %}{% for i in range(100) %}{% set _ = l.extend(l) %}{% endfor %}": /longer than/,
  [`{{ ${"(".repeat(10_000)}1${")".repeat(10_000)} }}`]: /nested more than 100 levels deep/,
  [`{{ ${"not ".repeat(10_000)}1 }}`]: /nested more than 100 levels deep/,
  [`{{ ${"[".repeat(10_000)} }}`]: /expected `]`/,
  [`{{ ${"1 + ".repeat(100_000)}1 }}`]: /nested too deeply/,
  [`{{ x${".a".repeat(100_000)} }}`]: /nested too deeply|not defined/,
  ["{% if 1 %}".repeat(10_000)]: /nested more than 100 levels deep/,
  [`{{ '${"[".repeat(100_000)}' | from_json }}`]: /nested too deeply/,
  [`{{ '${"[".repeat(10_000)}' | from_yaml }}`]: /not YAML/,
};

describe("budgets", { timeout: 30_000 }, () => {
  it.each(Object.entries(BOMBS).map(([text, said]) => ({ name: text.slice(0, 100), text, said })))(
    "$name",
    ({ text, said }) => {
      expect(problemOf(() => engine.file({ file: "t.j2", text }, scope)).message).toMatch(said);
    },
  );

  it("are large enough for real work", () => {
    const text = "{% for i in range(100000) %}{{ i | string | upper }}{% endfor %}";
    expect(engine.file({ file: "t.j2", text }, scope)).toHaveLength(488_890);
    const lines = "{{ ('key = value # comment\\n' * 5000) | regex_replace('(?m)\\\\s*#.*$', '') | length }}";
    expect(engine.file({ file: "t.j2", text: lines }, scope)).toBe(String(5000 * "key = value\n".length));
  });

  it("are each rendering's own", () => {
    const text = "{{ ('a' * 24) is match('(a+)+b') }}";
    for (let i = 0; i < 3; i++) expect(() => engine.file({ file: "t", text }, scope)).toThrow(/takes too long/);
    expect(engine.file({ file: "t", text: "{{ 'ab' is match('(a+)+b') }}" }, scope)).toBe("True");
  });
});
