/** The program itself, bundled for the test, run as a process. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Program {
  readonly cli: string;
  readonly dist: string;
  remove(): void;
}

/** As it is built for users; `bin` and `package.json` stand beside `dist` there too. */
export function bundle(): Program {
  const dir = mkdtempSync(join(tmpdir(), "dsrctl-bundle-"));
  // Other users run it, too.
  chmodSync(dir, 0o755);
  copyFileSync(`${ROOT}package.json`, `${dir}/package.json`);
  execFileSync(process.execPath, ["scripts/build.mjs", `${dir}/dist`, "--inputs"], { cwd: ROOT });
  cpSync(`${ROOT}bin`, `${dir}/bin`, { recursive: true });
  return { cli: `${dir}/bin/dsrctl.cjs`, dist: `${dir}/dist`, remove: () => rmSync(dir, { recursive: true }) };
}

export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Waits until standard output or standard error holds this. */
  readonly said: (text: string) => Promise<void>;
  /** Its end: the code, or the signal. */
  readonly ended: Promise<{ readonly code: number | string; readonly out: string; readonly err: string }>;
}

export function start(
  program: Program,
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly node?: readonly string[] },
): Running {
  const child = spawn(process.execPath, [...(options.node ?? []), program.cli, ...argv], {
    ...{ cwd: options.cwd, env: { PATH: process.env["PATH"], ...options.env } },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, "close").then(([code, signal]) => ({
    code: (code ?? signal) as number | string,
    out,
    err,
  }));
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (`${out}${err}`.includes(text)) resolve();
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      void ended.then((end) => reject(new Error(`it ended without saying ${text}: ${JSON.stringify(end)}`)));
      look();
    });
  return { child, said, ended };
}
