import { describe, expect, it } from "vitest";
import { REDACTED, Secret } from "../../src/core/secret.ts";
import { templates, variableScope } from "../../src/jinja/templates.ts";
import type { Variable } from "../../src/jinja/templates.ts";
import { Password } from "../../src/vault/password.ts";
import { problemOf, scopeOf, whole } from "./support.ts";

const WORD = "hunter2:swordfish";
const variables = new Map<string, Variable>([
  ["password", { value: new Secret(WORD), place: undefined }],
  ["auth", { value: { user: "ops", words: [new Secret(WORD)] }, place: undefined }],
  ["url", { value: "http://{{ auth.user }}:{{ password }}@h/", place: undefined }],
  ["plain", { value: "x{{ auth.user }}", place: undefined }],
]);
const engine = templates();
const scope = variableScope([variables], engine);

function render(text: string): unknown {
  return engine.render(text, scope, whole(text));
}

function revealed(value: unknown): unknown {
  expect(value).toBeInstanceOf(Secret);
  return value instanceof Secret ? value.reveal() : undefined;
}

describe("secrets", () => {
  it("stay what they are when they are handed on", () => {
    expect(revealed(render("{{ password }}"))).toBe(WORD);
    expect(revealed(render("{{ nope | default(password) }}"))).toBe(WORD);
    expect(revealed(render("{{ password if true else 1 }}"))).toBe(WORD);
    expect(revealed(render("{{ auth.words[0] }}"))).toBe(WORD);
    const map = render("{{ {'a': auth.user, 'b': password} }}") as { a: unknown; b: unknown };
    expect(map.a).toBe("ops");
    expect(revealed(map.b)).toBe(WORD);
  });

  it("make a secret of every text that they get into", () => {
    expect(revealed(render("a {{ password }} b"))).toBe(`a ${WORD} b`);
    expect(revealed(render("{{ password | upper }}"))).toBe(WORD.toUpperCase());
    expect(revealed(render("{{ auth.words | join }}"))).toBe(WORD);
    expect(revealed(render("{{ auth | to_json }}"))).toBe(`{"user": "ops", "words": ["${WORD}"]}`);
    expect(revealed(render("{{ password.split(':') | first }}"))).toBe("hunter2");
    expect(revealed(render("{{ url }}"))).toBe(`http://ops:${WORD}@h/`);
    expect(revealed(render("{% if password == 'x' %}a{% else %}b{% endif %}"))).toBe("b");
    expect(revealed(engine.evaluate("'x' ~ password", scope, whole("'x' ~ password")))).toBe(`x${WORD}`);
  });

  it("leave texts alone that they do not get into", () => {
    expect(render("{{ plain }}")).toBe("xops");
    expect(render("{{ auth.user }}{{ password is defined }}")).toBe("opsTrue");
  });

  it("count in conditions", () => {
    const holds = (text: string): boolean => engine.test(text, scope, whole(text));
    expect(holds(`password == '${WORD}'`)).toBe(true);
    expect(holds("password is match('hunter') and password | length > 3 and 'fish' in password")).toBe(true);
    expect(holds("password is string and not password == 'x'")).toBe(true);
  });

  it("are in template files, which say so", () => {
    expect(engine.print({ file: "t", text: "p {{ password }}\n" }, scope)).toEqual({
      text: `p ${WORD}\n`,
      secret: true,
    });
    expect(engine.print({ file: "t", text: "p {{ plain }}\n" }, scope)).toEqual({ text: "p xops\n", secret: false });
    expect(engine.file({ file: "t", text: "{{ url }}" }, scope)).toBe(`http://ops:${WORD}@h/`);
  });

  it("print as dots everywhere else", () => {
    expect(String(render("{{ url }}"))).toBe(REDACTED);
    expect(JSON.stringify(render("{{ auth }}"))).toBe(`{"user":"ops","words":["${REDACTED}"]}`);
  });

  it.each([
    "{{ password + 1 }}",
    "{{ 'x' | hash(password) }}",
    "{{ password | from_json }}",
    "{{ ('[' ~ password) | from_yaml }}",
    "{{ '1' is version(password, '<', strict=true) }}",
    "{{ 'x' | comment(password) }}",
    "{{ [1] | map(password) }}",
    "{{ 'a' | regex_search('(' ~ password) }}",
    "{{ '::1' | ansible.utils.ipaddr(password) }}",
    "{{ password | to_datetime }}",
    "{{ password | human_to_bytes }}",
    "{{ lookup('vars', password) }}",
    "{{ auth[password] }}",
    "{{ {} | extract(auth) }}{{ password | extract(auth) }}",
    "{{ password | int + [] }}",
  ])("are not in what is said of mistakes: %s", (text) => {
    const { place, related, ...said } = problemOf(() => engine.file({ file: "t.j2", text }, scope));
    for (let i = 0; i + 4 <= WORD.length; i++) expect(JSON.stringify(said)).not.toContain(WORD.slice(i, i + 4));
    expect(place?.source.file).toBe("t.j2");
    expect(related).toBeUndefined();
  });
});

it("`from_yaml` reads no `!vault`, as Ansible's does not: never null in its place", async () => {
  const sealed = await new Password("default", Buffer.from("word")).seal(Buffer.from("secret"));
  const text = `x: !vault |\n  ${sealed.trimEnd().replaceAll("\n", "\n  ")}\n`;
  const problem = problemOf(() => templates().render("{{ t | from_yaml }}", scopeOf({ t: text }), whole("x")));
  expect(problem.message).toMatch(/^no `!vault` can be read here/);
});
