/** A command on an SSH channel. */
import { Feed } from "./feed.ts";
import type { Listener } from "./feed.ts";
import { oneLine } from "./said.ts";
import type { ClientChannel } from "./ssh.ts";
import type { Channel, Ended } from "./transport.ts";

/** sshd loses a signal to a command that has hardly begun, and ssh2 sends none after the end of input: first these, then that. */
const KILL_EVERY = 200;
const KILL_TIMES = 3;
const GIVE_UP = 10;

export class SshChannel implements Channel {
  readonly ended: Promise<Ended>;
  readonly #stream: ClientChannel;
  readonly #why: () => string;
  readonly #stdout = new Feed();
  readonly #stderr = new Feed();
  #settle: (ended: Ended) => void = () => undefined;
  #killing: NodeJS.Timeout | undefined;

  /** `why` says why the connection went, when it did. */
  constructor(stream: ClientChannel, why: () => string) {
    this.#stream = stream;
    this.#why = why;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    stream.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    stream.stderr.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    // Writing to a command that has ended is not an error of ours; how it ended is told by `close`.
    stream.on("error", () => undefined);
    void this.#end();
  }

  write(data: string | Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(typeof data === "string" ? Buffer.from(data, "utf8") : data);
  }

  end(): void {
    this.#stream.end();
  }

  onData(listener: Listener): void {
    this.#stdout.listen(listener);
  }

  onError(listener: Listener): void {
    this.#stderr.listen(listener);
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
      if (times > GIVE_UP) this.give("killed, and the host did not say how it ended");
    }, KILL_EVERY);
  }

  /** Gives the channel up, because the connection is gone or the host does not answer. */
  give(why: string): void {
    clearInterval(this.#killing);
    this.#stream.close();
    this.#settle({ is: "lost", why });
  }

  async #end(): Promise<void> {
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
    if (signal !== undefined) return { is: "signal", signal: oneLine(signal) };
    return { is: "lost", why: this.#why() };
  }
}
