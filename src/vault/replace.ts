/** Writing a file of the user's whole or not at all. */
import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Replaces a file by one with this content; a symbolic link stays and the file it leads to is replaced. Mode and owner
 * are kept; a new file is 0600. At every moment the old file or the new one is there.
 */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const before = await stat(target).catch(() => undefined);
  if (before !== undefined && !before.isFile()) return writeInto(target, content);
  const staged = join(dirname(target), `.${basename(target)}.dsrctl.${randomBytes(4).toString("hex")}`);
  try {
    const file = await open(staged, "wx", 0o600);
    try {
      await file.writeFile(content);
      if (before !== undefined) await permit(file, before);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(staged, target);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
  await syncDirectory(dirname(target));
}

type Handle = Awaited<ReturnType<typeof open>>;

/** Another's file stays another's where we may do that; its mode stays in any case. */
async function permit(file: Handle, { mode, uid, gid }: { mode: number; uid: number; gid: number }): Promise<void> {
  const now = await file.stat();
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid).catch(() => undefined);
  await file.chmod(mode & 0o7777);
}

/** A pipe or a device is written to. */
async function writeInto(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } catch {
    // Not every file system can.
  } finally {
    await directory.close();
  }
}
