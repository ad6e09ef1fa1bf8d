/** Installing a file whole or not at all: shared by every task type that writes one. */
import { createHash } from "node:crypto";
import { nothing, sh } from "../../sh.ts";
import type { Sh } from "../../sh.ts";
import { Secret } from "../../secret.ts";

export interface Install {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Left out: as the file that is replaced, or 0644, and whom the connection belongs to. */
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  /** Shell that must succeed before the file is installed; the staged file's path is in `$staged`. */
  readonly check?: Sh;
  /** Shell that runs after the check and before the rename (backups). */
  readonly before?: Sh;
  /** The content is a secret: shown as dots. */
  readonly secret?: boolean;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Stages, checks, and renames into place (see the prelude's `stage` and `commit`). */
export function install(file: Install): Sh {
  return sh`staged=$(${content(file)} | stage ${file.path} ${sha256(file.bytes)})
trap 'rm -f "$staged"' EXIT
${file.check ?? nothing}
${file.before ?? nothing}
commit "$staged" ${file.path} ${file.mode ?? ""} ${file.owner ?? ""} ${file.group ?? ""}`;
}

/** Shell that prints the bytes; base64 where a shell word cannot hold them. */
function content(file: Install): Sh {
  const text = Buffer.from(file.bytes).toString("utf8");
  const exact = !text.includes("\0") && Buffer.from(text, "utf8").equals(file.bytes);
  const word = (value: string): string | Secret => (file.secret === true ? new Secret(value) : value);
  if (exact) return sh`printf %s ${word(text)}`;
  return sh`printf %s ${word(Buffer.from(file.bytes).toString("base64"))} | base64 -d`;
}
