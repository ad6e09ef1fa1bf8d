/** What operators reported (test/tasks/keepalived/field.yml), as the real keepalived has it: our word before, and its own. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eraseTypes } from "../../src/core/task-instance.ts";
import { build } from "../../src/keepalived/build.ts";
import { forVersion } from "../../src/keepalived/dialect.ts";
import { print } from "../../src/keepalived/print.ts";
import { standalone } from "../../src/remote/shell/function-library.ts";
import { Sh } from "../../src/core/shell.ts";
import type { Controller } from "../../src/core/task-type.ts";
import { keepalived } from "../../src/tasks/keepalived.ts";
import { readCases } from "../tasks/case.ts";
import { ask, inNamespace, installed, missing } from "./oracle.ts";

vi.setConfig({ testTimeout: 60_000 });

/** What 2.2.7 says of what we refuse; nothing where it takes it without a word, and the fault shows only when it runs. */
const THEIRS: Readonly<Record<string, string>> = {
  "06": "address family must match VRRP instance [2001:db8::5/128] - ignoring",
  "06b": "VRRP version 3 does not support authentication. Ignoring.",
  "08": "number '4294967295' outside range [1, 2678400]",
  "09": "",
  "10": "VRRP parsed invalid IP $VIP. skipping IP...",
  "14": "unknown state 'BACUP', defaulting to BACKUP",
  "22": "",
  "23": "real server [192.0.2.13]:tcp:80 is duplicated - removing second rs",
  "24": "zero port only valid for persistent services - setting",
  "25": "Virtual router VI_2 cannot exist in more than one sync group; ignoring G2",
};

/** What is passed on of what we take, where keepalived says something. */
const NOTES: Readonly<Record<string, string>> = {
  "02": "reducing quorum to 0; Virtual server [192.0.2.5]:tcp:80: hysteresis 0 >= quorum 0; setting hysteresis to 4294967295",
  "28": "(Line 11) Config files missing 'conf.d/*.conf'.",
};

/** What Debian 13's release does not take though 2.2.7 does, and is not given (src/keepalived/releases.ts). */
const WITHHELD: Readonly<Record<string, readonly [release: string, why: string]>> = {
  "29": ["2.3.3", "it hangs at once over an SMTP_CHECK with `host`"],
};

const cases = ((): readonly { readonly name: string; readonly args: unknown; readonly invalid?: unknown }[] => {
  const read = readCases(join(import.meta.dirname, "../tasks/keepalived/field.yml"));
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return read.cases;
})();
const numberOf = (name: string): string => name.split(" ")[0] ?? "";
const [refused, taken] = [cases.filter((each) => each.invalid), cases.filter((each) => !each.invalid)];

it("says of each refused case what keepalived makes of it", () => {
  expect(refused.map(({ name }) => numberOf(name))).toEqual(Object.keys(THEIRS).sort());
});

describe.skipIf(missing !== undefined)(`keepalived ${installed}${missing ?? ""}`, () => {
  // 2.3.3 wants the directory of a file that it tracks.
  beforeAll(() => void mkdirSync("/tmp/dsrctl-case", { recursive: true }));
  afterAll(() => rmSync("/tmp/dsrctl-case", { recursive: true }));

  it.each(refused)("$name: what we refuse it does not take as it was meant", async ({ name, args }) => {
    const { config } = args as { readonly config: Record<string, unknown> };
    const { code, messages } = await ask(print(forVersion(build(config).body, installed).body, false));
    const said = THEIRS[numberOf(name)] ?? "";
    if (said === "") expect({ code, messages }).toEqual({ code: 0, messages: [] });
    else expect(messages.join("\n")).toContain(said);
  });

  it.each(taken.filter(({ name }) => numberOf(name) !== "16"))("$name: takes it", async ({ name, args }) => {
    const note = NOTES[numberOf(name)];
    const [release, why] = WITHHELD[numberOf(name)] ?? [];
    if (release === installed) return expect(testOf(args)).rejects.toThrow(why);
    const { code, out } = await inNamespace("sh", await testOf(args));
    expect(code, out).toBe(0);
    if (note === undefined) expect(out).toBe("");
    else expect(out).toContain(note);
    if (note !== undefined) expect(out).toMatch(/^note: keepalived takes the file, and says: /);
  });

  it("16: a script by its bare name is no script to be run as root", async () => {
    const { code, out } = await inNamespace(
      "sh",
      await testOf(taken.find(({ name }) => numberOf(name) === "16")?.args),
    );
    expect(code).toBe(1);
    expect(out).toMatch(/SECURITY VIOLATION|chk_proxy since not found/);
    expect(out).not.toContain("since own interface");
  });
});

/** The shell of a dry run where nothing is installed yet. */
async function testOf(args: unknown): Promise<string> {
  const closed = await eraseTypes(keepalived).instantiate(args, {} as Controller);
  if (!("evaluate" in closed)) throw new Error(JSON.stringify(closed));
  const out = `version ${installed}\nabsent\n`;
  const judged = closed.evaluate({ code: 0, out, err: "", bytes: Buffer.from(out) });
  if (judged.is !== "change" || !(judged.test instanceof Sh)) throw new Error(JSON.stringify(judged));
  return `export LC_ALL=C\n${standalone(judged.test)}\n( ${judged.test.text()}\n) </dev/null`;
}
