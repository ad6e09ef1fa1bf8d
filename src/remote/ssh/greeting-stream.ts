/** The bytes under an SSH connection: a socket, a proxy's pipes or a channel through a jump host. */
import { Duplex } from "node:stream";

/**
 * Bytes and lines a server may send before its version (RFC 4253, section 4.2, sets no limit; OpenSSH allows 1024
 * lines).
 */
const GREETING_LIMIT = { bytes: 16_384, lines: 1024 };

type Done = (error?: Error | null) => void;

/** State of the greeting: the host is still silent, speaks SSH, or something else. */
type Greeting = "waiting" | "ssh" | "not-ssh";

/**
 * Passes the raw stream on, but keeps the beginning back until the server's version line is complete. ssh2 loses bytes
 * of a version line that arrives in more than two pieces. It also does not report what a server that does not speak SSH
 * sent. Destroying this stream destroys the raw stream at once, even if the peer does not answer.
 */
export class GreetingStream extends Duplex {
  readonly #raw: Duplex;
  #head: Buffer = Buffer.alloc(0);
  #greeting: Greeting = "waiting";
  #isOpenSsh = false;
  #version: { readonly line: string; readonly at: number } | undefined;
  #progress = 0;

  constructor(raw: Duplex) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    raw.on("data", (chunk: Buffer) => this.#receive(chunk));
    raw.on("end", () => this.#ended());
    raw.on("error", (error) => this.destroy(error));
    raw.on("close", () => this.destroy());
    // SSH has no half-closed connections: after the last byte no answer follows.
    this.on("end", () => this.destroy());
  }

  get greeting(): Greeting {
    return this.#greeting;
  }

  /** The server's version line, and when it came (performance.now). */
  get version(): { readonly line: string; readonly at: number } | undefined {
    return this.#version;
  }

  /** The server is OpenSSH's. */
  get isOpenSsh(): boolean {
    return this.#isOpenSsh;
  }

  /** What the server sent that was not SSH. */
  get said(): Buffer {
    return this.#head;
  }

  /**
   * Grows while the peer is alive: with every chunk received, and with every chunk sent while others waited after it. A
   * single small chunk proves nothing: it is also sent if the peer is gone.
   */
  get progress(): number {
    return this.#progress;
  }

  /** Settles when everything that was written and ended has gone out, or the time (milliseconds) is up. */
  flushed(within: number): Promise<void> {
    if (this.writableFinished || this.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, within);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.once("finish", done);
      this.once("close", done);
    });
  }

  override _read(): void {
    this.#raw.resume();
  }

  /** ssh2 writes a packet in three pieces; writes of one turn are sent in one piece. */
  override write(chunk: Buffer, ...rest: readonly unknown[]): boolean {
    if (this.writableCorked === 0) {
      this.cork();
      process.nextTick(() => this.uncork());
    }
    return super.write(chunk, ...(rest as []));
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    this.#send(chunk, done);
  }

  override _writev(pieces: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.#send(Buffer.concat(pieces.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }

  #send(chunk: Buffer, done: Done): void {
    this.#raw.write(chunk, (error) => {
      if (this.writableLength > chunk.length) this.#progress += 1;
      done(error);
    });
  }

  #receive(chunk: Buffer): void {
    this.#progress += 1;
    if (this.#greeting === "ssh") this.#hand(chunk);
    else if (this.#greeting === "waiting") this.#greet(chunk);
  }

  #hand(chunk: Buffer): void {
    if (!this.push(chunk)) this.#raw.pause();
  }

  #greet(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const text = this.#head.toString("latin1");
    const version = /^SSH-[^\n]*\n/m.exec(text);
    if (version !== null) {
      const rest = this.#head.subarray(version.index);
      this.#greeting = "ssh";
      this.#version = { line: version[0], at: performance.now() };
      this.#isOpenSsh = version[0].startsWith("SSH-2.0-OpenSSH_");
      this.#head = this.#head.subarray(0, version.index);
      this.#hand(rest);
    } else if (isForeign(text)) {
      this.#greeting = "not-ssh";
      this.destroy();
    }
  }

  #ended(): void {
    if (this.#greeting === "waiting" && this.#head.length > 0) this.#greeting = "not-ssh";
    this.push(null);
  }
}

/** No SSH version follows: it is HTTP, a TLS record, or text without end. */
function isForeign(text: string): boolean {
  if (/^HTTP\/[\d.]+ [^\n]*\n/.test(text) || /^[\x14-\x17]\x03[\x00-\x04]/.test(text)) return true;
  return text.length > GREETING_LIMIT.bytes || text.split("\n").length > GREETING_LIMIT.lines;
}
