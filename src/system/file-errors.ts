/** Why the system refuses, by the error's code (errno(3)), and what to do about it, if that is known. */
const CAUSES: Readonly<Record<string, readonly [what: string, hint: string] | undefined>> = {
  EACCES: ["permission denied", "see its permissions, and those of the directories above it"],
  EPERM: ["permission denied", "see its permissions, and those of the directories above it"],
  EMFILE: ["this process has too many open files", "raise `ulimit -n`, or lower `--forks`"],
  ENFILE: ["this machine has too many open files", "raise `fs.file-max`, or lower `--forks`"],
  EAGAIN: ["this machine has no room for a further process", "raise `ulimit -u`, or lower `--forks`"],
  ENOMEM: ["this machine has no memory left", "lower `--forks`"],
  EIO: ["input/output error", "the disk or the network file system fails: see `dmesg`"],
  ENOSPC: ["the disk is full", "make room there: see `df`"],
  EDQUOT: ["the disk quota is used up", "make room there: see `quota`"],
  EROFS: ["the file system is read-only", "see `dmesg` and `mount`"],
  EISDIR: ["it is a directory", "name a file"],
  ENOTDIR: ["a part of its path is a file", "see its path"],
  ELOOP: ["it is a loop of symbolic links", "see where the links lead"],
};

/** `cause`: the system's own message if no better one is known. */
export function refused(error: unknown): { readonly cause: string; readonly hint: string | undefined } {
  const [cause, hint] = CAUSES[codeOf(error)] ?? [error instanceof Error ? error.message : String(error), undefined];
  return { cause, hint };
}

/** The error's code; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
