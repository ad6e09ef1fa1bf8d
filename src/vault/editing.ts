/** Opens a decrypted file in the user's editor: in memory only, for the user only, and removed afterwards. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { chmod, mkdtemp, readFile, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { InputError } from "../core/problem.ts";

export interface Editing {
  /** `$EDITOR`, with its arguments. */
  readonly editor: readonly string[];
  /** Its name shows the editor what it is. */
  readonly name: string;
  readonly content: Uint8Array;
  /** Ends the editor. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}

/** The edited text. @throws InputError when the editor cannot be run or failed */
export async function edited({ editor, name, content, signal, warn }: Editing): Promise<Buffer> {
  const { directory, inMemory } = await place();
  if (!inMemory)
    warn(`there is no memory file system here: the decrypted file is on disk, in ${directory}, while it is edited`);
  const remove = (): void => wipe(directory);
  // process.exit() runs only synchronous handlers.
  process.on("exit", remove);
  try {
    await chmod(directory, 0o700);
    const path = join(directory, basename(name));
    await writeFile(path, content, { mode: 0o600, flag: "wx" });
    await run(editor, path, signal);
    return await readFile(path);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/**
 * Also removes the editor's own files next to it: copies, swap files. They are overwritten first, in case they are on a
 * disk.
 */
function wipe(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) overwrite(join(entry.parentPath, entry.name));
  rmSync(directory, { recursive: true, force: true });
}

function overwrite(path: string): void {
  try {
    const file = openSync(path, "r+");
    try {
      writeSync(file, Buffer.alloc(fstatSync(file).size));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // A file that cannot be overwritten is still removed.
  }
}

/** tmpfs and ramfs (statfs(2)): what is in them never reaches a disk, except by swapping. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

async function place(): Promise<{ readonly directory: string; readonly inMemory: boolean }> {
  for (const parent of [process.env["XDG_RUNTIME_DIR"] ?? "", "/dev/shm", "/run/shm"]) {
    if (parent === "" || !(await isInMemory(parent))) continue;
    const directory = await mkdtemp(join(parent, "dsrctl-vault-")).catch(() => undefined);
    if (directory !== undefined) return { directory, inMemory: true };
  }
  return { directory: await mkdtemp(join(tmpdir(), "dsrctl-vault-")), inMemory: false };
}

async function isInMemory(path: string): Promise<boolean> {
  try {
    return IN_MEMORY.has((await statfs(path)).type);
  } catch {
    return false;
  }
}

async function run([program = "vi", ...args]: readonly string[], path: string, signal: AbortSignal): Promise<void> {
  const child = spawn(program, [...args, path], { stdio: "inherit" });
  const end = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  try {
    const [code, by] = (await once(child, "exit")) as [number | null, string | null];
    if (code !== 0)
      throw wrong(`the editor \`${program}\` ended with ${by ?? `code ${code ?? "?"}`}: nothing was changed`);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw wrong(`the editor \`${program}\` cannot be run (${reason})`, "`EDITOR` names the one to use");
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function wrong(message: string, help?: string): InputError {
  return new InputError([
    { severity: "error", code: "program-failed", message, ...(help === undefined ? {} : { help }) },
  ]);
}
