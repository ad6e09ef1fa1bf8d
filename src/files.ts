/** Reads the files that the user names as text, and reports why one cannot be read. */
import { isUtf8 } from "node:buffer";
import { readdir, stat } from "node:fs/promises";
import { InputError } from "./core/problem.ts";
import type { Problem } from "./core/problem.ts";
import type { ProblemCode } from "./core/problem-code.ts";
import type { Place, Source } from "./core/source.ts";
import { NOT_READ, NotRead, patiently, readAny, readRegular } from "./system/read-input.ts";
import { codeOf, refused } from "./system/file-errors.ts";
import { isEncrypted } from "./vault/envelope.ts";
import type { Keyring } from "./vault/keyring.ts";
import { decrypt } from "./vault/decrypt.ts";
import type { Content } from "./vault/decrypt.ts";
import { pathWord } from "./core/shell.ts";

export interface ReadOptions {
  /** The name to show; the path itself when left out. */
  readonly shown?: string;
  /** What the file is, for the message: `inventory`, `playbook`, `variables file`. */
  readonly what?: string;
  /** The place that names the file. */
  readonly at?: Place;
  /** Passwords for a file that is encrypted as a whole. */
  readonly vault?: Keyring | undefined;
  /** Not a pipe: the file is read again, or must be complete. */
  readonly regular?: boolean;
}

/**
 * Reads a text file; a byte order mark is left out. A vault is decrypted: the source is secret then.
 * @throws InputError when it is not there, not a file, not readable, not UTF-8, or cannot be decrypted.
 */
export async function readSource(path: string, options: ReadOptions = {}): Promise<Source> {
  const { bytes, secret } = await readContent(path, options);
  return textSource(bytes, options.shown ?? path, secret);
}

/** Reads any file; a vault is decrypted. @throws InputError */
export async function readContent(path: string, options: ReadOptions = {}): Promise<Content> {
  const shown = options.shown ?? path;
  const bytes = await readBytes(path, shown, options);
  return isEncrypted(bytes) ? decrypt(bytes, shown, options.vault) : { bytes, secret: false };
}

/** Bytes of a file as text. @throws InputError when they are not UTF-8 */
export function textSource(bytes: Uint8Array, shown: string, secret = false): Source {
  const source: Source = { file: shown, text: decoded(bytes), ...(secret ? { secret } : {}) };
  if (!isUtf8(bytes)) throw new InputError([notUtf8(bytes, source)]);
  return source;
}

/**
 * Without a byte order mark; U+FFFD replaces bytes that are not UTF-8. The first TextDecoder of a process takes 4 ms.
 */
function decoded(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}

/** A file as it is. @throws InputError */
export async function readBytes(path: string, shown: string, options: ReadOptions = {}): Promise<Uint8Array> {
  try {
    return (await (options.regular === true ? readRegular(path) : readAny(path))).bytes;
  } catch (error) {
    throw new InputError([unreadable(error, shown, options)]);
  }
}

/** Why the system refuses a file, by the error's code. */
export const REASONS: Readonly<Record<string, string | undefined>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist (a part of its path is a file)",
  EISDIR: "is a directory, a file is needed",
  EACCES: "may not be read (permission denied)",
  ELOOP: "is a loop of symbolic links",
  ERR_FS_FILE_TOO_LARGE: "is too large",
  ...NOT_READ,
};

/** The code of the problem that a file cannot be read, by the code of the system's error. */
export function fileProblemCode(code: string): ProblemCode {
  return code === "ENOENT" || code === "ENOTDIR" ? "file-not-found" : "file-unreadable";
}

function unreadable(error: unknown, shown: string, options: ReadOptions): Problem {
  const { cause, hint } = refused(error);
  const reason = REASONS[codeOf(error)];
  return {
    severity: "error",
    code: fileProblemCode(codeOf(error)),
    message: `${options.what ?? "file"} \`${shown}\` ${reason ?? `cannot be read: ${cause}`}`,
    ...(reason !== undefined || hint === undefined ? {} : { help: hint }),
    ...(options.at === undefined ? {} : { place: options.at, label: "asked for here" }),
  };
}

/** What is at a path. @throws InputError when its file system does not answer */
export async function kindOfPath(path: string): Promise<"file" | "directory" | "nothing"> {
  try {
    return (await patiently(() => stat(path))).isDirectory() ? "directory" : "file";
  } catch (error) {
    if (error instanceof NotRead) throw new InputError([unreadable(error, path, {})]);
    // If the path cannot be examined, reading it reports why.
    return ["ENOENT", "ENOTDIR"].includes(codeOf(error)) ? "nothing" : "file";
  }
}

/** The names in a directory; none if it cannot be read. @throws InputError when its file system does not answer */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await patiently(() => readdir(path));
  } catch (error) {
    if (error instanceof NotRead) throw new InputError([unreadable(error, path, { what: "directory" })]);
    return [];
  }
}

function notUtf8(bytes: Uint8Array, source: Source): Problem {
  const offset = firstBadByte(bytes);
  const start = decoded(bytes.subarray(0, offset)).length;
  const hex = (bytes[offset] ?? 0).toString(16).padStart(2, "0");
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return {
    severity: "error",
    code: "not-utf8",
    message: `the file is not UTF-8: byte 0x${hex} at offset ${offset}`,
    place: { source, start, end: start + 1 },
    help: `convert it: \`iconv -f ${utf16 ? "utf-16" : "latin1"} -t utf-8 ${pathWord(source.file)}\``,
  };
}

/** Decoding writes U+FFFD for bytes that are not UTF-8: the first byte that differs afterwards is the first bad one. */
function firstBadByte(bytes: Uint8Array): number {
  const again = Buffer.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const differs = bytes.findIndex((byte, offset) => byte !== again[offset]);
  return differs === -1 ? bytes.length - 1 : differs;
}
