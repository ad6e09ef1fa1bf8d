/**
 * What a host sends back, understood byte by byte. Before the first line `DSRCTL/1 NONCE PID DIR` everything is login
 * noise. Then come groups: `NONCE TAG NAME:CODE …`, two lines `CRC LENGTH FILE` a name (output, error output), and the
 * bytes of the files in that order. Lengths say where a group ends, so any output is legal; a group that is not whole
 * is kept back, so a cut connection never looks like an answer.
 */
import type { Answer } from "../session.ts";
import type { Output } from "../task.ts";

export interface Hello {
  readonly pid: number;
  /** The shell's temporary directory; gone when the shell has ended. */
  readonly dir: string;
  /** What the login printed before. */
  readonly noise: string;
}

export interface Group {
  readonly tag: string;
  readonly parts: ReadonlyMap<string, Answer>;
}

/** The bytes from the host are not what a batch sends. */
export class WireError extends Error {}

const NOISE_LIMIT = 1 << 20;
const GROUP_LIMIT = 64 << 20;

export class Frames {
  readonly #nonce: string;
  readonly #onHello: (hello: Hello) => void;
  readonly #onGroup: (group: Group) => void;
  #buffer: Buffer = Buffer.alloc(0);
  #greeted = false;

  constructor(nonce: string, onHello: (hello: Hello) => void, onGroup: (group: Group) => void) {
    this.#nonce = nonce;
    this.#onHello = onHello;
    this.#onGroup = onGroup;
  }

  /** @throws WireError when the bytes cannot be a batch's. */
  push(chunk: Uint8Array): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    if (!this.#greeted && !this.#greet()) return;
    for (let group = this.#take(); group !== undefined; group = this.#take()) this.#onGroup(group);
  }

  #greet(): boolean {
    const text = this.#buffer.toString("latin1");
    const found = new RegExp(`DSRCTL/1 ${this.#nonce} (\\d+) (\\S+)\\n`).exec(text);
    if (found === null) {
      if (text.length > NOISE_LIMIT) throw new WireError("the login shell prints without end");
      return false;
    }
    this.#greeted = true;
    const noise = this.#buffer.subarray(0, found.index).toString("utf8");
    this.#buffer = this.#buffer.subarray(found.index + found[0].length);
    this.#onHello({ pid: Number(found[1]), dir: found[2] ?? "", noise });
    return true;
  }

  /** A whole group from the front of the buffer, or nothing yet. */
  #take(): Group | undefined {
    const reader = new LineReader(this.#buffer);
    const header = reader.line();
    if (header === undefined) return undefined;
    const [nonce, tag, ...names] = header.split(" ").filter((word) => word !== "");
    if (nonce !== this.#nonce || tag === undefined) throw new WireError(`unexpected output between answers: ${header}`);
    const files: { crc: string; length: number }[] = [];
    for (let count = 0; count < names.length * 2; count++) {
      const line = reader.line();
      if (line === undefined) return undefined;
      files.push(sumLine(line));
    }
    const total = files.reduce((sum, file) => sum + file.length, 0);
    if (total > GROUP_LIMIT) throw new WireError(`the host wants to send ${total} bytes in one answer`);
    if (this.#buffer.length < reader.offset + total) return undefined;
    const parts = partsOf(names, files, this.#buffer, reader.offset);
    this.#buffer = this.#buffer.subarray(reader.offset + total);
    return { tag, parts };
  }
}

class LineReader {
  readonly #buffer: Buffer;
  offset = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  line(): string | undefined {
    const end = this.#buffer.indexOf(0x0a, this.offset);
    if (end < 0) return undefined;
    const line = this.#buffer.subarray(this.offset, end).toString("latin1");
    this.offset = end + 1;
    return line;
  }
}

function sumLine(line: string): { crc: string; length: number } {
  const found = /^(\d+) (\d+) /.exec(line);
  if (found === null) throw new WireError(`expected the sum of an answer, got: ${line}`);
  return { crc: found[1] ?? "", length: Number(found[2]) };
}

function partsOf(
  names: readonly string[],
  files: readonly { crc: string; length: number }[],
  buffer: Buffer,
  start: number,
): ReadonlyMap<string, Answer> {
  let offset = start;
  const parts = new Map<string, Answer>();
  const next = (length: number): Buffer => Buffer.from(buffer.subarray(offset, (offset += length)));
  names.forEach((word, index) => {
    const colon = word.lastIndexOf(":");
    const out = files[index * 2];
    const err = files[index * 2 + 1];
    if (out === undefined || err === undefined || colon < 0) throw new WireError(`a header without files: ${word}`);
    const code = Number(word.slice(colon + 1));
    const output = outputOf(code, next(out.length), next(err.length));
    parts.set(word.slice(0, colon), { output, sum: `${code} ${out.crc} ${out.length}` });
  });
  return parts;
}

function outputOf(code: number, out: Buffer, err: Buffer): Output {
  return { code, out: out.toString("utf8"), err: err.toString("utf8"), bytes: out };
}
