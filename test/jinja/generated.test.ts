/** Expressions made at random, and what the real Ansible says to them. `RUNS=2000 SEED=1` for more of them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { templates, variableScope } from "../../src/jinja/templates.ts";
import type { Variable } from "../../src/jinja/templates.ts";
import { expected } from "../core-2.19.ts";
import { python } from "../inventory/oracle.ts";
import { condition, expression, VARIABLES } from "./generate.ts";
import { whole } from "./support.ts";

const interpreter = python();
const missing = interpreter === undefined ? "ansible (Debian: ansible-core) is not installed" : undefined;

type Answer = { readonly is: unknown } | { readonly refused: string };

function ansible(requests: readonly object[], native = true): readonly Answer[] {
  const home = mkdtempSync(join(tmpdir(), "dsrctl-templates-"));
  try {
    writeFileSync(join(home, "ansible.cfg"), `[defaults]\njinja2_native = ${native}\n`);
    const env = { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8", ANSIBLE_CONFIG: join(home, "ansible.cfg") };
    const script = fileURLToPath(new URL("many-templates.py", import.meta.url));
    const input = requests.map((each) => `${JSON.stringify({ vars: VARIABLES, ...each })}\n`).join("");
    const { stdout } = spawnSync(interpreter ?? "", [script], { env, input, maxBuffer: 1 << 30, cwd: home });
    return stdout
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
  } finally {
    rmSync(home, { recursive: true });
  }
}

const engine = templates();
const layer = new Map<string, Variable>(
  Object.entries(VARIABLES).map(([name, value]) => [name, { value, place: undefined }]),
);

/** Sets of no order cannot be compared but sorted: both are asked for that. */
function comparable(text: string): string {
  const operation = /\| (?:union|intersect|difference|symmetric_difference)\((?:list|words|\[1, 'a', 2\])\)/g;
  return expected("set-order", text, (each) => each.replace(operation, "$& | map('to_json') | sort"));
}

/** What is asked here, so that it means what the installed Ansible makes of the text. */
function asked(text: string): string {
  return expected("none-bool", text, (each) => each.replaceAll("| bool)", "| bool | default(false, true))"));
}

/** The text of a value; JSON has no tuples. */
function printed(value: string): string {
  const lists = expected("tuples", value, (each) => `${each} | to_json | from_json`);
  return `{{ ${/dictsort|zip|combinations/.test(value) ? lists : value} }}`;
}

/** Of the answer to a condition: 2.19 says what it would have been. */
function condensed(answer: Answer): Answer {
  return expected("conditions", answer, (each) => {
    const [, is] = "refused" in each ? (/^Conditional result \((True|False)\) was/.exec(each.refused) ?? []) : [];
    return is === undefined ? each : { is: is === "True" };
  });
}

/** What we say, in Ansible's words for saying it. */
function ours(work: () => unknown): Answer {
  try {
    return { is: work() };
  } catch (error) {
    if (error instanceof InputError) return { refused: error.problems[0]?.message ?? "" };
    throw error;
  }
}

const scope = () => variableScope([layer], engine);
const options = {
  numRuns: Number(process.env["RUNS"] ?? 300),
  ...(process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) }),
};

/** Where the two differ on purpose (docs/templates.md): lists in sets, Python's names of its own types. */
function onPurpose(theirs: Answer): boolean {
  return "refused" in theirs
    ? theirs.refused.includes("unhashable type")
    : JSON.stringify(theirs.is).includes("Markup(");
}

function compare(texts: readonly string[], theirs: readonly Answer[], answer: (text: string) => unknown): void {
  const different = texts.flatMap((text, index) => {
    const [a, b] = [theirs[index], ours(() => answer(text))];
    if (a === undefined) throw new Error("an answer is missing");
    if (("refused" in a && "refused" in b) || onPurpose(a)) return [];
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ text, ansible: a, here: b }];
  });
  expect(different).toEqual([]);
}

describe.skipIf(missing !== undefined)(
  `what Ansible answers to generated ones${missing === undefined ? "" : `: ${missing}`}`,
  { timeout: 600_000 },
  () => {
    it("expressions: values and their types", () => {
      // With a letter before it, Ansible leaves the text alone.
      const texts = fc.sample(expression, options).map((each) => `x{{ [${comparable(each)}] | to_json }}`);
      const theirs = ansible(texts.map((text) => ({ text })));
      compare(texts, theirs, (text) => engine.render(asked(text), scope(), whole(asked(text))));
    });

    it("texts around expressions", () => {
      const values = fc.sample(expression, options).map(comparable);
      const theirs = ansible(
        values.map((each) => ({ text: `x{{ ${each} }}|{% if ${each} %}y{% endif %}` })),
        false,
      );
      compare(values, theirs, (value) => {
        const text = `x${printed(asked(value))}|{% if ${asked(value)} %}y{% endif %}`;
        return engine.render(text, scope(), whole(text));
      });
    });

    it("conditions", () => {
      const texts = fc.sample(condition, options).map(comparable);
      const theirs = ansible(texts.map((when) => ({ when }))).map(condensed);
      compare(texts, theirs, (text) => engine.test(asked(text), scope(), whole(asked(text))));
    });
  },
);
