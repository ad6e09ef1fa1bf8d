/** This machine as a host (`connection: local`). */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Unreachable } from "../../core/problem.ts";
import { Streams } from "./streams.ts";
import type { Channel, Ended, Transport } from "./transport.ts";
import type { Target } from "../../core/target.ts";

export class LocalTransport implements Transport {
  readonly target: Target;
  readonly connectedIn = 0;
  readonly #channels = new Set<LocalChannel>();
  readonly #within: readonly string[];
  #closed = false;

  /** @param within the words before the shell that runs each command */
  constructor(target: Target, within: readonly string[] = []) {
    this.target = target;
    this.#within = within;
  }

  /**
   * `/bin/sh` takes the place of the login shell. The command gets a session of its own: no terminal, and dsrctl's
   * Ctrl-C does not reach it.
   */
  async exec(command: string): Promise<Channel> {
    if (this.#closed) throw new Unreachable("connection", "closed");
    const [program, ...words] = [...this.#within, "/bin/sh", "-c", command];
    const child = spawn(program, words, { stdio: "pipe", detached: true });
    const channel = new LocalChannel(child);
    await channel.started;
    this.#channels.add(channel);
    void channel.ended.then(() => this.#channels.delete(channel));
    return channel;
  }

  /** As with a lost connection: a running command sees the end of its input, and ends by itself. */
  close(): Promise<void> {
    this.#closed = true;
    for (const channel of this.#channels) channel.leave();
    return Promise.resolve();
  }
}

class LocalChannel extends Streams implements Channel {
  readonly ended: Promise<Ended>;
  readonly started: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  #settle: (ended: Ended) => void = () => undefined;

  constructor(child: ChildProcessWithoutNullStreams) {
    super(child);
    this.#child = child;
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) =>
        reject(new Unreachable("channel", `/bin/sh could not be started: ${error.message}`)),
      );
    });
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    child.once("close", (code, signal) => this.#settle(outcome(code, signal)));
  }

  kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return this.leave();
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // sudo runs as root, so it cannot be killed; its standard input can be closed.
      this.leave();
    }
  }

  leave(): void {
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#child.unref();
    this.#settle({ is: "lost", why: "closed" });
  }
}

function outcome(code: number | null, signal: NodeJS.Signals | null): Ended {
  if (code !== null) return { is: "exit", code };
  return signal === null ? { is: "lost", why: "its end is not known" } : { is: "signal", signal };
}
