/** Programs rely on the codes of problems: those of the wrong inputs are pinned, and there is none without an input. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectProblems } from "../../src/core/collect-problems.ts";
import type { HostProblem } from "../../src/core/problem.ts";
import { PROBLEM_CODES } from "../../src/core/problem-code.ts";
import type { ProblemCode } from "../../src/core/problem-code.ts";
import { writeFileWhole } from "../../src/commands/run/write-file.ts";
import { templates } from "../../src/jinja/templates.ts";
import { problemLine } from "../../src/report/json.ts";
import { taskTypes } from "../../src/tasks/index.ts";
import { Password } from "../../src/vault/password.ts";
import { bundle, start } from "../cli/program.ts";
import { problemsOf } from "../golden/screen.ts";
import { dsrctl } from "../vault/dsrctl.ts";
import { expectEvents } from "./valid.ts";

const inputs = fileURLToPath(new URL("../golden/inputs/", import.meta.url));

function problemsIn(id: string): Promise<readonly HostProblem[]> {
  const cwd = `${inputs}${id}`;
  return problemsOf(readFileSync(`${cwd}/command`, "utf8"), { cwd, types: taskTypes, templates: templates() });
}

const golden = new Map<string, readonly HostProblem[]>();
let cwd: string;

beforeAll(async () => {
  for (const id of readdirSync(inputs).sort()) golden.set(id, await problemsIn(id));
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-codes-"));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text, { mode: 0o600 });
  }
  writeFileSync(join(cwd, "secret.yml"), await new Password("default", Buffer.from("x")).seal(Buffer.from("a: 1\n")));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const FILES: Readonly<Record<string, string>> = {
  hosts: "[all]\nhere ansible_connection=local\n",
  divided: '[all]\nhere ansible_connection=local ansible_user="{{ 1 / 0 }}"\n',
  "site.yml": "- hosts: all\n  tasks: [{ debug: { msg: hello } }]\n",
  "vrrp.yml":
    "- hosts: all\n  tasks: [{ firewalld: { zone: public, protocol: vrrp, state: enabled, permanent: true } }]\n",
  "locked.yml": "- hosts: all\n  vars_files: [secret.yml]\n  tasks: [{ debug: { msg: hello } }]\n",
  empty: "",
  "open.conf": "vrrp_instance A {\n",
};

const PLAY = ["play", "site.yml", "-i", "hosts", "--json"];

/** The codes that no wrong input in test/golden/inputs has, each with a command that says it. */
const COMMANDS: Partial<Record<ProblemCode, readonly string[]>> = {
  "file-unreadable": ["play", ".", "-i", "hosts", "--json"],
  "undefined-variable": ["explain", "var", "nope", "--host", "here", "-i", "hosts", "--json"],
  "template-error": ["play", "site.yml", "-i", "divided", "--json"],
  advice: ["play", "vrrp.yml", "-i", "hosts", "--check", "--json"],
  "keepalived-syntax": ["lint", "open.conf", "--json"],
  "vault-password": [...PLAY, "--vault-password-file", "empty"],
  "vault-decrypt": ["play", "locked.yml", "-i", "hosts", "--json"],
};

/** Codes for which a test has more to do. */
const OTHERS: readonly ProblemCode[] = ["file-not-written", "no-answer"];

function codesIn(lines: string): readonly unknown[] {
  const events = lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return events.flatMap(({ type, code }) => (type === "problem" || type === "warning" ? [code] : []));
}

describe("codes of problems", () => {
  it("are those of each wrong input", async () => {
    const rows = [...golden].map(([id, problems]) => [id, ...new Set(problems.map(({ code }) => code))].join(" "));
    await expect(`${rows.join("\n")}\n`).toMatchFileSnapshot("golden/problem-codes.txt");
  });

  it("are in lines that are as the schema says", () => {
    for (const problem of [...golden.values()].flat()) {
      const line = problemLine(problem);
      expectEvents(line);
      expect(codesIn(line)).toEqual([problem.code]);
    }
  });

  it.each(Object.entries(COMMANDS))("%s: %j", async (code, argv) => {
    const { out } = await dsrctl(cwd, ...argv);
    expectEvents(out.toString());
    expect(codesIn(out.toString())).toContain(code);
  });

  it("file-not-written", async () => {
    const problems: HostProblem[] = [];
    await collectProblems(
      (problem) => void problems.push(problem),
      () => writeFileWhole("nowhere/x", "", cwd),
    );
    expect(problems).toMatchObject([{ code: "file-not-written" }]);
  });

  it("no-answer", async () => {
    const program = bundle();
    const { out } = await start(program, [...PLAY, "-K"], { cwd }).ended;
    program.remove();
    expect(codesIn(out)).toEqual(["no-answer"]);
  });

  it("each occurs", () => {
    const seen = new Set([...golden.values()].flat().map(({ code }) => code));
    const all = [...seen, ...Object.keys(COMMANDS), ...OTHERS];
    expect([...new Set(all)].sort()).toEqual(Object.keys(PROBLEM_CODES).sort());
  });
});
