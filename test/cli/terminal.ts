/** The program on a terminal of its own, which script(1) makes: what is typed there, and a terminal that is closed. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../src/core/shell.ts";
import type { Program } from "./program.ts";

export interface OnTerminal {
  /** Everything that the terminal shows so far. */
  readonly shown: () => string;
  readonly type: (keys: string) => void;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Closes the terminal, as when its window is closed or its connection goes; an interactive shell tells its programs by SIGHUP. */
  readonly close: () => void;
  /** The exit code as a shell has it: 128 and the signal's number when one ended it; `undefined` as long as it runs. */
  readonly code: () => number | undefined;
}

export const CTRL_C = "\u0003";
export const CTRL_D = "\u0004";

export function startOnTerminal(program: Program, argv: readonly string[], cwd: string): OnTerminal {
  const file = join(cwd, "code");
  const ours = [process.execPath, program.cli, ...argv].map(quote).join(" ");
  // The shell outlives the terminal, to write down what became of the program.
  const line = `trap '' HUP; trap : INT; sh -c 'echo $$ >pid; exec "$@"' sh ${ours}; echo $? >code.new; mv code.new code`;
  const env = { PATH: process.env["PATH"], TERM: "xterm", SHELL: "/bin/sh" };
  const child = spawn("script", ["-qc", line, "/dev/null"], { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  child.stdin.on("error", () => undefined);
  return {
    shown: () => shown,
    type: (keys) => void child.stdin.write(keys),
    signal: (name) => void process.kill(Number(readFileSync(join(cwd, "pid"), "utf8")), name),
    close: () => void child.kill("SIGKILL"),
    code: () => (existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined),
  };
}
