/** Executable inventories: run with `--list` and `--host NAME`, without a shell, with a deadline and a size limit. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { gist } from "../text/shorten.ts";
import type { Source } from "../core/source.ts";

export interface ScriptOptions {
  readonly cwd: string;
  /** Seconds that each call has. */
  readonly deadline: number;
  /** Ends it. */
  readonly stop?: AbortSignal | undefined;
}

/** Seconds; what a script that asks a cloud needs. */
export const SCRIPT_DEADLINE = 10;

/** Bytes that a script may print. */
const MOST = 10 * 1024 * 1024;
const MOST_ERR = 64 * 1024;

export interface Script {
  readonly path: string;
  readonly shown: string;
}

/**
 * What the script prints for `args`.
 * @throws InputError when it cannot be started, fails, is too slow or prints too much
 */
export async function runScript(script: Script, args: readonly string[], options: ScriptOptions): Promise<Source> {
  const end = await run(script.path, args, options);
  const command = [script.shown, ...args].join(" ");
  if ("why" in end) throw new InputError([failed(command, end.why, end.err)]);
  const text = new TextDecoder("utf-8").decode(end.out);
  if (text.includes("\ufffd") && !Buffer.from(text).equals(end.out)) {
    throw new InputError([failed(command, "what it prints is not UTF-8", end.err)]);
  }
  return { file: command, text };
}

function failed(command: string, why: string, err: string): Problem {
  const said = err.trim() === "" ? {} : { note: `it said:\n${gist(err).join("\n")}` };
  return { severity: "error", code: "program-failed", message: `inventory script \`${command}\`: ${why}`, ...said };
}

type End = { readonly out: Buffer; readonly err: string } | { readonly why: string; readonly err: string };

function run(path: string, args: readonly string[], { cwd, deadline, stop: interrupt }: ScriptOptions): Promise<End> {
  return new Promise((resolve) => {
    // A process group of its own, so that what the script has started ends with it.
    const child = spawn(path, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"], shell: false, detached: true });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    let why: string | undefined;
    const stop = (reason: string): void => {
      why ??= reason;
      killGroup(child);
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const interrupted = (): void => stop("interrupted");
    interrupt?.addEventListener("abort", interrupted, { once: true });
    const timer = setTimeout(() => stop(`it timed out after ${deadline} s`), deadline * 1000);
    collect(child.stdout, out, MOST, () => stop(`it prints more than ${MOST / 1024 / 1024} MiB`));
    collect(child.stderr, err, MOST_ERR, () => undefined);
    child.on("error", (error) => (why ??= notStarted(error)));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      interrupt?.removeEventListener("abort", interrupted);
      why ??= code === 0 ? undefined : signal === null ? `exit code ${code ?? ""}` : `ended by ${signal}`;
      const said = Buffer.concat(err).toString("utf8");
      resolve(why === undefined ? { out: Buffer.concat(out), err: said } : { why, err: said });
    });
  });
}

function collect(stream: NodeJS.ReadableStream, into: Buffer[], most: number, tooMuch: () => void): void {
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= most) into.push(chunk);
    else tooMuch();
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "may not be run (permission denied)",
  ENOENT: "its interpreter (the first line) does not exist",
  ENOEXEC: "is not a program",
};

function notStarted(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ""] ?? `cannot be started (${error.code ?? error.message})`;
}
