/** Look, act, look with the real keepalived, under the shells that hosts have as `sh`. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eraseTypes } from "../../src/core/task-instance.ts";
import type { TaskInstance, Evaluation } from "../../src/core/task-instance.ts";
import { standalone } from "../../src/remote/shell/function-library.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Sh } from "../../src/core/shell.ts";
import type { Controller } from "../../src/core/task-type.ts";
import { keepalived } from "../../src/tasks/keepalived.ts";
import { inNamespace, installed, missing } from "./oracle.ts";
import { CORRECTED } from "./sites.ts";

vi.setConfig({ testTimeout: 120_000 });

const SHELLS = ["dash", "bash --posix", "busybox sh"];
const NO_CONTROLLER = {} as Controller;
const PACKAGED =
  '! Configuration File for keepalived\nvrrp_instance VI_1 {\n  authentication {\n  auth_pass "top secret"\n}\n}\n';

let directory = "";
let path = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dsrctl-keepalived-"));
  path = join(directory, "keepalived.conf");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe.skipIf(missing !== undefined).each(SHELLS)(
  `the task under %s, keepalived ${installed}${missing ?? ""}`,
  (shell) => {
    const run = (script: Sh, options = ""): ReturnType<typeof inNamespace> =>
      inNamespace(shell, `export LC_ALL=C\n${standalone(script)}\n( ${options}\n${script.text()}\n) </dev/null`);
    const look = async (task: TaskInstance): Promise<Evaluation> => {
      const { code, out } = await run(task.look);
      return task.evaluate({ code, out, err: "", bytes: Buffer.from(out) });
    };
    const play = async (task: TaskInstance): Promise<{ readonly code: number; readonly out: string }> => {
      const judged = await look(task);
      if (judged.is !== "change") throw new Error(`${judged.is}: ${JSON.stringify(judged)}`);
      return run(judged.act, "set -e");
    };

    it("installs a right configuration, silently, and finds it right", async () => {
      const task = await closed({ config: CORRECTED });
      expect(await play(task)).toEqual({ code: 0, out: "" });
      expect((await look(task)).is).toBe("right");
      expect(statSync(path).mode & 0o7777).toBe(0o640);
      expect(readdirSync(directory)).toEqual(["keepalived.conf"]);
    });

    it("keeps the packaged file once, and shows none of its passwords", async () => {
      writeFileSync(path, PACKAGED);
      const task = await closed({ config: CORRECTED, keep_original: true });
      const judged = await look(task);
      expect(JSON.stringify(judged)).not.toContain("secret");
      expect(judged).toMatchObject({ is: "change", text: { before: PACKAGED.replace('"top secret"', "••••") } });
      expect((await play(task)).code).toBe(0);
      writeFileSync(path, readFileSync(path, "utf8").replace("priority 101", "priority 102"));
      expect(await look(task)).toMatchObject({ is: "change", delta: { keys: ["config"] } });
      expect((await play(task)).code).toBe(0);
      expect(readFileSync(`${path}.org`, "utf8")).toBe(PACKAGED);
      expect((await look(task)).is).toBe("right");
    });

    it("leaves the file alone when keepalived does not take the new one, and says why and where", async () => {
      writeFileSync(path, PACKAGED);
      const config = { ...CORRECTED, vrrp_instance: { VI_1: { ...CORRECTED.vrrp_instance.VI_1, interface: "eth9" } } };
      const { code, out } = await play(await closed({ config, keep_original: true }));
      expect(code).toBe(1);
      expect(out)
        .toBe(`keepalived does not take the new file (--config-test ended with 5); the file in place was not touched
  line 19 in vrrp_instance VI_1: interface eth9
    WARNING - interface eth9 for vrrp_instance VI_1 doesn't exist
  Non-existent interface specified in configuration
`);
      expect(readFileSync(path, "utf8")).toBe(PACKAGED);
      expect(readdirSync(directory)).toEqual(["keepalived.conf"]);
    });

    it("tolerates what it is told to", async () => {
      const config = { ...CORRECTED, vrrp_instance: { VI_1: { ...CORRECTED.vrrp_instance.VI_1, interface: "eth9" } } };
      const task = await closed({ config, tolerate: ["interface eth9", "Non-existent interface"] });
      const { code, out } = await play(task);
      expect(code, out).toBe(0);
      expect(out).toContain("keepalived takes the file, and says:");
      expect((await look(task)).is).toBe("right");
    });

    it("takes warnings about what is odd but harmless", async () => {
      const pass = { auth_type: "PASS", auth_pass: "longer than eight" };
      const instance = { ...CORRECTED.vrrp_instance.VI_1, state: "MASTER", authentication: pass };
      const { code, out } = await play(await closed({ config: { ...CORRECTED, vrrp_instance: { VI_1: instance } } }));
      expect(code, out).toBe(0);
      expect(out).toContain("nopreempt will not work with initial state MASTER - clearing");
      expect(out).toContain("Truncating auth_pass to 8 characters");
      expect(out).not.toContain("longer than eight");
    });

    it("names the line of a password without the password", async () => {
      const pass = { auth_type: "AH", auth_pass: "hidden12" };
      const instance = { ...CORRECTED.vrrp_instance.VI_1, interface: "eth9", authentication: pass };
      const { code, out } = await play(await closed({ config: { ...CORRECTED, vrrp_instance: { VI_1: instance } } }));
      expect(code).toBe(1);
      expect(out).not.toContain("hidden12");
    });

    it("repeats no secret that stands elsewhere, though keepalived does", async () => {
      const global = { ...CORRECTED.global_defs, smtp_server: new Secret("hidden-host.invalid") };
      const { code, out } = await play(await closed({ config: { ...CORRECTED, global_defs: global } }));
      expect(code).toBe(1);
      expect(out).toMatch(/line \d+ in global_defs: smtp_server ••••\n {4}.*••••/);
      expect(out).not.toContain("hidden-host");
    });

    it("is not misled by the release that ends itself over the user of a script", async () => {
      const config = {
        ...CORRECTED,
        vrrp_script: { alive: { script: "/usr/bin/true", interval: 2 } },
        vrrp_instance: { VI_1: { ...CORRECTED.vrrp_instance.VI_1, track_script: ["alive"] } },
      };
      const task = await closed({ config });
      const { code, out } = await play(task);
      expect(code, out).toBe(0);
      expect((await look(task)).is).toBe("right");
      const broken = { ...config, vrrp_instance: { VI_1: { ...config.vrrp_instance.VI_1, interface: "eth9" } } };
      expect(await play(await closed({ config: broken }))).toMatchObject({ code: 1 });
      expect(readdirSync(directory)).toEqual(["keepalived.conf"]);
    });

    it("refuses scripts as root that others may replace", async () => {
      const { enable_script_security: _, script_user: __, ...global } = CORRECTED.global_defs;
      const config = {
        global_defs: global,
        vrrp_script: { alive: { script: "/usr/bin/true", interval: 2 } },
        vrrp_instance: { VI_1: { ...CORRECTED.vrrp_instance.VI_1, track_script: ["alive"] } },
      };
      const { code, out } = await play(await closed({ config }));
      expect(code).toBe(1);
      expect(out).toContain("SECURITY VIOLATION");
    });
  },
);

async function closed(args: Readonly<Record<string, unknown>>): Promise<TaskInstance> {
  const task = await eraseTypes(keepalived).instantiate({ path, ...args }, NO_CONTROLLER);
  if ("evaluate" in task) return task;
  throw new Error(JSON.stringify(task));
}
