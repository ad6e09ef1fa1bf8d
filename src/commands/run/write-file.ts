/** Files that the user asks for: `--output FILE`. */
import { resolve } from "node:path";
import { InputError } from "../../core/problem.ts";
import { replaceFile } from "../../vault/replace.ts";

/** The file holds this afterwards, or what it held before. @throws InputError */
export async function writeFileWhole(shown: string, content: Uint8Array | string, cwd: string): Promise<void> {
  try {
    await replaceFile(resolve(cwd, shown), content);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const message = `\`${shown}\` cannot be written: ${REASONS[code] ?? code}`;
    throw new InputError([{ severity: "error", message }]);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};
