/**
 * Reads files that others have made, without being blocked by any of them. Such a file can be a named pipe without a
 * writer, a device without end, or a file on a mount that hangs (NFS, sshfs).
 */
import { constants, openSync, readSync } from "node:fs";
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { Socket } from "node:net";
import { isatty, ReadStream } from "node:tty";

/** Seconds a file system may take to answer. */
const FILE_SECONDS = 30;
/** Seconds a pipe with a writer may be silent; the writer may be waiting for a password that is being typed. */
const PIPE_SECONDS = 60;
/** Seconds until a pipe must have a writer. */
const NOBODY_SECONDS = 10;
/** Most bytes of a file without a size of its own. */
const MOST_PIPED = 64 * 1024 * 1024;
/**
 * Node has four threads for files. One that hangs keeps its thread for good, and messages to the user need one, too.
 */
const AT_ONCE = 3;

export interface Read {
  readonly bytes: Buffer;
  readonly stat: Stats;
}

/** Why a file was not read, in words that follow its name, by the error's code. */
export const NOT_READ = {
  EFTYPE: "is not a regular file",
  ETIMEDOUT: `does not answer: its file system hangs, or no process writes to it`,
  EFBIG: "is too large",
} as const;

/** An error in addition to the system's own, with a code like theirs. */
export class NotRead extends Error {
  readonly code: keyof typeof NOT_READ;

  constructor(code: keyof typeof NOT_READ) {
    super(NOT_READ[code]);
    this.name = "NotRead";
    this.code = code;
  }
}

/** A regular file, or a device such as `/dev/null`. @throws NotRead; the system's error */
export async function readRegular(path: string): Promise<Read> {
  const read = await opened(path, whole);
  if (read === undefined) throw new NotRead("EFTYPE");
  return read;
}

/** The same, or all output of a pipe or a terminal up to its end. @throws NotRead; the system's error */
export async function readAny(path: string): Promise<Read> {
  const read = await opened(path, whole);
  return read ?? { bytes: await piped(path), stat: await patiently(() => stat(path)) };
}

/**
 * The first bytes of a regular file, none of anything else: a pipe would lose them. @throws NotRead; the system's error
 */
export async function readHead(path: string, length: number): Promise<Read> {
  const read = await opened(path, async (file, found) => {
    if (!found.isFile()) return { bytes: Buffer.alloc(0), stat: found };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return { bytes: buffer.subarray(0, bytesRead), stat: found };
  });
  return read ?? { bytes: Buffer.alloc(0), stat: await patiently(() => stat(path)) };
}

/** Opening a pipe does not wait for a writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** `undefined` for a pipe: opening and closing it would lose what was written meanwhile. */
function opened<T>(path: string, work: (file: FileHandle, stat: Stats) => Promise<T>): Promise<T | undefined> {
  return patiently(async () => {
    if ((await stat(path)).isFIFO()) return undefined;
    const file = await open(path, FLAGS);
    try {
      return await work(file, await file.stat());
    } finally {
      await file.close();
    }
  });
}

/** `undefined` for a file that must be waited for: a pipe, a terminal. */
async function whole(file: FileHandle, found: Stats): Promise<Read | undefined> {
  if (found.isFIFO() || (found.isCharacterDevice() && isatty(file.fd))) return undefined;
  if (found.isFile() || found.isDirectory()) return { bytes: await file.readFile(), stat: found };
  const chunks = file.createReadStream({ autoClose: false, end: MOST_PIPED }) as AsyncIterable<Buffer>;
  return { bytes: await gathered(chunks), stat: found };
}

async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    all.push(chunk);
    length += chunk.length;
    if (length > MOST_PIPED) throw new NotRead("EFBIG");
  }
  return Buffer.concat(all);
}

/**
 * No thread waits for it, so it can be abandoned. Opening the path of an open pipe (`/dev/fd/63`) makes another end of
 * it.
 */
async function piped(path: string): Promise<Buffer> {
  const fd = openSync(path, FLAGS);
  const { bytes, isWrittenTo } = begun(fd);
  const stream = isatty(fd) ? new ReadStream(fd) : new Socket({ fd, readable: true, writable: false });
  const late = (): void => void stream.destroy(new NotRead("ETIMEDOUT"));
  stream.setTimeout(1000 * (isWrittenTo ? PIPE_SECONDS : NOBODY_SECONDS), late);
  stream.once("data", () => stream.setTimeout(1000 * PIPE_SECONDS));
  return Buffer.concat([bytes, await gathered(stream)]);
}

/** What can be read at once. A pipe without a writer seems to be at its end. */
function begun(fd: number): { readonly bytes: Buffer; readonly isWrittenTo: boolean } {
  const first = Buffer.alloc(1);
  try {
    const length = readSync(fd, first);
    return { bytes: first.subarray(0, length), isWrittenTo: length > 0 };
  } catch {
    return { bytes: Buffer.alloc(0), isWrittenTo: true };
  }
}

/**
 * The file system's answer, unless it is silent for too long. The request itself cannot be cancelled. @throws NotRead;
 * what the work throws
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotRead("ETIMEDOUT")), FILE_SECONDS * 1000).unref();
  });
  try {
    return await Promise.race([inTurn(work), late]);
  } finally {
    clearTimeout(timer);
  }
}

let free = AT_ONCE;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}
