/**
 * Parses what a host sends, byte by byte. Everything before the first line `DSRCTL/1 NONCE PID DIR` is login noise.
 * After it come groups. A group is a header `NONCE TAG NAME:CODE …`, two lines `CRC LENGTH FILE` per name, and the
 * bytes of the files in that order. The two files are output and error output; `FILE+` means that the file was cut.
 *
 * The lengths show where a group ends, so any output is legal. An incomplete group is kept back, so a lost connection
 * never looks like an answer. The limits hold no matter what a host sends.
 */
import type { LookResult } from "../../core/batch.ts";
import type { Output } from "../../core/task-type.ts";
import { PART_LIMIT } from "./act-functions.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import { singleLine } from "../transport/sanitize.ts";
import { NOISE_LIMIT } from "./shell-failure.ts";

export interface Hello {
  readonly pid: number;
  /** The shell's temporary directory; it is removed when the shell ends. */
  readonly dir: string;
  /** What the login printed before the greeting. */
  readonly noise: string;
}

export interface Group {
  readonly tag: string;
  readonly parts: ReadonlyMap<string, LookResult>;
}

/** The host's bytes are not an answer to a batch. */
export class WireError extends Error {}

/** The login prints without end. */
export class NoiseError extends WireError {}

const LINE_LIMIT = 1 << 20;
const GROUP_LIMIT = 64 << 20;

/** `cut`: the file was longer than what is sent. */
interface Sum {
  readonly crc: string;
  readonly length: number;
  readonly cut: boolean;
}

/** A group whose header has arrived. */
interface Begun {
  readonly tag: string;
  /** One `NAME:CODE` per look. */
  readonly names: readonly string[];
  readonly files: Sum[];
  total: number;
}

export class FrameParser {
  readonly #nonce: string;
  readonly #greeting: RegExp;
  readonly #onHello: (hello: Hello) => void;
  readonly #onGroup: (group: Group) => void;
  readonly #bytes = new ByteBuffer();
  /** Lines of the login, until the shell's greeting. */
  #noise: string[] | undefined = [];
  #noisy = 0;
  #begun: Begun | undefined;

  constructor(nonce: string, onHello: (hello: Hello) => void, onGroup: (group: Group) => void) {
    this.#nonce = nonce;
    this.#greeting = new RegExp(`DSRCTL/1 ${nonce} (\\d+) (/\\S+)\\n$`);
    this.#onHello = onHello;
    this.#onGroup = onGroup;
  }

  /** @throws WireError when the bytes cannot belong to a batch. */
  push(chunk: Uint8Array): void {
    this.#bytes.add(chunk);
    while (this.#advance());
  }

  /** Parses one more part; false if it has not arrived completely. */
  #advance(): boolean {
    if (this.#noise !== undefined) return this.#greet(this.#noise);
    if (this.#begun === undefined) return this.#begin();
    if (this.#begun.files.length < this.#begun.names.length * 2) return this.#sum(this.#begun);
    return this.#finish(this.#begun);
  }

  #greet(noise: string[]): boolean {
    const line = this.#line();
    if (this.#noisy + (line ?? "").length + this.#bytes.length > NOISE_LIMIT)
      throw new NoiseError("the login shell prints without end");
    if (line === undefined) return false;
    this.#noisy += line.length;
    const found = this.#greeting.exec(line);
    noise.push(found === null ? line : line.slice(0, found.index));
    if (found === null) return true;
    this.#noise = undefined;
    const said = Buffer.from(noise.join(""), "latin1").toString("utf8");
    this.#onHello({ pid: Number(found[1]), dir: found[2] ?? "", noise: said });
    return true;
  }

  #begin(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    const [nonce, tag, ...names] = line.trim().split(/ +/);
    if (nonce !== this.#nonce || tag === undefined)
      throw new WireError(`unexpected output between answers: ${singleLine(line)}`);
    this.#begun = { tag, names, files: [], total: 0 };
    return true;
  }

  #sum(begun: Begun): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    const file = sumLine(line);
    begun.files.push(file);
    begun.total += file.length;
    if (file.length > PART_LIMIT || begun.total > GROUP_LIMIT)
      throw new WireError(`the host wants to send ${begun.total} bytes in one answer`);
    return true;
  }

  #finish(begun: Begun): boolean {
    if (this.#bytes.length < begun.total) return false;
    this.#begun = undefined;
    this.#onGroup({ tag: begun.tag, parts: partsOf(begun, this.#bytes) });
    return true;
  }

  #line(): string | undefined {
    const line = this.#bytes.line();
    if (line === undefined && this.#noise === undefined && this.#bytes.length > LINE_LIMIT)
      throw new WireError("a line without end");
    return line;
  }
}

function sumLine(line: string): Sum {
  const found = /^(\d+) (\d+) /.exec(line);
  if (found === null) throw new WireError(`expected the sum of an answer, got: ${singleLine(line)}`);
  return { crc: found[1] ?? "", length: Number(found[2]), cut: line.endsWith("+\n") };
}

function partsOf({ names, files }: Begun, bytes: ByteBuffer): ReadonlyMap<string, LookResult> {
  const parts = new Map<string, LookResult>();
  for (const [index, word] of names.entries()) {
    const [, name, code] = /^(.+):(\d+)$/.exec(word) ?? [];
    const [out, err] = [files[index * 2], files[index * 2 + 1]];
    if (name === undefined || code === undefined || out === undefined || err === undefined)
      throw new WireError(`an answer without a name or code: ${singleLine(word)}`);
    const output = outputOf(Number(code), bytes.take(out.length), bytes.take(err.length));
    const cut = out.cut || err.cut ? ({ cut: true } as const) : {};
    parts.set(name, { output: { ...output, ...cut }, checksum: `${code} ${out.crc} ${out.length}` });
  }
  return parts;
}

function outputOf(code: number, out: Buffer, err: Buffer): Output {
  return { code, out: out.toString("utf8"), err: err.toString("utf8"), bytes: out };
}
