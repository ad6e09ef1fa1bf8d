/** A command on an SSH channel. */
import { singleLine } from "../transport/sanitize.ts";
import type { ClientChannel } from "./client.ts";
import { Streams } from "../transport/streams.ts";
import type { Channel, Ended } from "../transport/transport.ts";

/**
 * sshd loses a signal to a command that has hardly begun, and ssh2 sends none after the end of input: first these, then
 * that.
 */
const KILL_EVERY = 200;
const KILL_TIMES = 3;
const GIVE_UP = 10;

/** Why a command's end is not known. */
export interface Loss {
  readonly why: string;
  readonly hint?: string;
}

export class SshChannel extends Streams implements Channel {
  readonly ended: Promise<Ended>;
  readonly #stream: ClientChannel;
  readonly #why: () => Loss;
  #settle: (ended: Ended) => void = () => undefined;
  #killing: NodeJS.Timeout | undefined;

  /** `why` is the reason why the connection was lost, if it was. */
  constructor(stream: ClientChannel, why: () => Loss) {
    super({ stdin: stream, stdout: stream, stderr: stream.stderr });
    this.#stream = stream;
    this.#why = why;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    void this.#ends();
  }

  kill(): void {
    if (this.#killing !== undefined) return;
    this.#stream.signal("KILL");
    let times = 1;
    this.#killing = setInterval(() => {
      times += 1;
      if (times <= KILL_TIMES) this.#stream.signal("KILL");
      // sshd sends no signals to root's commands; the end of its input ends a shell as well.
      if (times === KILL_TIMES) this.#stream.end();
      if (times > GIVE_UP) this.give({ why: "killed, and the host did not say how it ended" });
    }, KILL_EVERY);
  }

  /** Gives the channel up, because the connection is gone or the host does not answer. */
  give(loss: Loss): void {
    clearInterval(this.#killing);
    this.#stream.close();
    this.#settle({ is: "lost", ...loss });
  }

  async #ends(): Promise<void> {
    const errors = new Promise((resolve) => this.#stream.stderr.once("close", resolve));
    const ended = await new Promise<Ended>((resolve) => {
      this.#stream.once("close", (code?: number | null, signal?: string) => resolve(this.#outcome(code, signal)));
    });
    await errors;
    clearInterval(this.#killing);
    this.#settle(ended);
  }

  /** ssh2 closes the channel of a lost connection as if all were well, only without a code. */
  #outcome(code: number | null | undefined, signal: string | undefined): Ended {
    if (typeof code === "number") return { is: "exit", code };
    if (signal !== undefined) return { is: "signal", signal: singleLine(signal) };
    return { is: "lost", ...this.#why() };
  }
}
