/** `dsrctl lint FILE..`: mistakes in keepalived.conf, each with its place. No host is reached. */
import { resolve } from "node:path";
import { EXIT } from "../../core/problem.ts";
import type { ExitCode, Problem } from "../../core/problem.ts";
import type { ProblemCode } from "../../core/problem-code.ts";
import type { Source } from "../../core/source.ts";
import { readSource, textSource } from "../../files.ts";
import { lintFile } from "../../keepalived/lint-file.ts";
import type { Finding } from "../../keepalived/lint-file.ts";
import { problemLine } from "../../report/json.ts";
import { renderProblems } from "../../report/problem.ts";
import { UsageError } from "../args/usage-error.ts";
import { readAll } from "../input/prompt.ts";
import { strictly } from "../input/read-inventory.ts";
import type { Terminal } from "../../core/terminal.ts";

interface LintArgs {
  readonly files: readonly string[];
  readonly release: string | undefined;
  readonly configId: string | undefined;
  readonly strict: boolean;
  readonly json: boolean;
  readonly color: boolean | undefined;
}

/** @throws InputError when a file cannot be read */
export async function runLint(line: LintArgs, terminal: Terminal): Promise<ExitCode> {
  if (line.release !== undefined && !/^\d+(\.\d+){1,2}$/.test(line.release))
    throw new UsageError(`--release: expected a version such as 2.2.7, not \`${line.release}\``);
  const problems: Problem[] = [];
  for (const file of line.files) problems.push(...problemsOf(await sourceOf(file, terminal), line));
  const shown = line.strict ? problems.map(strictly) : problems;
  if (line.json) shown.forEach((problem) => terminal.out(problemLine(problem)));
  else terminal.out(renderProblems(shown, { color: line.color ?? terminal.color, most: Infinity, touched: undefined }));
  return shown.some(({ severity }) => severity === "error") ? EXIT.input : EXIT.fine;
}

async function sourceOf(file: string, terminal: Terminal): Promise<Source> {
  return file === "-"
    ? textSource(await readAll(terminal), "standard input")
    : readSource(resolve(terminal.cwd, file), { shown: file, what: "keepalived.conf" });
}

const CODES: Readonly<Record<Finding["kind"], ProblemCode>> = {
  form: "keepalived-syntax",
  "unknown-keyword": "unknown-key",
  value: "invalid-value",
  advice: "advice",
};

function problemsOf(source: Source, { release, configId: id = "" }: LintArgs): readonly Problem[] {
  return lintFile(source.text, { id, release }).map(({ kind, at, message, help, name }) => ({
    severity: kind === "advice" ? "warning" : "error",
    code: CODES[kind],
    message,
    place: { source, start: Number(at[0] ?? 0), end: Number(at[1] ?? 0) },
    ...(help === undefined ? {} : { help }),
    ...(name === undefined
      ? {}
      : { note: `\`# allow: ${name}\` in a comment on the line, or before it, silences this` }),
  }));
}
