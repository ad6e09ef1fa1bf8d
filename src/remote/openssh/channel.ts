/** A command over a connection that OpenSSH's ssh holds: one `ssh -S` per command. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { constants, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { Unreachable } from "../../core/problem.ts";
import { singleLine } from "../transport/sanitize.ts";
import { Streams } from "../transport/streams.ts";
import type { Channel, Ended } from "../transport/transport.ts";

/** What ssh reports about a command, in a separate pipe: the exit code 255 alone is ambiguous. */
export class Log {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  text = "";

  /**
   * `path` is a named pipe. It is open for writing too, so that reading never sees its end and opening never blocks.
   */
  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd: this.#fd, readable: true, writable: false });
    this.#socket.on("data", (chunk: Buffer) => {
      this.text = (this.text + chunk.toString("latin1")).slice(-16_384);
      this.#waiting.forEach((look) => look());
    });
    this.#socket.on("error", () => undefined);
  }

  /** Settles when the log matches the pattern. */
  has(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Everything that was written has been read. */
  async drained(): Promise<void> {
    try {
      writeSync(this.#fd, "\n=end=\n");
    } catch {
      return;
    }
    await this.has(/=end=/);
  }

  close(): void {
    this.#waiting.clear();
    this.#socket.destroy();
  }
}

export class OpenSshChannel extends Streams implements Channel {
  readonly ended: Promise<Ended>;
  /** The host has taken the command. @throws Unreachable at stage `channel` or `connection`. */
  readonly opened: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #log: Log;
  readonly #why: () => string | undefined;

  /** `why` is the reason why the connection was lost, if it was. */
  constructor(argv: readonly string[], log: Log, why: () => string | undefined) {
    const [program = "ssh", ...args] = argv;
    const child = spawn(program, args, { stdio: "pipe", detached: true });
    super(child);
    this.#child = child;
    this.#log = log;
    this.#why = why;
    this.ended = this.#ends();
    this.opened = Promise.race([log.has(/master session id/), this.ended.then(() => this.#mustHaveOpened())]);
  }

  /** ssh cannot send a signal to a command; the end of its input ends a shell. */
  kill(): void {
    this.#child.kill("SIGTERM");
  }

  async #ends(): Promise<Ended> {
    const code = await new Promise<number | null>((resolve) => {
      this.#child.once("error", () => resolve(null));
      this.#child.once("close", resolve);
    });
    await this.#log.drained();
    this.#log.close();
    return this.#outcome(code);
  }

  /** Only a code that the host sent counts: ssh itself says 255 for everything else. */
  #outcome(code: number | null): Ended {
    const told = /Received exit status from master (\d+)/.exec(this.#log.text)?.[1];
    if (told !== undefined && code === Number(told)) return { is: "exit", code };
    return { is: "lost", why: this.#why() ?? "the host ended the command without a code (a signal, most likely)" };
  }

  #mustHaveOpened(): void {
    const { text } = this.#log;
    if (text.includes("master session id")) return;
    const refused = /session request failed: (.*)/.exec(text)?.[1];
    const lost = this.#why();
    if (lost !== undefined) throw new Unreachable("connection", lost);
    if (refused === undefined) throw new Unreachable("connection", `ssh did not reach its own connection`);
    throw new Unreachable("channel", `the host allows no further session (${singleLine(refused)})`, {
      hint: "raise MaxSessions in its sshd_config",
    });
  }
}
