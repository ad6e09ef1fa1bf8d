import fc from "fast-check";
import type { Place } from "../../src/core/source.ts";
import { templates } from "../../src/jinja/templates.ts";
import { expression, VARIABLES } from "../jinja/generate.ts";
import { soup } from "../jinja/soup.ts";
import { scopeOf } from "../jinja/support.ts";
import { amongLines } from "./planted.ts";
import type { Reader } from "./reader.ts";

const engine = templates({ template: () => ({ file: "other.j2", text: "{{ n }}" }) });
const scope = scopeOf(VARIABLES);

const wholeOf = (text: string): Place => ({ source: { file: "fuzz", text }, start: 0, end: text.length });

const template: Reader = {
  name: "templates",
  texts: fc.oneof(
    soup.map((pieces) => pieces.join("")),
    soup.map((pieces) => `{{ ${pieces.join(" ")} }}`),
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.array(expression, { maxLength: 3 }).map((each) => each.map((one) => `{{ ${one} }}`).join("\n")),
  ),
  planted: amongLines(
    fc.constantFrom(
      ...[
        "",
        "text",
        "{{ n }}",
        "{% if n %}{{ s }}{% endif %}",
        "{# a #}",
        "{{ list | join(',') }}",
        "é 😀 {{ umlaut }}",
      ],
      "{%- set x = 1 -%}",
      ...["{{\n map.b }}", "{% raw %}{{ x }{% endraw %}", "{% for i in list %}{{ i }}\n{% endfor %}", "\r"],
    ),
    [
      ["a {{ nope }} b", "nope"],
      ["{{ list[9] }}", "9"],
      ["{{ map.nope.x }}", "nope"],
      ["{{ n + }}", "}}"],
      ["{{ n | nofilter }}", "nofilter"],
      ["{{ n is notest }}", "notest"],
      ["{% frob %}", "frob"],
      ["{{ s + 1 }}", "s + 1"],
      ["{{ 1 / 0 }}", "1 / 0"],
      ["{{ s | regex_replace('(', '') }}", "'('"],
      ["{{ [1 }}", "}}"],
      ["{{ 5 | join }}", "5 | join"],
      ["{{ list | join(nope) }}", "nope"],
      ["{{ s | upper(1, 2, 3) }}", "upper(1, 2, 3)"],
      ["{{ n() }}", "n()"],
      ["{% endif %}", "endif"],
      ["{% if n %}", "if"],
      ["{% for i in 5 %}{% endfor %}", "5"],
      ["{% include nope %}", "nope"],
      ["{{ lookup('nope') }}", "'nope'"],
      ["{% set 1 = 2 %}", "1"],
      ["{{ 'a' * 10**9 }}", "'a' * 10**9"],
      ["{{ n § 2 }}", "§"],
    ],
  ),
  read: (text) => void engine.file({ file: "fuzz", text }, scope),
};

const bare: Reader = {
  name: "expressions",
  texts: fc.oneof(
    soup.map((pieces) => pieces.join(" ")),
    fc.string({ unit: "binary", maxLength: 100 }),
    expression,
  ),
  planted: fc
    .tuple(
      fc.array(fc.constantFrom("yes", "n == 7", "s is match('W')", "'😀' in umlaut", "list | length > 1")),
      fc.constantFrom(
        ...(["nope", "n + 'x'", "map.nope == 1", "n | nofilter", "n is notest", "list[9] == 1", "1 / 0"] as const),
      ),
    )
    .map(([before, fault]) => {
      const start = before.map((each) => `(${each}) and `).join("").length;
      return { text: `${before.map((each) => `(${each}) and `).join("")}${fault}`, start, end: start + fault.length };
    }),
  read: (text) => {
    engine.test(text, scope, wholeOf(text));
    engine.expressionNames(text, wholeOf(text));
  },
};

export const JINJA: readonly Reader[] = [template, bare];
