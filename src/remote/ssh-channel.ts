/** A command on an SSH channel. */
import { Feed } from "./feed.ts";
import type { Listener } from "./feed.ts";
import { oneLine } from "./said.ts";
import type { ClientChannel } from "./ssh.ts";
import type { Channel, Ended } from "./transport.ts";

/** Milliseconds a killed command has to say how it ended before its channel is given up. */
const KILL_GRACE = 2000;
const KILL_AGAIN = 250;

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
    const start = performance.now();
    this.#stream.signal("KILL");
    this.#stream.end();
    // sshd loses a signal to a command that has hardly begun.
    this.#killing = setInterval(() => {
      if (performance.now() - start < KILL_GRACE) this.#stream.signal("KILL");
      else this.give("killed, and the host did not say how it ended");
    }, KILL_AGAIN);
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
