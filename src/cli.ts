/**
 * The command line: arguments in, text and an exit code out. This is the only file that prints, handles signals or
 * exits.
 */
import { closeSync, openSync, readFileSync, write, writeSync } from "node:fs";
import { join } from "node:path";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { runCommand } from "./commands/index.ts";
import type { Terminal } from "./core/terminal.ts";
import { Cancelled, EXIT, Interrupted } from "./core/problem.ts";
import type { ExitCode } from "./core/problem.ts";
import { Outlet } from "./report/async-writer.ts";

// If the event loop becomes empty before the end, that must not look like success.
process.exitCode = EXIT.bug;
let ended = false;
process.on("exit", (code) => {
  if (!ended && code === EXIT.bug)
    warn("bug: this should not have happened: nothing is left to wait for; please report it");
});

// Node's own exit code for it, 1, would mean that nothing was changed.
process.on("uncaughtException", (error) => {
  warn(`bug: this should not have happened; please report it\n${error.stack ?? error.message}`);
  ended = true;
  process.exit(EXIT.bug);
});

/** Replaces a working directory that was removed: no file is found in it (proc(5)). */
const GONE = "/proc/self/cwd";
const NO_DIRECTORY =
  "note: the working directory was removed and relative paths do not work: change to another directory";

// Commands that need no working directory work; yargs reads it in any case.
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

/** A terminal and a wrapper such as npx can send two signals for one Ctrl-C, within this many milliseconds. */
const ONE_SIGNAL_MS = 300;
/** A blocked terminal may delay the last output this long, in milliseconds. */
const LAST_WORDS_MS = 1000;
let stoppedAt = 0;

/** Another program uses the terminal: Ctrl-C is for that one. */
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

/** The second interruption: handlers of `end` write their last messages, then the program exits. */
function giveUp(): void {
  if (end.signal.aborted) return;
  end.abort(new Interrupted());
  ended = true;
  void outlet.flushed().then(() => leave(EXIT.cancelled));
  // A blocked terminal takes no last messages.
  setTimeout(endBySignal, LAST_WORDS_MS);
}

/** Work that still runs is abandoned; work that is about to end has a moment to do so. */
function leave(code: ExitCode): void {
  const go = (): void => (isHeld() ? endBySignal() : process.exit(code));
  setImmediate(() => (isHeld() ? setTimeout(go, LAST_WORDS_MS) : process.exit(code)));
}

/**
 * A file on a mount that does not answer (NFS, sshfs), or a write to a blocked terminal, occupies a thread.
 * process.exit waits for that thread.
 */
function isHeld(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
}

/** A signal waits for no thread. */
function endBySignal(): void {
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}

process.on("SIGINT", () => {
  if (lent === 0) interrupt("ends", new Cancelled());
});
process.on("SIGTERM", () => interrupt("ends"));
// A closed terminal may report this more than once.
process.on("SIGHUP", () => interrupt("is the same"));

/** For a message that may be the last one: it is written before this returns. */
function warn(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // The reader is gone.
  }
}

// process.stdout is only used for a terminal: it would change how a pipe is written to.
const onTerminal = isatty(1);

function colorWanted(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return onTerminal && TERM !== "dumb";
}

/** Writes data that need not be text. If the reader of the pipe is gone, the rest is dropped. */
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
 * Node ends by SIGABRT if it cannot restore the settings of a terminal that was closed; it does not try so for another
 * file.
 */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));
process.on("exit", () => {
  for (const fd of terminals) {
    if (isatty(fd)) continue;
    closeSync(fd);
    openSync("/dev/null", "r+");
  }
});

// An exception of main is a bug, and is reported like those above.
void main();
