/** The reader of ssh_config against `ssh -G`: odd files of our own, and generated ones. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agree, ours, theirs, withFiles } from "../ssh-config/answer.ts";
import type { Answer, Case } from "../ssh-config/answer.ts";
import { configs } from "../ssh-config/generate.ts";

const version = spawnSync("ssh", ["-V"], { encoding: "utf8" }).stderr.trim().split(/[ ,]/)[0];
const cases = JSON.parse(readFileSync(new URL("../ssh-config/cases.json", import.meta.url), "utf8")) as readonly Case[];
const recorded = new URL("../ssh-config/answers.json", import.meta.url);

describe.skipIf(version === undefined || version === "")("ssh -G", () => {
  it("says what is recorded of it", async () => {
    const answers: Record<string, Answer> = {};
    for (const each of cases) answers[each.name] = await withFiles(each, (dir) => theirs(each, dir));
    if (process.env["DSRCTL_RECORD"] !== undefined)
      writeFileSync(recorded, JSON.stringify({ version, answers }, undefined, 1));
    const before = JSON.parse(readFileSync(recorded, "utf8")) as {
      readonly version: string;
      readonly answers: unknown;
    };
    if (before.version === version) expect(before.answers).toEqual(answers);
  });

  it("reads generated files as we do", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(configs, async (each) => {
        await withFiles(each, async (dir) => {
          const [said, expected] = [await ours(each, dir), theirs(each, dir)];
          if (!agree(said, expected)) expect(said).toEqual(expected);
        });
      }),
      { numRuns: 500 },
    );
  });
});
