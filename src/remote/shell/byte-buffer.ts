/**
 * Received bytes that are not parsed yet. Adding and taking bytes costs time in proportion to their number, in chunks
 * of any size.
 */
export class ByteBuffer {
  #held: Buffer = Buffer.alloc(4096);
  #start = 0;
  #end = 0;
  /** Up to here there is no end of a line. */
  #searched = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  add(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#held.length) this.#makeRoom(chunk.length);
    this.#held.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next line with its end, as Latin-1; nothing yet while that has not come. */
  line(): string | undefined {
    const found = this.#held.subarray(0, this.#end).indexOf(0x0a, Math.max(this.#searched, this.#start));
    this.#searched = this.#end;
    if (found < 0) return undefined;
    this.#searched = found + 1;
    return this.take(found + 1 - this.#start).toString("latin1");
  }

  /** A copy of the first so many bytes, which must be there. */
  take(length: number): Buffer {
    const taken = Buffer.from(this.#held.subarray(this.#start, this.#start + length));
    this.#start += length;
    return taken;
  }

  /** Moves what is left to the front of a buffer that is large enough for as much again. */
  #makeRoom(more: number): void {
    const needed = this.length + more;
    const roomy = Buffer.alloc(Math.max(4096, needed * 2));
    this.#held.copy(roomy, 0, this.#start, this.#end);
    this.#searched = Math.max(0, this.#searched - this.#start);
    this.#end = this.length;
    this.#start = 0;
    this.#held = roomy;
  }
}
