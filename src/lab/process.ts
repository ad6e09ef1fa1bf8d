import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { gist } from "../text/shorten.ts";
import { killAll } from "./cgroup.ts";
import { LabError } from "./error.ts";

export interface RunOptions {
  /** Written to the process's standard input; without it the process reads /dev/null. */
  readonly input?: string;
  /** Ends the process, and all others in its cgroup, and fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for every line of both outputs at once. */
  readonly onLine?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** A cgroup directory to run in, so that the process and all its children can be found and ended later. */
  readonly cgroup?: string;
}

export interface Outcome {
  /** The exit code, or undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

const JOIN_CGROUP = 'echo 0 > "$0/cgroup.procs" && exec "$@"';

/** The argv that joins a cgroup first and then becomes `argv`: at no moment can a child escape the cgroup. */
export function insideCgroup(cgroup: string, argv: readonly string[]): readonly string[] {
  return ["sh", "-c", JOIN_CGROUP, cgroup, ...argv];
}

/** A program's output, one line each, indented and without colours, for an error message. */
export function said(text: string): string {
  return gist(stripVTControlCharacters(text))
    .map((line) => `\n  ${line}`)
    .join("");
}

function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split(/[\r\n]/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  };
}

/**
 * Runs a program to its end and returns its output; a failing exit code is not an error here. It runs in a session of
 * its own: a terminal's Ctrl-C reaches this process, and the program only through `signal`.
 *
 * @throws LabError when the program cannot be started; the signal's reason when that fires.
 */
export function attempt(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [file, ...args] = options.cgroup ? insideCgroup(options.cgroup, argv) : argv;
  if (file === undefined) throw new LabError("nothing to run");
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      detached: true,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    const read = options.onLine && lineReader(options.onLine);
    const collect = (key: "out" | "err") => (chunk: string) => {
      said[key] += chunk;
      read?.(chunk);
    };
    child.stdout?.setEncoding("utf8").on("data", collect("out"));
    child.stderr?.setEncoding("utf8").on("data", collect("err"));
    child.stdin?.on("error", () => undefined).end(options.input);
    const stop = (): void => {
      child.kill("SIGTERM");
      if (options.cgroup) killAll(options.cgroup).catch(reject);
    };
    options.signal?.addEventListener("abort", stop, { once: true });
    child.on("error", (cause) => reject(new LabError(`cannot run ${file}: ${cause.message}`, undefined, { cause })));
    child.on("close", (code) => {
      options.signal?.removeEventListener("abort", stop);
      if (options.signal?.aborted) reject(options.signal.reason as Error);
      else resolve({ code: code ?? undefined, ...said });
    });
  });
}

/**
 * Runs a program that has to succeed and returns its standard output.
 *
 * @throws LabError naming `what` failed, with what the program wrote.
 */
export async function run(what: string, argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const outcome = await attempt(argv, options);
  if (outcome.code === 0) return outcome.out;
  const how = outcome.code === undefined ? "was killed" : `ended with code ${outcome.code}`;
  throw new LabError(`${what} failed: ${argv[0]} ${how}${said(outcome.out + outcome.err)}`);
}

/** Starts a program that outlives this process, in its own session and cgroup, with both outputs in a log file. */
export function launch(argv: readonly string[], options: { readonly cgroup: string; readonly log: string }): void {
  const [file, ...args] = insideCgroup(options.cgroup, argv);
  if (file === undefined) return;
  const log = openSync(options.log, "w");
  try {
    const child = spawn(file, args, { detached: true, stdio: ["ignore", log, log], cwd: "/" });
    child.on("error", () => undefined);
    child.unref();
  } finally {
    closeSync(log);
  }
}

/** True when the program ran and ended with code 0. For checks before anything is installed. */
export function succeeds(file: string, ...args: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: "ignore" }).status === 0;
}
