/** The command line: arguments in, text and an exit code out. The only place that prints, hears signals or exits. */
import { readFileSync } from "node:fs";
import { runCommand } from "./commands/index.ts";
import type { Terminal } from "./commands/terminal.ts";
import { EXIT } from "./failure.ts";

// An event loop that runs dry half-way must not look like success.
process.exitCode = EXIT.bug;

// A reader that goes away (`| head`) does not end a run that is changing hosts.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const stop = new AbortController();
const end = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (end.signal.aborted) process.exit(130);
    if (stop.signal.aborted) end.abort(new Error("interrupted"));
    else stop.abort(new Error("interrupted"));
  });
}

function colorWanted(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0") return true;
  return process.stdout.isTTY && TERM !== "dumb";
}

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTTY: process.stdout.isTTY && process.env["TERM"] !== "dumb",
  color: colorWanted(),
  size: () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }),
  cwd: process.cwd(),
  stop: stop.signal,
  end: end.signal,
};

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

process.exitCode = await runCommand(process.argv.slice(2), version(), terminal);
