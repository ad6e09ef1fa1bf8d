/** Installs a file completely or not at all: shared by every task type that writes one. */
import { createHash } from "node:crypto";
import { lines, sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import { Secret } from "../../core/secret.ts";

export interface Install {
  /** Must not be a symbolic link: `stage` refuses those (`replace` permits it). */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Left out: those of the file that is replaced, or 0644 and the connection's user. */
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  /** Shell that must succeed before the file is installed; the staged file's path is in `$staged`. */
  readonly check?: Sh | undefined;
  /** Shell that runs after the check and before the rename (backups). */
  readonly before?: Sh | undefined;
  /** The content is a secret: shown as dots. */
  readonly secret?: boolean | undefined;
  /** A symbolic link at `path` is replaced by the file. */
  readonly replace?: boolean | undefined;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Stages, checks, and renames into place (see `stage` and `commit` in base-functions.ts). */
export function install(file: Install): Sh {
  const between = [file.check, file.before].filter((each) => each !== undefined);
  return lines([
    stage(file),
    ...(between.length === 0 ? [] : [sh`trap 'rm -f "$staged"' EXIT`, ...between]),
    sh`commit "$staged" ${file.path} ${file.mode ?? ""} ${file.owner ?? ""} ${file.group ?? ""}`,
  ]);
}

/**
 * The same content, if a tool of the host can test it and nothing else reads it. Its path is in `$staged`
 * (src/remote/shell/candidate-functions.ts).
 */
export function candidate(file: Pick<Install, "path" | "bytes" | "secret">): Sh {
  return sh`candidate ${contentWords(file)}`;
}

/**
 * The checksum of a secret allows guessing, so it is a secret, too. Base64 if a shell word cannot contain the bytes.
 */
function contentWords({
  path,
  bytes,
  secret,
}: Pick<Install, "path" | "bytes" | "secret">): readonly (string | Secret)[] {
  const text = asText(bytes);
  const word = (value: string): string | Secret => (secret === true ? new Secret(value) : value);
  const content = word(text ?? Buffer.from(bytes).toString("base64"));
  return [path, word(sha256(bytes)), content, ...(text === undefined ? ["base64"] : [])];
}

function stage(file: Install): Sh {
  return sh`stage ${[...contentWords(file), ...(file.replace === true ? ["replace"] : [])]}`;
}

/** Bytes that are UTF-8 without NUL, as text; `undefined` when they are anything else. */
export function asText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  return !text.includes("\0") && Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
