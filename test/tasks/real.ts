/** Runs looks and acts for real, as the engine does, under the shells that hosts have as `sh`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { standalone } from "../../src/remote/shell/function-library.ts";
import type { Sh } from "../../src/core/shell.ts";
import type { Output } from "../../src/core/task-type.ts";

/** Each with the name it goes by on a host: bash as `sh` is another dialect than bash as bash. */
export const SHELLS = [
  { name: "dash", file: "/bin/dash", args: [] },
  { name: "bash", file: "/bin/bash", args: [] },
  { name: "busybox", file: "/bin/busybox", args: ["sh"] },
] as const;
export type Shell = (typeof SHELLS)[number];

/** A fresh directory for the length of a test. */
export async function withRoot(work: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "dsrctl-case-"));
  try {
    await work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs a script of the case's own; throws with what it printed when it fails. */
export function script(text: string, root: string): void {
  const { code, out, err } = run(SHELLS[1], `set -e\n${text}`, root);
  if (code !== 0) throw new Error(`this script of the case ended with ${code}:\n${text}\n${out}${err}`);
}

/** The look, in a subshell without standard input. */
export function lookFor(shell: Shell, look: Sh, root: string): Output {
  return run(shell, `export LC_ALL=C\n${standalone(look)}\n(\n${look.text()}\n) </dev/null`, root);
}

/** The act, under `set -e` in a subshell whose own code is tested afterwards. */
export function actFor(shell: Shell, act: Sh, root: string): Output {
  return run(shell, `export LC_ALL=C\n${standalone(act)}\n( set -e\n${act.text()}\n) </dev/null`, root);
}

function run(shell: Shell, text: string, root: string): Output {
  const result = spawnSync(shell.file, [...shell.args], {
    input: `{\n${text}\n}\n`,
    argv0: shell.name === "busybox" ? "busybox" : "sh",
    env: { ...process.env, ROOT: root },
    timeout: 60_000,
  });
  if (result.error !== undefined) throw result.error;
  const { stdout, stderr, status } = result;
  return { code: status ?? 255, out: stdout.toString("utf8"), err: stderr.toString("utf8"), bytes: stdout };
}
