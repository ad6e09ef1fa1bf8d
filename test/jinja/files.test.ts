/** Templates that lead to others, with what ansible-core 2.14.18 prints. */
import { describe, expect, it } from "vitest";
import { templates } from "../../src/jinja/templates.ts";
import { scopeOf } from "./support.ts";

const FILES: Readonly<Record<string, string>> = {
  "base.j2": "base[{% block a %}A{% endblock %}|{% block b %}B{{ name }}{% endblock %}]\n",
  "child.j2":
    '{% extends "mid.j2" %}{% block a %}({{ super() }}){% endblock %}{% block b %}{% for i in [1,2] %}{% block c scoped %}{{ i }}{% endblock %}{% endfor %}{% endblock %}',
  "inc.j2": 'inc:{{ name }}{{ x | default("nox") }}\n',
  "mac.j2":
    '{% macro m(a, b=2) %}[{{ a }}{{ b }}{{ name | default("noname") }}{{ inner | default("noinner") }}]{% endmacro %}{% set inner = "I" %}{% set _hidden = 1 %}printed\n',
  "mid.j2": 'mid{% extends "base.j2" %}ignored{% set z = 5 %}{% block a %}<{{ super() }}{{ z }}>{% endblock %}',
};

const CASES: readonly (readonly [string, string])[] = [
  ["{% include 'inc.j2' %}|", "inc:web1nox|"],
  ["{% set x = 1 %}{% include 'inc.j2' %}", "inc:web11"],
  ["{% for x in [1,2] %}{% include 'inc.j2' %}{% endfor %}", "inc:web11inc:web12"],
  ["{% include 'nope.j2' ignore missing %}ok", "ok"],
  ["{% include ['nope.j2', 'inc.j2'] %}", "inc:web1nox"],
  ["{% import 'mac.j2' as m %}{{ m.m(1) }}{{ m.inner }}", "[12nonameI]I"],
  ["{% import 'mac.j2' as m with context %}{{ m.m(1) }}", "[12web1I]"],
  ["{% import 'mac.j2' as m %}{{ m._hidden | default('hidden') }}", "hidden"],
  ["{% from 'mac.j2' import m %}{{ m(1, b=3) }}", "[13nonameI]"],
  ["{% from 'mac.j2' import m as k, inner with context %}{{ k(1) }}{{ inner }}", "[12web1I]I"],
  ["{% extends 'base.j2' %}", "base[A|Bweb1]"],
  ["{% extends 'base.j2' %}{% block a %}X{{ super() }}{% endblock %}", "base[XA|Bweb1]"],
  ["{% extends 'mid.j2' %}{% block b %}Y{% endblock %}", "midbase[<A5>|Y]"],
  ["{% for i in [1,2] %}{% block q %}{{ i is defined }}{% endblock %}{% endfor %}", "FalseFalse"],
  ["{% for i in [1,2] %}{% block q scoped %}{{ i }}{% endblock %}{% endfor %}", "12"],
  ["{% set i = 3 %}{% block q %}{{ i }}{% endblock %}", "3"],
  ["{% block q %}{% set i = 3 %}{% endblock %}{{ i is defined }}", "False"],
  ["{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "False"],
  ["{% macro outer() %}{% macro inner2() %}i{% endmacro %}{{ inner2() }}{% endmacro %}{{ outer() }}", "i"],
  ["{% if true %}{% macro z() %}z{% endmacro %}{% endif %}{{ z() }}", "z"],
  ["{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}", "B"],
  ["{{ m is defined }}{% macro m() %}{% endmacro %}", "False"],
  ["{% set a = 1 %}{% if true %}{% set a = 2 %}{% endif %}{{ a }}", "2"],
  ["{% for i in [1] %}{% if true %}{% set q = 1 %}{% endif %}{{ q }}{% endfor %}{{ q is defined }}", "1True"],
  ["{% set x = none %}{{ x }}|{{ [x] }}|{{ x is none }}", "|[None]|True"],
];

const engine = templates({
  template: (name) => (Object.hasOwn(FILES, name) ? { file: name, text: FILES[name] ?? "" } : undefined),
});
const scope = scopeOf({ name: "web1" });

describe("includes, imports, inheritance", () => {
  it.each(CASES)("%j", (text, expected) => {
    expect(engine.file({ file: "t.j2", text }, scope)).toBe(expected);
  });

  it("has blocks in loops of a parent, which Ansible trips over", () => {
    const text = "{% extends 'child.j2' %}{% block c %}[{{ super() }}]{% endblock %}";
    expect(engine.file({ file: "t.j2", text }, scope)).toBe("midbase[(<A5>)|[1][2]]");
  });
});
