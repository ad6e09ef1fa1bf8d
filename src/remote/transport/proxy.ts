/** ProxyCommand: a program whose standard input and output are the connection (ssh_config(5)). */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { Duplex } from "node:stream";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Unreachable } from "../../core/problem.ts";
import { bothEnds } from "../../text/shorten.ts";
import type { Route } from "./route.ts";
import { joinLines } from "./sanitize.ts";
import type { Target } from "../../core/target.ts";

/** Characters that mean nothing to any shell, also within quotes around the token. */
const HARMLESS = /^[A-Za-z0-9_.:@%+,/[\]][A-Za-z0-9_.:@%+,/[\]-]*$/;

/**
 * The command with its tokens replaced: %h address, %p port, %r user, %n the name as asked for, %% a percent sign.
 * @throws Unreachable at stage `proxy`: another token, or a value that a shell would not take as it is.
 */
export function expandProxyCommand(command: string, target: Target): string {
  const values = new Map([
    ["h", target.address],
    ["p", String(target.port)],
    ["r", target.user],
    ["n", target.asked ?? target.name],
  ]);
  return command.replaceAll(/%(.?)/gs, (token, letter: string) => {
    if (letter === "%") return "%";
    const value = values.get(letter);
    if (value === undefined) throw new Unreachable("proxy", `the proxy command has \`${token}\``, { hint: TOKENS });
    if (!HARMLESS.test(value))
      throw new Unreachable("proxy", `cannot replace \`${token}\` by \`${value}\` in a command`);
    return value;
  });
}

const TOKENS = "%h (address), %p (port), %r (user), %n (name as asked for) and %% are known";

/** A proxy that ended; `trouble` is appended to the message. Another try may succeed. */
export function proxyEnded(trouble: string): Unreachable {
  const what = `the proxy command ended before the host answered${trouble}`;
  return new Unreachable("proxy", what, { hint: BY_HAND, retry: true });
}

export const BY_HAND = "check that the host is up, and its address; run the proxy command by hand to see its message";

type Proxy = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts the command under `/bin/sh`, in a session of its own: dsrctl handles a terminal's Ctrl-C.
 *
 * @throws Unreachable at stage `proxy`.
 */
export function throughCommand(target: Target, command: string): Route {
  const line = `exec ${expandProxyCommand(command, target)}`;
  const child = spawn("/bin/sh", ["-c", line], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let stderr = "";
  let fate: string | undefined;
  child.stderr.on("data", (chunk: Buffer) => (stderr = bothEnds(stderr + chunk.toString("utf8"), 2048)));
  const closed = new Promise<void>((resolve) => {
    child.once("error", (error) => resolve(void (fate = `it could not be started: ${error.message}`)));
    child.once("close", (code, name) => resolve(void (fate ??= name === null ? `code ${code}` : `signal ${name}`)));
  });
  return {
    stream: pipes(child),
    by: "command",
    trouble: () => words(fate, stderr),
    ended: () => Promise.race([closed, sleep(1000, undefined, { ref: false })]),
    release: () => end(child, closed),
  };
}

function words(fate: string | undefined, stderr: string): string {
  const said = joinLines(stderr);
  const parts = [...(fate === undefined ? [] : [fate]), ...(said === "" ? [] : [`\`${said}\``])];
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

/** Both pipes as one stream; it ends with the process's output. */
function pipes({ stdin, stdout }: Proxy): Duplex {
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk: Buffer, _, done) => void stdin.write(chunk, done),
    final: (done) => void stdin.end(done),
    destroy(error, done) {
      stdin.destroy();
      stdout.destroy();
      done(error);
    },
  });
  stdout.on("data", (chunk: Buffer) => !stream.push(chunk) && stdout.pause());
  stdout.on("end", () => stream.push(null));
  stdout.on("close", () => stream.destroy());
  // A proxy that ended already: the end of its output reports it.
  stdin.on("error", () => undefined);
  return stream;
}

/** Ends the process and its children; kills them if they do not end. */
async function end(child: Proxy, closed: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(child.pid, "SIGTERM");
  const late = new AbortController();
  const gone = await Promise.race([closed.then(() => true), sleep(1000, false, { signal: late.signal })]);
  late.abort();
  if (!gone) signalGroup(child.pid, "SIGKILL");
  child.stderr.destroy();
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
