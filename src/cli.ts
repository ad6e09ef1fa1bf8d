/** The command line: arguments in, text and an exit code out. The only place that prints, hears signals or exits. */
import { closeSync, openSync, readFileSync, write, writeSync } from "node:fs";
import { join } from "node:path";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { runCommand } from "./commands/index.ts";
import type { Terminal } from "./core/terminal.ts";
import { Cancelled, EXIT, Interrupted } from "./core/problem.ts";
import type { ExitCode } from "./core/problem.ts";
import { Outlet } from "./report/async-writer.ts";

// An event loop that runs dry half-way must not look like success.
process.exitCode = EXIT.bug;
let ended = false;
process.on("exit", (code) => {
  if (!ended && code === EXIT.bug)
    warn("bug: this should not have happened: nothing is left to wait for; please report it");
});

// Node's own code for it, 1, would say that nothing was touched.
process.on("uncaughtException", (error) => {
  warn(`bug: this should not have happened; please report it\n${error.stack ?? error.message}`);
  ended = true;
  process.exit(EXIT.bug);
});

/** Stands for a working directory that was removed: whatever is looked for in it is not there (proc(5)). */
const GONE = "/proc/self/cwd";
const NO_DIRECTORY =
  "note: the working directory was removed and relative paths do not work: change to another directory";

// What needs nothing of it works; yargs asks for it in any case.
try {
  process.cwd();
} catch {
  process.cwd = () => GONE;
}

const outlet = new Outlet({ out: 1, err: 2 }, (stream, error) =>
  outlet.write(stream === "out" ? "err" : "out", `cannot write the output: ${error.message}; the run continues\n`),
);
const stop = new AbortController();
const end = new AbortController();

/** What a terminal and a wrapper such as npx make of one Ctrl-C are two signals within this many milliseconds. */
const ONE_SIGNAL_MS = 300;
/** A terminal that takes nothing may hold the last words back this long. */
const LAST_WORDS_MS = 1000;
let stoppedAt = 0;

/** Another program has the terminal: Ctrl-C is for that one. */
let lent = 0;

async function lend<T>(work: () => Promise<T>): Promise<T> {
  lent += 1;
  try {
    return await work();
  } finally {
    lent -= 1;
  }
}

function interrupt(again: "ends" | "is the same", why: Interrupted = new Interrupted()): void {
  if (!stop.signal.aborted) {
    stoppedAt = performance.now();
    stop.abort(why);
  } else if (again === "ends" && performance.now() - stoppedAt > ONE_SIGNAL_MS) giveUp();
}

/** The second interruption: whoever watches `end` has its last words, and that is all. */
function giveUp(): void {
  if (end.signal.aborted) return;
  end.abort(new Interrupted());
  ended = true;
  void outlet.flushed().then(() => leave(EXIT.cancelled));
  // A stuck terminal takes no last words.
  setTimeout(endBySignal, LAST_WORDS_MS);
}

/** Whatever still goes on is left alone; what is only just ending has a moment for it. */
function leave(code: ExitCode): void {
  const go = (): void => (isHeld() ? endBySignal() : process.exit(code));
  setImmediate(() => (isHeld() ? setTimeout(go, LAST_WORDS_MS) : process.exit(code)));
}

/**
 * A file that a hung mount (NFS, sshfs) does not give back, or a write that a stuck terminal holds, is waited for by a
 * thread; process.exit waits for that thread.
 */
function isHeld(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
}

/** Which waits for no thread. */
function endBySignal(): void {
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}

process.on("SIGINT", () => {
  if (lent === 0) interrupt("ends", new Cancelled());
});
process.on("SIGTERM", () => interrupt("ends"));
// A terminal that is closed may say so more than once.
process.on("SIGHUP", () => interrupt("is the same"));

/** For what may be the last thing that happens: it is written before this returns. */
function warn(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // Nobody reads it.
  }
}

// process.stdout itself is asked only where it is a terminal: it would change how a pipe is written to.
const onTerminal = isatty(1);

function colorWanted(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return onTerminal && TERM !== "dumb";
}

/** What need not be text. A pipe whose reader has gone away takes the rest. */
async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  const put = promisify(write);
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray((await put(fd, rest)).bytesWritten);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Columns of help texts where there is no terminal: as the environment says. */
function columns(): number {
  return (onTerminal && process.stdout.columns) || Number(process.env["COLUMNS"]) || 80;
}

const terminal: Terminal = {
  out: (text) => outlet.write("out", text),
  err: (text) => outlet.write("err", text),
  bytes: async (bytes) => {
    await outlet.flushed();
    await writeAll(1, bytes);
  },
  lend,
  ready: () => outlet.idle,
  isTTY: onTerminal && process.env["TERM"] !== "dumb",
  color: colorWanted(),
  size: () => ({ columns: columns(), rows: (onTerminal && process.stdout.rows) || 24 }),
  cwd: process.cwd(),
  stop: stop.signal,
  end: end.signal,
};

function version(): string {
  const text = readFileSync(join(__dirname, "../package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

async function main(): Promise<void> {
  const code = await runCommand(process.argv.slice(2), version(), terminal);
  if (end.signal.aborted) return;
  await outlet.flushed();
  if (code !== 0 && process.cwd() === GONE) warn(NO_DIRECTORY);
  ended = true;
  process.exitCode = code;
  if (stop.signal.aborted) leave(code);
  else setTimeout(() => isHeld() && endBySignal(), LAST_WORDS_MS).unref();
}

/**
 * Node ends by SIGABRT when it cannot put the settings of a terminal back that was closed; of another file it does not
 * try.
 */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));
process.on("exit", () => {
  for (const fd of terminals) {
    if (isatty(fd)) continue;
    closeSync(fd);
    openSync("/dev/null", "r+");
  }
});

// What it throws is a bug, and told as one above.
void main();
