/** Files that the user asks for: `--output FILE`, and those of `dsrctl init`. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../../core/problem.ts";
import { codeOf, refused } from "../../system/file-errors.ts";
import { replaceFile } from "../../vault/replace.ts";

/** The file holds this afterwards, or what it held before. @throws InputError */
export async function writeFileWhole(shown: string, content: Uint8Array | string, cwd: string): Promise<void> {
  try {
    await replaceFile(resolve(cwd, shown), content);
  } catch (error) {
    throw notWritten(shown, error);
  }
}

interface NewFile {
  readonly cwd: string;
  readonly executable: boolean;
}

/** A file that must not exist yet, with the directories above it. @throws InputError */
export async function createFile(shown: string, content: string, { cwd, executable }: NewFile): Promise<void> {
  const path = resolve(cwd, shown);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: "wx", mode: executable ? 0o755 : 0o644 });
  } catch (error) {
    throw notWritten(shown, error);
  }
}

function notWritten(shown: string, error: unknown): InputError {
  const { cause, hint } = refused(error);
  const message = `cannot write \`${shown}\`: ${codeOf(error) === "ENOENT" ? "its directory does not exist" : cause}`;
  return new InputError([
    { severity: "error", code: "file-not-written", message, ...(hint === undefined ? {} : { help: hint }) },
  ]);
}
