/** Acts of which one half fails, in a network namespace of their own: the kernel and the file are never told apart silently. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { eraseTypes } from "../../../src/core/task-instance.ts";
import type { Controller } from "../../../src/core/task-type.ts";
import { sysctl } from "../../../src/tasks/sysctl.ts";
import { standalone } from "../../../src/remote/shell/function-library.ts";

const KEY = "net.ipv4.conf.lo.log_martians";
const controller: Controller = { read: () => Promise.reject(new Error("no file")), render: () => "" };

/** The act for a value, behind shell that sets the scene; then what the kernel has. */
async function act(value: unknown, seen: string, scene: string): Promise<{ code: number; err: string; now: string }> {
  const closed = await eraseTypes(sysctl).instantiate({ name: KEY, value }, controller);
  if (!("evaluate" in closed)) throw new Error(JSON.stringify(closed));
  const judged = closed.evaluate({ code: 0, out: seen, err: "", bytes: Buffer.from(seen) });
  if (judged.is !== "change") throw new Error(`judged ${judged.is}`);
  const text = `set -e\n${scene}\n${standalone(judged.act)}\n${judged.act.text()}`;
  const after = 'code=0; sh -e -c "$0" </dev/null || code=$?; cat /proc/sys/net/ipv4/conf/lo/log_martians; exit $code';
  const done = spawnSync("unshare", ["--net", "--mount", "sh", "-c", after, text], { encoding: "utf8" });
  return { code: done.status ?? 255, err: done.stderr, now: done.stdout.trim() };
}

const FULL = "mount -t tmpfs -o ro none /etc/sysctl.d";

describe.skipIf(process.getuid?.() !== 0)("half of it", () => {
  test("set now, and the file cannot be changed: it says which half is done", async () => {
    const { code, err, now } = await act("yes", "now\t0\n", FULL);
    expect([code, now]).toEqual([1, "1"]);
    expect(err.trim().split("\n").at(-1)).toBe(
      `${KEY} is 1 now, but will not be after a boot: /etc/sysctl.d/99-zz-dsrctl.conf could not be changed`,
    );
  });

  test("right now already, and the file cannot be changed", async () => {
    const { code, err } = await act(1, "now\t1\n", FULL);
    expect(code).toBe(1);
    expect(err).toContain(`${KEY} is 1 now, but will not be after a boot`);
  });

  test("refused by the kernel: the file is not touched", async () => {
    const { code, err, now } = await act("no such", "now\t0\n", "mount -t tmpfs none /etc/sysctl.d");
    expect([code, now]).toEqual([1, "0"]);
    expect(err).toContain(`the kernel does not take no such for ${KEY}`);
    expect(err).not.toContain("after a boot");
  });

  test("taken for another value by the kernel: the file is not touched, and both values are told", async () => {
    const { code, err } = await act("0x1", "now\t0\n", "mount -t tmpfs none /etc/sysctl.d");
    expect(code).toBe(1);
    expect(err.trim()).toBe(
      `the kernel took 0x1 for ${KEY}, and has another value; /etc/sysctl.d/99-zz-dsrctl.conf was not changed. It is now: 1`,
    );
  });

  test("both done: nothing is said", async () => {
    const done = await act(true, "now\t0\n", "mount -t tmpfs none /etc/sysctl.d");
    expect(done).toEqual({ code: 0, err: "", now: "1" });
  });
});
