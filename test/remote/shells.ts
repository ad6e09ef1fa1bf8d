/** Runs the prelude's functions in every shell that hosts have as `sh`; mounts live in a namespace that ends with the shell. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { standalone } from "../../src/remote/shell/function-library.ts";
import { PRELUDE } from "../../src/remote/shell/base-functions.ts";
import type { Sh } from "../../src/core/shell.ts";
import { lookAtBytes, lookAtInode } from "../../src/tasks/parts/inode.ts";
import { install } from "../../src/tasks/parts/install.ts";

const busyboxOnly = mkdtempSync(join(tmpdir(), "dsrctl-busybox-"));
spawnSync("busybox", ["--install", "-s", busyboxOnly]);
afterAll(() => rmSync(busyboxOnly, { recursive: true }));

/** The last has nothing but busybox's tools. */
export const SHELLS = [
  { name: "dash", command: ["/bin/dash"], path: process.env.PATH },
  { name: "bash", command: ["/bin/bash", "--posix"], path: process.env.PATH },
  { name: "busybox", command: ["/bin/busybox", "sh"], path: busyboxOnly },
] as const;
export type Shell = (typeof SHELLS)[number];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A fresh directory for each test. */
export let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "dsrctl-prelude-"))));
afterEach(() => rmSync(root, { recursive: true }));

/** Runs a script behind the prelude in a mount namespace of its own; `$ROOT` is the test's directory. */
export function run(shell: Shell, script: string | Sh, setUp = ""): Ended {
  const text = typeof script === "string" ? script : script.text();
  const unshare = process.getuid?.() === 0 ? ["-m"] : ["-mr"];
  const entry = `${setUp === "" ? "" : `${setUp}\n`}PATH=$PATH_OF_HOST exec $USER_OF_HOST "$@"`;
  const argv = [...unshare, "/bin/bash", "-ec", entry, "bash", ...shell.command];
  const env = { ...process.env, LC_ALL: "C", ROOT: root, PATH_OF_HOST: shell.path, USER_OF_HOST: "" };
  const input = `${PRELUDE}\n${standalone(lookAtInode("/", true), lookAtBytes("/"))}\n( set -e\n${text}\n) </dev/null\n`;
  const { status, stdout, stderr } = spawnSync("/usr/bin/unshare", argv, { input, env, timeout: 60_000 });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

export function good(shell: Shell, script: string | Sh, setUp = ""): Ended {
  const ended = run(shell, script, setUp);
  expect(ended, ended.err).toMatchObject({ code: 0 });
  return ended;
}

/** The set-up's last line: what follows runs as a user without rights. */
export const AS_NOBODY = "USER_OF_HOST='/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups'";

export const file = (name: string): string => join(root, name);
export const read = (name: string): string => readFileSync(file(name), "utf8");
export const write = (name: string, text: string | Uint8Array): void => writeFileSync(file(name), text);
export const modeOf = (name: string): string => (statSync(file(name)).mode & 0o7777).toString(8);
export const names = (): readonly string[] => readdirSync(root);
export const put = (name: string, text: string | Uint8Array, more: object = {}): Sh =>
  install({ path: file(name), bytes: Buffer.from(text), ...more });
