/** Private keys that the inventory names: problems with them are found before a host is reached. */
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { NOT_READ, readHead } from "../system/read-input.ts";
import { codeOf, refused } from "../system/file-errors.ts";
import { pathWord } from "../core/shell.ts";

/**
 * What is wrong with a private key file, if anything. An encrypted key is not wrong: the agent may hold it open.
 * @param orPublic as ssh(1) has it, the public half names a key that the agent holds
 */
export async function keyProblem(
  shown: string,
  path: string,
  { place, orPublic }: { readonly place: Place; readonly orPublic: boolean },
): Promise<Problem | undefined> {
  const error = (message: string, help?: string): Problem => ({
    severity: "error",
    code: "private-key",
    message,
    place,
    ...(help === undefined ? {} : { help }),
  });
  const read = await headOf(path);
  if ("code" in read)
    return error(`private key \`${shown}\` ${REASONS[read.code] ?? `cannot be read: ${read.cause}`}`, read.help);
  if (/^(?:ssh-|ecdsa-|sk-)/.test(read.text)) {
    if (orPublic) return undefined;
    const help = shown.endsWith(".pub") ? `name the private one: \`${shown.slice(0, -4)}\`` : "name the private one";
    return error(`\`${shown}\` is a public key`, help);
  }
  if (!read.text.includes("PRIVATE KEY-----") && !read.text.startsWith("PuTTY-"))
    return error(`\`${shown}\` is not a key`);
  if ((read.mode & 0o077) === 0 || read.owner !== process.getuid?.()) return undefined;
  const octal = (read.mode & 0o7777).toString(8).padStart(4, "0");
  return error(
    `private key \`${shown}\` is accessible to other users (mode ${octal})`,
    `\`chmod 600 ${pathWord(shown)}\``,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EISDIR: "is a directory",
  EACCES: "may not be read (permission denied)",
  ...NOT_READ,
};

type Head =
  | { readonly text: string; readonly mode: number; readonly owner: number }
  | { readonly code: string; readonly cause: string; readonly help: string | undefined };

async function headOf(path: string): Promise<Head> {
  try {
    const { bytes, stat } = await readHead(path, 128);
    if (!stat.isFile()) return { code: stat.isDirectory() ? "EISDIR" : "EFTYPE", cause: "", help: undefined };
    return { text: bytes.toString("latin1"), mode: stat.mode, owner: stat.uid };
  } catch (error) {
    const { cause, hint } = refused(error);
    return { code: codeOf(error), cause, help: hint };
  }
}
