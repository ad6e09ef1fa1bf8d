import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { templates } from "../../src/jinja/templates.ts";
import { scopeOf, whole } from "./support.ts";

interface Case {
  readonly input: string;
  readonly value?: unknown;
  readonly error?: unknown;
}

interface Cases {
  readonly context: Readonly<Record<string, unknown>>;
  readonly expressions: readonly Case[];
  readonly templates: readonly Case[];
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases.json"), "utf8")) as Cases;
const scope = scopeOf(cases.context);
const engine = templates({ env: (name) => (name === "HOME" ? "/root" : undefined) });

describe("expressions, as Ansible 2.14 answers", () => {
  it.each(cases.expressions)("$input", ({ input, value }) => {
    const text = `{{ ${input} }}`;
    expect(engine.render(text, scope, whole(text))).toEqual(value);
  });
});

describe("templates, as Ansible 2.14 answers", () => {
  it.each(cases.templates.filter(({ error }) => error === undefined))("$input", ({ input, value }) => {
    expect(engine.file({ file: "t.j2", text: input }, scope)).toBe(value);
  });

  it.each(cases.templates.filter(({ error }) => error !== undefined))("refused: $input", ({ input }) => {
    expect(() => engine.file({ file: "t.j2", text: input }, scope)).toThrow(InputError);
  });
});
