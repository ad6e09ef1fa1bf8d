/**
 * Templates that mean harm, in a process of its own that may use a second of CPU for each: none reaches JavaScript's
 * objects, none takes longer, and what is refused is refused with a place.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";

const NAMES = ["constructor", "__proto__", "prototype", "process", "globalThis", "toString", "__class__"];

/** An attribute is named in each; whatever has no such attribute says so. */
const BY_NAME = (name: string): readonly string[] => [
  `{{ list | map(attribute='${name}') | list }}`,
  `{{ list | map(attribute='${name}.${name}') | list }}`,
  `{{ users | map(attribute='${name}.constructor') | list }}`,
  `{{ users | sort(attribute='${name}') }}`,
  `{{ users | groupby('${name}') }}`,
  `{{ users | unique(attribute='${name}') }}`,
  `{{ users | sum(attribute='${name}') }}`,
  `{{ users | max(attribute='${name}') }}`,
  `{{ users | join(',', attribute='${name}') }}`,
  `{{ users | items2dict(key_name='${name}', value_name='name') }}`,
  `{{ users | subelements('${name}') }}`,
  `{{ users | json_query('[].${name}') }}`,
  `{{ '${name}' | extract(map) }}`,
  `{{ '{0.${name}}'.format(text) }}`,
  `{{ '{0[${name}]}'.format(map) }}`,
  `{{ '{a.${name}.constructor}'.format(a=list) }}`,
  `{{ '%(${name})s' | format(map) }}`,
  `{{ '%(${name})s' % map }}`,
  `{% macro m() %}{% endmacro %}{{ m.${name}('return 1')() }}`,
  `{% set ns = namespace() %}{{ ns.${name}.constructor('return 1')() }}`,
  `{{ hostvars.${name}.constructor('return 1')() }}`,
  `{{ hostvars['${name}']['x'] }}`,
  `{{ hostvars.web1.${name}.constructor }}`,
  `{{ lookup('${name}', 1) }}`,
  `{{ list | map('${name}') | list }}`,
  `{{ list | select('${name}') | list }}`,
  `{{ users | selectattr('name', '${name}') | list }}`,
  `{{ vars['${name}'].constructor }}`,
];

const BUDGET = [
  "{{ 'a' * 10**9 }}",
  "{{ 10**(10**10) }}",
  "{{ 2 ** (2 ** 40) }}",
  "{{ ((9 ** 9999) ** 9999) | string }}",
  "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
  "{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s | replace('a', 'aa') %}{% endfor %}",
  "{{ (['a' * 9999] * 99999) | join('b' * 9999) }}",
  "{{ ('a' * 999999) | replace('a', 'b' * 999999) }}",
  "{{ 'a' | center(10**9) }}",
  "{{ 'a'.ljust(10**9) }}",
  "{{ 'a'.rjust(10**9) }}",
  "{{ '1'.zfill(10**9) }}",
  "{{ 'a'.expandtabs(10**9) }}{{ '\t'.expandtabs(10**9) }}",
  "{{ ('a\n' * 99999) | indent(99999) }}",
  "{{ ('a ' * 99999) | wordwrap(1, wrapstring='b' * 9999) }}",
  "{{ '%0999999999d' % 1 }}",
  "{{ '%*d' % (999999999, 1) }}",
  "{{ '{:>999999999}'.format(1) }}",
  "{{ '{:{w}}'.format(1, w=999999999) }}",
  "{{ ('a' * 30 ~ '!') | regex_replace('^(a|a)*$', '') }}",
  "{{ ('a' * 30 ~ '!') | regex_search('(a*)*$b') }}",
  "{{ ('a' * 30 ~ '!') is match('^(([a-z])+.)+[A-Z]([a-z])+$') }}",
  "{{ ('x' * 29) | regex_findall('(x+x+)+y') }}",
  "{{ 'aaa' | regex_search('a{1,99999}{1,99999}{1,99999}b') }}",
  "{{ list | map('regex_replace', '(.*)*x', 'y') | list }}{{ ('a' * 40) | regex_replace('(.*)*x', 'y') }}",
  "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
  "{% macro a(n) %}{{ a(n) }}{{ a(n) }}{% endmacro %}{{ a(1) }}",
  "{% macro a(n) %}{% if n %}{{ a(n - 1) }}{{ a(n - 1) }}{% endif %}{% endmacro %}{{ a(60) }}",
  "{% include 'a.j2' %}",
  "{% import 'a.j2' as x %}{{ x }}",
  "{% extends 'a.j2' %}",
  "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
  "{% for x in [1] recursive %}{{ loop([1, 1]) }}{{ loop([1, 1]) }}{% endfor %}",
  "{{ range(99999) | product(range(99999)) | list }}",
  "{{ range(60) | combinations(30) | list }}",
  "{{ range(99) | list | permutations | list }}",
  "{% set l = [] %}{% set _ = l.append(l) %}{{ l | flatten }}{{ l | to_json }}",
  "{% set d = {} %}{% set _ = d.update(a=d) %}{{ d == {'a': d} }}",
  "{{ ('[' * 99999) | from_json }}",
  "{{ ('&a [' ~ '*a,' * 99999 ~ ']') | from_yaml }}",
  "{{ 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]' | from_yaml | to_json }}",
  "{{ '10.0.0.0/8' | ipsubnet(32) }}{{ '::/0' | ipaddr('range_usable') }}{{ '10.0.0.0/8' | ipaddr('x' * 10**9) }}",
];

/** What harms nobody, and prints this. */
const HARMLESS: Readonly<Record<string, string>> = {
  "{{ {} | combine({'__proto__': {'a': 1}}, recursive=true) }}": "{'__proto__': {'a': 1}}",
  "{{ {'constructor': 1} | dictsort }}": "[('constructor', 1)]",
  "{{ {'__proto__': 1} | dict2items | items2dict }}": "{'__proto__': 1}",
  "{{ users | selectattr('constructor', 'defined') | list }}": "[]",
  "{{ hostvars.web1.constructor }}": "own",
  "{{ {}.__proto__ is defined }}": "False",
  "{% set n = namespace() %}{% set n.__proto__ = {'a': 1} %}{{ n.a is defined }}": "False",
};

const HARMFUL = [...NAMES.flatMap(BY_NAME), ...BUDGET];
const ALL = [...HARMFUL, ...Object.keys(HARMLESS)];
const directory = `./node_modules/.cache/dsrctl-attacks-${process.pid}`;
let answers: readonly string[];

beforeAll(() => {
  mkdirSync(directory, { recursive: true });
  buildSync({
    ...{ entryPoints: ["test/jinja/attacks.ts"], outfile: `${directory}/attacks.mjs`, bundle: true, platform: "node" },
    ...{ format: "esm", target: "node20.19", packages: "external", logLevel: "error" },
  });
  const limited = `ulimit -t ${ALL.length}; exec ${process.execPath} --max-old-space-size=512 ${directory}/attacks.mjs`;
  const { stdout, stderr } = spawnSync("sh", ["-c", limited], { input: JSON.stringify(ALL), encoding: "utf8" });
  answers = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as string);
  if (answers.length < ALL.length) throw new Error(`no end: ${ALL[answers.length] ?? ""}\n${stderr}`);
}, 600_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("every one that means harm is refused, at its place", () => {
  const said = HARMFUL.map((text, i) => [text, answers[i]] as const);
  expect(said.filter(([, answer]) => !/^[a-z]+\.j2:\d+:\d+ ./.test(answer ?? ""))).toEqual([]);
});

it("one that only looks like it prints what it says", () => {
  const printed = Object.keys(HARMLESS).map((text, i) => [text, answers[HARMFUL.length + i]]);
  expect(printed).toEqual(Object.entries(HARMLESS).map(([text, prints]) => [text, `printed ${prints}`]));
});
