import type { Readable, Writable } from "node:stream";
import { BufferedOutput } from "./buffered-output.ts";
import type { Listener } from "./buffered-output.ts";
import type { Channel } from "./transport.ts";

/** The standard streams of a command: a child process's, or those of an ssh2 channel. */
export interface Ends {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** The part of a channel that writes and reads. */
export class Streams implements Pick<Channel, "write" | "end" | "onData" | "onError"> {
  readonly #stdin: Writable;
  readonly #stdout = new BufferedOutput();
  readonly #stderr = new BufferedOutput();

  constructor({ stdin, stdout, stderr }: Ends) {
    this.#stdin = stdin;
    stdout.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    stderr.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    // Writing to a command that has ended is not an error; another promise reports how it ended.
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
