/** Reads vault passwords from files, programs and the user. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename, join, parse, resolve } from "node:path";
import { expandHome, homeDirectory } from "../system/home.ts";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { NOT_READ, readAny, readHead } from "../system/read-input.ts";
import { registerSecret } from "../core/secret.ts";
import type { Secret } from "../core/secret.ts";
import { DEFAULT_ID, isEncrypted } from "./envelope.ts";
import { Password } from "./password.ts";
import { pathWord } from "../core/shell.ts";

/** One password: its vault id, and a path or a prompt. */
export interface PasswordSource {
  readonly id: string;
  readonly from: { readonly file: string } | "prompt";
  /** The option or variable that named it, for messages: `--vault-id`, `ANSIBLE_VAULT_PASSWORD_FILE`. */
  readonly by: string;
}

export interface PasswordMeans {
  readonly cwd: string;
  readonly ask: (question: string) => Promise<Secret>;
  /** Called for warnings. */
  readonly warn: (problem: Problem) => void;
  readonly signal?: AbortSignal;
}

/** `ID@FILE`, `ID@prompt`, `FILE` or `prompt`, as Ansible's `--vault-id`. */
export function passwordSource(text: string, by: string): PasswordSource {
  const [, label, source = text] = /^([^@]*)@(.*)$/s.exec(text) ?? [];
  const id = label === undefined || label === "" ? DEFAULT_ID : label;
  const asked = source === "prompt" || source === "prompt_ask_vault_pass";
  return { id, from: asked ? "prompt" : { file: source }, by };
}

/** @throws InputError when there is no password. */
export async function readPassword(source: PasswordSource, means: PasswordMeans): Promise<Password> {
  const bytes = source.from === "prompt" ? await asked(source, means) : await ofFile(source, source.from.file, means);
  registerSecret(bytes.toString("utf8"));
  return new Password(source.id, bytes);
}

async function asked({ id, by }: PasswordSource, { ask }: PasswordMeans): Promise<Buffer> {
  const word = (await ask(id === DEFAULT_ID ? "vault password: " : `vault password (${id}): `)).reveal().trim();
  if (word === "") throw wrong(`no vault password was given for \`${id}\` (${by})`);
  return Buffer.from(word, "utf8");
}

async function ofFile(source: PasswordSource, shown: string, means: PasswordMeans): Promise<Buffer> {
  const path = resolve(means.cwd, expandHome(shown, homeDirectory()));
  const { head, bytes, mode } = await read(path, shown, source.by);
  if ((mode & 0o111) !== 0) return ofProgram(path, shown, head, source, means);
  const word = trimmed(bytes);
  if (word.length === 0) throw wrong(`the vault password file \`${shown}\` is empty`);
  if (isEncrypted(word))
    throw wrong(
      `the vault password file \`${shown}\` is encrypted itself`,
      "give one that is not, or a program that prints the password",
    );
  for (const problem of oddities(shown, word, mode)) means.warn(problem);
  return word;
}

/** No password is longer; a wrong path may be a very large file. */
const LONGEST = 64 * 1024;

async function read(path: string, shown: string, by: string) {
  try {
    const { bytes: head, stat } = await readHead(path, 4);
    if (!stat.isFile() && !stat.isFIFO() && !stat.isCharacterDevice())
      throw wrong(`the vault password file \`${shown}\` is no file (${by})`);
    const executable = stat.isFile() && (stat.mode & 0o111) !== 0;
    if (!executable && stat.size > LONGEST) throw tooLarge(shown);
    const { bytes } = executable ? { bytes: head } : await readAny(path);
    if (bytes.length > LONGEST) throw tooLarge(shown);
    return { head, bytes, mode: stat.isFile() ? stat.mode : 0 };
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw wrong(
      `the vault password file \`${shown}\` ${REASONS[String(error.code)] ?? `cannot be read (${String(error.code)})`}`,
      `it was named by ${by}`,
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "may not be read (permission denied)",
  EISDIR: "is a directory",
  ...NOT_READ,
};

function tooLarge(shown: string): InputError {
  return wrong(`the vault password file \`${shown}\` is too large for a password`);
}

/** Without white space around it, as in Ansible; bytes, because it need not be text. */
function trimmed(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replace(/^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/g, ""), "latin1");
}

function oddities(shown: string, word: Buffer, mode: number): readonly Problem[] {
  const text = word.toString("latin1");
  const warning = (message: string, help?: string): Problem => ({
    ...{ severity: "warning", code: "vault-password", message: `the vault password file \`${shown}\` ${message}` },
    ...(help === undefined ? {} : { help }),
  });
  return [
    ...((mode & 0o007) === 0
      ? []
      : [warning("can be read by every user of this machine", `\`chmod 600 ${pathWord(shown)}\``)]),
    ...(/[\r\n]/.test(text)
      ? [warning("has several lines: all of them together are the password, as in Ansible")]
      : []),
    ...(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(text)
      ? [warning("begins with a byte order mark, which is part of the password", "save it as UTF-8 without one")]
      : []),
  ];
}

/** Programs whose name ends with `-client` get the vault id as an argument. */
function isClient(path: string): boolean {
  return parse(basename(path)).name.endsWith("-client");
}

async function ofProgram(
  path: string,
  shown: string,
  head: Buffer,
  { id }: PasswordSource,
  { signal }: PasswordMeans,
): Promise<Buffer> {
  // For a file without `#!` the C library would start /bin/sh, whose error message repeats the first words: the
  // password.
  if (!isProgram(head)) {
    throw wrong(
      `the vault password file \`${shown}\` is executable, but no program: it has no \`#!\` line`,
      `\`chmod -x ${pathWord(shown)}\` if it contains the password`,
    );
  }
  const client = isClient(path);
  const { out, code } = await run(path, client ? ["--vault-id", id] : [], shown, signal);
  if (client && code === "2")
    throw wrong(`the vault password program \`${shown}\` knows no password for the vault id \`${id}\``);
  if (code !== "0") throw wrong(`the vault password program \`${shown}\` ended with ${code}`);
  const word = Buffer.from(out.toString("latin1").replace(/^[\r\n]+|[\r\n]+$/g, ""), "latin1");
  if (word.length === 0) throw wrong(`the vault password program \`${shown}\` printed no password`);
  return word;
}

function isProgram(head: Buffer): boolean {
  const text = head.toString("latin1");
  return text.startsWith("#!") || text.startsWith("\x7fELF");
}

interface Ran {
  readonly out: Buffer;
  readonly code: string;
}

/** It shares this process's standard input and error, because it may ask something itself. */
async function run(
  path: string,
  args: readonly string[],
  shown: string,
  signal: AbortSignal | undefined,
): Promise<Ran> {
  const child = spawn(join(path), args, {
    stdio: ["inherit", "pipe", "inherit"],
    ...(signal === undefined ? {} : { signal }),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= LONGEST) chunks.push(chunk);
    else child.kill("SIGKILL");
  });
  try {
    const [code, by] = (await once(child, "close")) as [number | null, string | null];
    if (length > LONGEST) throw wrong(`the vault password program \`${shown}\` printed more than 64 KiB`);
    return { out: Buffer.concat(chunks), code: code === null ? (by ?? "no exit code") : String(code) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw wrong(
      `the vault password program \`${shown}\` cannot be run (${reason})`,
      "check that the program of its `#!` line exists",
    );
  }
}

function wrong(message: string, help?: string): InputError {
  return new InputError([
    { severity: "error", code: "vault-password", message, ...(help === undefined ? {} : { help }) },
  ]);
}
