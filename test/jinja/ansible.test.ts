/**
 * 1,500 expressions, templates and conditions with what ansible-core 2.14.18 (Debian 12, Jinja2 3.1.2, ansible.utils
 * 2.10, netaddr 0.8) says to each: written by hand for each filter, test and method, and made at random.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { templates, variableScope } from "../../src/jinja/templates.ts";
import type { Variable } from "../../src/jinja/templates.ts";
import { whole } from "./support.ts";

interface Row {
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly file?: string;
  readonly render?: string;
  readonly when?: string;
  readonly is?: unknown;
  readonly refused?: true;
}

const [head, ...rows] = readFileSync(join(import.meta.dirname, "ansible.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

const engine = templates();
const layer = new Map<string, Variable>();
for (const [name, value] of Object.entries(head?.vars ?? {})) layer.set(name, { value, place: undefined });
const scope = variableScope([layer], engine);

function answer({ file, render, when }: Row): unknown {
  if (file !== undefined) return engine.file({ file: "t.j2", text: file }, scope);
  if (render !== undefined) return engine.render(render, scope, whole(render));
  return engine.test(when ?? "", scope, whole(when ?? ""));
}

describe("what Ansible answers", () => {
  it.each(rows.filter(({ refused }) => refused === undefined))("$file$render$when", (row) => {
    expect(answer(row)).toEqual(row.is);
  });

  it.each(rows.filter(({ refused }) => refused))("refuses $file$render$when", (row) => {
    expect(() => answer(row)).toThrow(InputError);
  });
});
