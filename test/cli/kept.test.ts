/** What V8 compiled is kept for the next run: where nobody else may write, and never to the harm of a run. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundle, start } from "./program.ts";
import type { Program } from "./program.ts";

let program: Program;
let home: string;
beforeAll(() => void (program = bundle()));
afterAll(() => program.remove());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "dsrctl-home-"));
  mkdirSync(join(home, ".cache"), { mode: 0o755 });
});
afterEach(() => rmSync(home, { recursive: true }));

const ours = (): string => join(home, ".cache/dsrctl");

async function list(env: NodeJS.ProcessEnv = {}, inventory = "web1,"): Promise<number | string> {
  const { code, out, err } = await start(program, ["inventory", "--list", "-i", inventory], {
    cwd: home,
    env: { HOME: home, ...env },
  }).ended;
  if (code === 0) expect({ hosts: (JSON.parse(out) as { _meta: unknown })._meta, err }).toMatchObject({ err: "" });
  return code;
}

/** The one directory of this build, with its files' times of change. */
function kept(): { readonly directory: string; readonly files: ReadonlyMap<string, number> } {
  const [name = "none", ...others] = readdirSync(ours());
  expect(others).toEqual([]);
  const directory = join(ours(), name);
  const files = readdirSync(directory).map((file) => [file, statSync(join(directory, file)).mtimeMs] as const);
  return { directory, files: new Map(files) };
}

describe("what was compiled", () => {
  it("is written once, for its owner alone, and used after that", async () => {
    expect(await list()).toBe(0);
    const { directory, files } = kept();
    expect([...files.keys()]).toContain("cli.js");
    expect([ours(), directory].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    for (const file of files.keys()) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    expect(await list()).toBe(0);
    expect(kept().files).toEqual(files);
  });

  it.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["empty", () => Buffer.alloc(0)],
    ["rotten", (bytes: Buffer) => bytes.map((byte, at) => (at === 20_000 ? byte ^ 1 : byte))],
    ["something else", (bytes: Buffer) => Buffer.alloc(bytes.length, 7)],
  ])("and is %s is not believed, and written anew", async (_what, harm) => {
    await list();
    const { directory } = kept();
    const file = join(directory, "cli.js");
    const before = readFileSync(file);
    writeFileSync(file, harm(before));
    expect(await list()).toBe(0);
    expect(readFileSync(file).length).toBeGreaterThan(before.length / 2);
    expect(readdirSync(directory).filter((name) => !name.endsWith(".js"))).toEqual([]);
  });

  it("is not kept of a run that ended early", async () => {
    expect(await list({}, "nowhere.yml")).toBe(1);
    expect(readdirSync(ours())).toEqual([]);
  });

  it("is not kept when told so", async () => {
    expect(await list({ NODE_DISABLE_COMPILE_CACHE: "1" })).toBe(0);
    expect(readdirSync(join(home, ".cache"))).toEqual([]);
  });

  it.each([
    ["the home", () => home],
    ["its .cache", () => join(home, ".cache")],
    ["the directory of ours", ours],
  ])("is not kept where others may write: %s", async (_what, directory) => {
    mkdirSync(ours());
    chmodSync(directory(), 0o777);
    expect(await list()).toBe(0);
    expect(readdirSync(ours())).toEqual([]);
  });

  it("is not kept behind a link", async () => {
    mkdirSync(join(home, "elsewhere"));
    symlinkSync("../elsewhere", ours());
    expect(await list()).toBe(0);
    expect(readdirSync(join(home, "elsewhere"))).toEqual([]);
  });

  it("needs no home", async () => {
    expect(await list({ HOME: "/nonexistent" })).toBe(0);
    writeFileSync(join(home, "file"), "");
    expect(await list({ HOME: join(home, "file") })).toBe(0);
  });

  it("of builds long gone goes away", async () => {
    for (const [at, name] of ["a", "b", "c", "d", "e", "f"].entries()) {
      mkdirSync(join(ours(), name), { recursive: true, mode: 0o700 });
      utimesSync(join(ours(), name), 1e9 + at, 1e9 + at);
    }
    expect(await list()).toBe(0);
    expect(readdirSync(ours()).filter((name) => name.length === 1)).toEqual(["d", "e", "f"]);
  });
});
