/** The reader under any input: no crash, no hang, no pollution, and every place on what is wrong. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Problem } from "../../src/core/problem.ts";
import { account } from "../../src/system/home.ts";
import { readSshConfig } from "../../src/ssh-config/config.ts";
import { matchesGlob, matchesList, matchesPattern } from "../../src/ssh-config/pattern.ts";
import { readStatements } from "../../src/ssh-config/statements.ts";
import { withFiles } from "./answer.ts";
import { configs } from "./generate.ts";

const SECONDS = Number(process.env["DSRCTL_FUZZ_SECONDS"] ?? 3);
const limits = { numRuns: 1_000_000, interruptAfterTimeLimit: SECONDS * 1000 };

function problemsOf(text: string): readonly Problem[] {
  const problems: Problem[] = [];
  readStatements({ file: "config", text }, (problem) => problems.push(problem));
  return problems;
}

/** What a place covers. */
function at({ place }: Problem): string {
  return place === undefined ? "" : place.source.text.slice(place.start, place.end);
}

const word = fc.constantFrom(
  ...["Host", "Match", "Include", "Port", "User", "ProxyJump", "ProxyCommand", "IdentityFile", "UserKnownHostsFile"],
  ...[
    "exec",
    "final",
    "host",
    "all",
    "!",
    "*",
    "?",
    ",",
    "=",
    '"',
    "'",
    "\\",
    "#",
    " ",
    "\t",
    "\r",
    "\f",
    "\n",
    "%",
    "%h",
  ],
  ...[
    "$" + "{",
    "}",
    "~",
    "~root/",
    "__proto__",
    "constructor",
    "none",
    "@",
    ":",
    "[",
    "]",
    "22",
    "\0",
    "\u2028",
    "ü",
    "😀",
  ],
);
const text = fc.oneof(
  fc.array(word, { maxLength: 60 }).map((each) => each.join("")),
  fc.string({ unit: "binary", maxLength: 200 }),
);

describe("any text", () => {
  it("is read, and every problem lies in it", { timeout: (SECONDS + 20) * 1000 }, () => {
    const keys = Object.getOwnPropertyNames(Object.prototype).join();
    fc.assert(
      fc.property(text, (config) => {
        for (const problem of problemsOf(config)) {
          const { start, end } = problem.place ?? { start: -1, end: -1 };
          expect(start >= 0 && end > start && end <= config.length, `${problem.message} at ${start}-${end}`).toBe(true);
          expect(at(problem)).not.toContain("\n");
          const named = /got `(.*)`$/s.exec(problem.message)?.[1];
          if (named !== undefined && !/["'\\]/.test(at(problem))) expect(at(problem)).toBe(named);
        }
      }),
      limits,
    );
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(keys);
  });

  it("means something for every host, or is told", { timeout: (SECONDS + 20) * 1000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          text,
          configs.map(({ config }) => config),
        ),
        (config) =>
          withFiles({ name: "", host: "", config }, async (dir) => {
            const files = [{ path: `${dir}/config`, own: true, guarded: false }];
            const read = await readSshConfig({ files });
            const problems: Problem[] = [...read.problems];
            const settings = await read.of({ name: "web" }, (problem) => void problems.push(problem));
            expect(typeof settings.hostName).toBe("string");
            for (const problem of problems) expect(at(problem) === "" && problem.place !== undefined).toBe(false);
          }),
      ),
      limits,
    );
  });

  it("no pattern takes for ever", () => {
    const start = performance.now();
    const stars = "*a".repeat(200);
    expect(matchesPattern("a".repeat(5000) + "b", stars)).toBe(false);
    expect(matchesList("a".repeat(5000), `!${stars}b,${stars}c`)).toBe(false);
    expect(matchesGlob("a".repeat(5000), `${stars}[b]`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("places", () => {
  it.each([
    ["Port 70000 # x", "70000"],
    ["  User a b", "b"],
    ['User "a', '"'],
    ["Match hots x", "hots"],
    ["Match host", "host"],
    ["Match host web all user x", "user"],
    ["ServerAliveInterval  =  soon", "soon"],
    ["ProxyJump a:b # c", "a:b"],
    ["UserKnownHostsFile a none b", "none"],
    ["IdentitiesOnly", "IdentitiesOnly"],
    ['Host ""', '""'],
    ["Prot 22", "Prot"],
  ])("%s", (line, expected) => expect(problemsOf(`# first\n${line}\n`).map(at)).toEqual([expected]));

  it("a file that includes itself is told with the way", async () => {
    const files = { one: "Include DIR/two\n", two: "Host *\n  Include DIR/one\n" };
    await withFiles({ name: "", host: "", config: "Include DIR/one\n", files }, async (dir) => {
      const { problems } = await readSshConfig({ files: [{ path: `${dir}/config`, own: true, guarded: false }] });
      expect(problems.map((each) => [at(each), each.message.replaceAll(dir, "DIR")])).toEqual([
        [`${dir}/one`, "`DIR/one` includes itself: `DIR/one` → `DIR/two` → `DIR/one`"],
      ]);
    });
  });

  it("what others may write is refused, unless it is named", async () => {
    const { chmodSync } = await import("node:fs");
    await withFiles({ name: "", host: "", config: "Port 1\n" }, async (dir) => {
      chmodSync(`${dir}/config`, 0o666);
      const read = (guarded: boolean) => readSshConfig({ files: [{ path: `${dir}/config`, own: true, guarded }] });
      expect((await read(true)).problems).toMatchObject([{ severity: "error" }]);
      expect((await read(false)).problems).toEqual([]);
    });
  });

  it("`Match exec` does not run without being let", async () => {
    const config = 'Match host web exec "touch DIR/ran"\n  Port 1\n';
    await withFiles({ name: "", host: "", config }, async (dir) => {
      const { existsSync } = await import("node:fs");
      const files = [{ path: `${dir}/config`, own: true, guarded: false }];
      const problems: Problem[] = [];
      const tell = (problem: Problem) => void problems.push(problem);
      await (await readSshConfig({ files })).of({ name: "lb" }, tell);
      expect(problems).toEqual([]);
      await (await readSshConfig({ files })).of({ name: "web" }, tell);
      expect([problems.map(at), existsSync(`${dir}/ran`)]).toEqual([["exec"], false]);
      expect((await (await readSshConfig({ files, exec: true })).of({ name: "web" }, tell)).port?.value).toBe(1);
      expect(existsSync(`${dir}/ran`)).toBe(true);
    });
  });
});

describe("what newer versions of ssh know", () => {
  it("tags", async () => {
    const config = "Tag inner\nMatch tagged inn*\n  Port 7\nMatch tagged outer\n  User u\n";
    await withFiles({ name: "", host: "", config }, async (dir) => {
      const read = await readSshConfig({ files: [{ path: `${dir}/config`, own: true, guarded: false }] });
      const settings = await read.of({ name: "web" }, () => undefined);
      expect([settings.port?.value, settings.user]).toEqual([7, undefined]);
      expect(account().home).not.toBe("");
    });
  });
});
