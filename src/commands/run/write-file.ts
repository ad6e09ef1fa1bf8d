/** Files that the user asks for: `--output FILE`. */
import { resolve } from "node:path";
import { InputError } from "../../core/problem.ts";
import { codeOf, refused } from "../../system/file-errors.ts";
import { replaceFile } from "../../vault/replace.ts";

/** The file holds this afterwards, or what it held before. @throws InputError */
export async function writeFileWhole(shown: string, content: Uint8Array | string, cwd: string): Promise<void> {
  try {
    await replaceFile(resolve(cwd, shown), content);
  } catch (error) {
    const { cause, hint } = refused(error);
    const message = `cannot write \`${shown}\`: ${codeOf(error) === "ENOENT" ? "its directory does not exist" : cause}`;
    throw new InputError([
      { severity: "error", code: "file-not-written", message, ...(hint === undefined ? {} : { help: hint }) },
    ]);
  }
}
