/** A channel to a shell that runs on this machine: dash, bash or busybox, for what must hold in each of them. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Unreachable } from "../../src/core/problem.ts";
import type { Shell } from "../../src/remote/shell/open-shell.ts";
import type { Ended } from "../../src/remote/transport/transport.ts";

export const SHELLS: Readonly<Record<string, readonly string[]>> = {
  dash: ["/bin/dash"],
  bash: ["/bin/bash", "--posix"],
  busybox: ["/bin/busybox", "sh"],
};

/** The shells that are there. */
export const shells = Object.entries(SHELLS).filter(([, argv]) => existsSync(argv[0] ?? ""));

export interface Spawned extends Shell {
  readonly pid: number;
  /** Ends the connection as a network does: both ends of the pipe are gone, the process lives on. */
  cut(): void;
}

export function spawned(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Spawned {
  const [file = "", ...args] = argv;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], env });
  child.stdin.on("error", () => undefined);
  const lost = deferred<Ended>();
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) =>
      resolve(code === null ? { is: "signal", signal: String(signal) } : { is: "exit", code }),
    );
  });
  return {
    pid: child.pid ?? 0,
    write: (data) => void child.stdin.write(data),
    end: () => void child.stdin.end(),
    onData: (listener) => void child.stdout.on("data", listener),
    onError: (listener) => void child.stderr.on("data", listener),
    ended: Promise.race([ended, lost.promise]),
    refusal: () => new Unreachable("shell", "no shell came"),
    kill: () => void child.kill("SIGKILL"),
    cut: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      lost.resolve({ is: "lost", why: "the connection went" });
    },
  };
}

/** The connection goes when the host has sent so many bytes; `onCut` hears of it. */
export function cutAfter(channel: Spawned, bytes: number, onCut: () => void = () => undefined): Spawned {
  let left = bytes;
  return {
    ...channel,
    onData: (listener) =>
      channel.onData((chunk) => {
        if (left < 0) return;
        if (left > 0) listener(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0) return;
        left = -1;
        channel.cut();
        onCut();
      }),
  };
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
