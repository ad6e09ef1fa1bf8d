import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabError } from "./error.ts";
import { PATHS } from "./site.ts";
import type { Tell } from "./tell.ts";

/** What only one process may change at a time, and the file that it locks. */
export interface Lock {
  readonly what: string;
  readonly file: string;
}

/** This lab: its hosts, disks and network. */
export const THE_LAB: Lock = { what: "the lab", file: PATHS.lock };
/** The cache of root file systems, which all labs of the machine share. */
export const THE_IMAGES: Lock = { what: "the root file systems", file: join(PATHS.cache, "lock") };

// The kernel's flock(2), held by a child that lives as long as this process's pipe to it. So the lock is free after
// this process ends, even if it crashes.
const HOLD = "echo held; exec cat >/dev/null";

function holder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim() || "another process";
  } catch {
    return "another process";
  }
}

/** Says that we wait, once it takes longer than a moment, and that it is over. */
function announceWait({ what, file }: Lock, tell: Tell): { readonly over: () => void; readonly giveUp: () => void } {
  const began = performance.now();
  let told = false;
  const timer = setTimeout(() => {
    told = true;
    tell({ step: `wait for ${what}`, state: "start", note: `held by ${holder(file)}` });
  }, 300);
  const giveUp = (): void => clearTimeout(timer);
  const over = (): void => {
    giveUp();
    const seconds = Math.round(performance.now() - began) / 1000;
    if (told) tell({ step: `wait for ${what}`, state: "done", seconds });
  };
  return { over, giveUp };
}

/**
 * Does `work` while no other process holds the lock; waits its turn and says for whom.
 *
 * @throws the signal's reason when it fires while waiting.
 */
export async function locked<T>(
  lock: Lock,
  tell: Tell,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  mkdirSync(dirname(lock.file), { recursive: true });
  const child = spawn("flock", [lock.file, "sh", "-c", HOLD], { detached: true, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = announceWait(lock, tell);
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      child.once("error", (cause) => reject(new LabError(`cannot run flock: ${cause.message}`, undefined, { cause })));
      child.once("exit", (code) => reject(new LabError(`cannot lock ${lock.file}: flock ended with code ${code}`)));
      child.stdout.once("data", () => resolve());
    });
    waiting.over();
    writeFileSync(lock.file, `process ${process.pid}, since ${new Date().toISOString()}\n`);
    return await work();
  } finally {
    waiting.giveUp();
    child.stdin.end();
    // Before it has the lock it does not read its input.
    if (child.exitCode === null && child.pid !== undefined && signal?.aborted) endGroup(child.pid);
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    return;
  }
}
