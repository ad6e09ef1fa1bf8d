/** Nothing of the lab is left when it is taken down, however it ended. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NAMESPACE, NAMESPACE_PATH, PATHS } from "../../src/lab/site.ts";
import { NO_LAB, begin, dsrctl } from "./site.ts";

/** What there is of a lab: processes, interfaces, mounts, namespace, run-time files. */
function traces(): readonly string[] {
  const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  const links = execFileSync("ip", ["-o", "link"], { encoding: "utf8" }).split("\n");
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return [
    ...processes.filter((line) => /^(\S*linux\.uml|systemd-nspawn)\b/.test(line) && line.includes(NAMESPACE)),
    ...links.filter((line) => /dsrctl|tap-(lb|web)|vb-(web|client)/.test(line)),
    ...mounts.filter((line) => line.includes(NAMESPACE)),
    ...[NAMESPACE_PATH, PATHS.run, PATHS.disks].filter((path) => existsSync(path)),
  ];
}

describe.skipIf(NO_LAB !== "")(
  `a lab that is taken down leaves nothing behind${NO_LAB === "" ? "" : ` (${NO_LAB})`}`,
  () => {
    const down = async (): Promise<void> => {
      const { code, out, err } = await dsrctl("lab", "down");
      expect(code, out + err).toBe(0);
      expect(traces()).toEqual([]);
    };

    test("when it was up", async () => {
      expect((await dsrctl("lab", "up", "web1", "client")).code).toBe(0);
      expect(traces()).not.toEqual([]);
      await down();
    });

    test("when Ctrl-C came half-way up", async () => {
      const up = begin("lab", "up");
      await up.said("boot");
      up.interrupt();
      expect((await up.ended).code).toBe(99);
      await down();
    });
  },
);
