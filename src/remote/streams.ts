import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Feed } from "./feed.ts";
import type { Listener } from "./feed.ts";
import type { Channel } from "./transport.ts";

/** What a channel writes and hears when the command, or the ssh that carries it, is a process of our own. */
export class Streams implements Pick<Channel, "write" | "end" | "onData" | "onError"> {
  readonly #stdin: ChildProcessWithoutNullStreams["stdin"];
  readonly #stdout = new Feed();
  readonly #stderr = new Feed();

  constructor({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams) {
    this.#stdin = stdin;
    stdout.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    stderr.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    // Writing to a command that has ended is not an error of ours.
    stdin.on("error", () => undefined);
  }

  write(data: string | Uint8Array): void {
    if (this.#stdin.writable) this.#stdin.write(typeof data === "string" ? Buffer.from(data, "utf8") : data);
  }

  end(): void {
    this.#stdin.end();
  }

  onData(listener: Listener): void {
    this.#stdout.listen(listener);
  }

  onError(listener: Listener): void {
    this.#stderr.listen(listener);
  }
}
