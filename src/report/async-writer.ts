/**
 * Writes text without blocking. If a write blocked, a terminal that stops reading (Ctrl-S, a stuck screen) would stop
 * timers, keepalives and connections, too. Text queues up after the one write that is under way. If the reader is gone
 * (`| head -1`), the rest of the text is dropped, and nothing else is affected.
 */
import { write } from "node:fs";

type Stream = "out" | "err";

/** File descriptors of the two streams. */
export interface Descriptors {
  readonly out: number;
  readonly err: number;
}

/** Milliseconds until the next try to write to a full non-blocking pipe. */
const AGAIN_MS = 20;

export class Outlet {
  readonly #fds: Descriptors;
  readonly #gone = new Set<Stream>();
  readonly #failed: (stream: Stream, error: NodeJS.ErrnoException) => void;
  #queue: { readonly stream: Stream; text: string }[] = [];
  #busy = false;
  #waiting: (() => void)[] = [];

  /** @param failed is called for a stream that cannot be written any more, except if its reader is gone. */
  constructor(fds: Descriptors, failed: (stream: Stream, error: NodeJS.ErrnoException) => void = () => undefined) {
    this.#fds = fds;
    this.#failed = failed;
  }

  /** No text waits to be written. */
  get idle(): boolean {
    return !this.#busy;
  }

  write(stream: Stream, text: string): void {
    if (text === "" || this.#gone.has(stream)) return;
    const last = this.#queue.at(-1);
    if (last?.stream === stream) last.text += text;
    else this.#queue.push({ stream, text });
    this.#next();
  }

  /** Settles when everything is written, or the reader is gone. */
  flushed(): Promise<void> {
    return this.idle ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #next(): void {
    if (this.#busy) return;
    const next = this.#queue.shift();
    if (next === undefined) {
      for (const done of this.#waiting.splice(0)) done();
      return;
    }
    this.#busy = true;
    this.#put(next.stream, Buffer.from(next.text, "utf8"));
  }

  #put(stream: Stream, bytes: Buffer): void {
    write(this.#fds[stream], bytes, (error, written) => {
      if (error?.code === "EAGAIN") return void setTimeout(() => this.#put(stream, bytes), AGAIN_MS);
      if (error === null && written < bytes.length) return this.#put(stream, bytes.subarray(written));
      if (error !== null) this.#lose(stream, error);
      this.#busy = false;
      this.#next();
    });
  }

  #lose(stream: Stream, error: NodeJS.ErrnoException): void {
    this.#gone.add(stream);
    this.#queue = this.#queue.filter((each) => each.stream !== stream);
    if (error.code !== "EPIPE" && error.code !== "EIO") this.#failed(stream, error);
  }
}
