/** The program as its command line has it, in this process; and ansible-vault beside it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../src/commands/index.ts";

/** Why there is nothing to compare with; for `describe.skipIf(ansibleMissing)`. */
export const ansibleMissing: string | undefined =
  spawnSync("ansible-vault", ["--version"]).status === 0 ? undefined : "ansible-vault is not installed";

export interface Ran {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

export async function dsrctl(cwd: string, ...argv: readonly string[]): Promise<Ran> {
  const out: Uint8Array[] = [];
  let err = "";
  const code = await runCommand(argv, "0", {
    out: (text) => void out.push(Buffer.from(text)),
    bytes: (bytes) => Promise.resolve(void out.push(bytes)),
    err: (text) => void (err += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd },
    ...{ stop: new AbortController().signal, end: new AbortController().signal },
  });
  return { code, out: Buffer.concat(out), err };
}

/** @throws when it fails */
export function ansibleVault(cwd: string, argv: readonly string[], input?: string | Uint8Array): Buffer {
  const env = { PATH: process.env["PATH"], HOME: cwd, LC_ALL: "C.UTF-8" };
  return execFileSync("ansible-vault", argv, { cwd, input: input ?? "", env, stdio: ["pipe", "pipe", "pipe"] });
}

/** A directory with password files of mode 0600: `one`, `two`. */
export function directory(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "dsrctl-vault-test-"));
  writeFileSync(join(dir, "one"), "correct horse\n", { mode: 0o600 });
  writeFileSync(join(dir, "two"), "battery staple", { mode: 0o600 });
  return { dir, remove: () => rmSync(dir, { recursive: true }) };
}
