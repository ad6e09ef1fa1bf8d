/** A network namespace of the tests' own: nothing in it can leave the machine, and it ends with this process. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { eraseTypes } from "../../src/core/task-instance.ts";
import type { TaskInstance } from "../../src/core/task-instance.ts";
import { PRELUDE } from "../../src/remote/shell/base-functions.ts";
import type { Output, AnyState, TaskType } from "../../src/core/task-type.ts";

const root = process.getuid?.() === 0;

/** Shells as hosts have them. */
export const SHELLS = [
  ["dash", ["/bin/dash"]],
  ["bash", ["/bin/bash", "--posix"]],
  ["busybox", ["/bin/busybox", "sh"]],
] as const;

export class Namespace {
  readonly #children: ChildProcess[] = [];
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** Runs the set-up inside; the namespace lasts until `close`. */
  static async open(setUp: string): Promise<Namespace> {
    const script = `set -e\n${setUp}\necho ready\nread -r end || :`;
    const holder = spawn("unshare", [root ? "-n" : "-rn", "bash", "-c", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const namespace = new Namespace(holder);
    await firstLine(holder, "ready");
    return namespace;
  }

  #enter(argv: readonly string[]): readonly string[] {
    const which = root ? ["-n"] : ["-U", "--preserve-credentials", "-n"];
    return ["-t", String(this.#holder.pid), ...which, ...argv];
  }

  /** Runs a program of Node's inside that prints `ready` when it is. */
  async serve(program: string): Promise<void> {
    const argv = this.#enter([process.execPath, "--input-type=module", "-e", program]);
    const child = spawn("nsenter", [...argv], { stdio: ["ignore", "pipe", "inherit"] });
    this.#children.push(child);
    await firstLine(child, "ready");
  }

  /** A look, as the engine runs it. */
  async run(shell: readonly string[], script: string, path = process.env.PATH): Promise<Output> {
    const env = { ...process.env, PATH: path };
    const child = spawn("/usr/bin/nsenter", [...this.#enter(shell)], { env, stdio: "pipe", timeout: 30_000 });
    child.stdin.end(`export LC_ALL=C\n${PRELUDE}\n(\n${script}\n) </dev/null\n`);
    const [out, err] = await Promise.all([buffer(child.stdout), buffer(child.stderr)]);
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    return { code: child.exitCode ?? 255, out: out.toString(), err: err.toString(), bytes: out };
  }

  async close(): Promise<void> {
    const ended = [...this.#children, this.#holder].map((child) => once(child, "close"));
    for (const child of this.#children) child.kill();
    this.#holder.stdin?.end();
    await Promise.all(ended);
  }
}

async function firstLine(child: ChildProcess, wanted: string): Promise<void> {
  if (child.stdout === null) throw new Error("no output to wait for");
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes(wanted)) return;
  }
  throw new Error(`ended before it was ready: ${said}`);
}

const controller = {
  read: () => Promise.reject(new Error("nothing to read")),
  render: () => "",
};

/** A task with its arguments, or an error that says what is wrong with them. */
export async function close<Args, State extends AnyState>(
  type: TaskType<Args, State>,
  args: object,
): Promise<TaskInstance> {
  const closed = await eraseTypes(type).instantiate(args, controller);
  if ("evaluate" in closed) return closed;
  throw new Error(closed.map((problem) => problem.message).join("; "));
}
