/**
 * What a command loads before it does anything: start-up is paid for in code that is read and compiled. Not timed; the
 * program itself is run, and Node says which files it loaded.
 */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { bundle, start } from "./program.ts";
import type { Program } from "./program.ts";

let program: Program;
let inputs: Readonly<Record<string, readonly string[]>>;
let cwd: string;
beforeAll(() => {
  program = bundle();
  const told = readFileSync(join(program.dist, "inputs.json"), "utf8");
  inputs = JSON.parse(told) as typeof inputs;
});
afterAll(() => program.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-start-"));
  writeFileSync(join(cwd, "hosts.yml"), JSON.stringify({ all: { hosts: { here: { ansible_connection: "local" } } } }));
  writeFileSync(join(cwd, "site.yml"), JSON.stringify([{ hosts: "all", tasks: [{ command: "/bin/true" }] }]));
  appendFileSync(join(cwd, "hook.cjs"), HOOK);
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** At its end the process says what it has of Node, and all files that it read before. */
const HOOK = `
const fs = require("node:fs");
const { readFileSync } = fs;
const files = [];
fs.readFileSync = (path, ...more) => { files.push(String(path)); return readFileSync(path, ...more); };
process.on("exit", () => fs.writeFileSync("loaded.json", JSON.stringify({ files, node: process.moduleLoadList })));
`;

interface Loaded {
  /** npm packages. */
  readonly packages: readonly string[];
  /** Directories of src; of the drills only what is more than their definitions, which the help lists. */
  readonly rooms: readonly string[];
  /** Modules of Node's that are dear. */
  readonly dear: readonly string[];
  readonly kB: number;
}

interface Told {
  readonly files: readonly string[];
  readonly node: readonly string[];
}

async function loadedBy(...argv: readonly string[]): Promise<Loaded> {
  const env = { NODE_DISABLE_COMPILE_CACHE: "1" };
  const { code, err } = await start(program, argv, { cwd, env, node: ["--require", "./hook.cjs"] }).ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const told = JSON.parse(readFileSync(join(cwd, "loaded.json"), "utf8")) as Told;
  const files = told.files.filter((file) => inputs[basename(file)] !== undefined);
  expect(files).toContain(join(program.dist, "cli.js"));
  const from = files.flatMap((file) => inputs[basename(file)] ?? []);
  return {
    packages: sorted(from.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])),
    rooms: sorted(from.map((path) => /^src\/(?!drills\/definitions\/)([^/]+)\//.exec(path)?.[1])),
    dear: sorted(
      told.node.map(
        (each) => /^NativeModule (assert|crypto|child_process|dns|http|https|worker_threads|zlib)$/.exec(each)?.[1],
      ),
    ),
    kB: Math.ceil(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1000),
  };
}

function sorted(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.flatMap((name) => name ?? []))].sort();
}

/** What yargs is made of. */
const YARGS = ["escalade", "get-caller-file", "y18n", "yargs", "yargs-parser"];

describe("what is loaded", () => {
  it.each([["--version"], ["--help"], ["play", "--help"], ["help", "vault"]])("by %s %s", async (...argv) => {
    const { kB, ...loaded } = await loadedBy(...argv);
    expect(loaded).toEqual({ packages: [], rooms: ["commands", "core", "report", "text"], dear: [] });
    expect(kB).toBeLessThan(52);
  });

  it("by inventory --list", async () => {
    const { kB, ...loaded } = await loadedBy("inventory", "--list", "-i", "hosts.yml");
    expect(loaded).toEqual({
      packages: [...YARGS, "yaml"].sort(),
      rooms: ["commands", "core", "inventory", "jinja", "playbook", "report", "system", "text", "vault", "yaml"],
      dear: ["child_process", "crypto"],
    });
    expect(kB).toBeLessThan(550);
  });

  it("by a play that reaches no host over ssh", async () => {
    const { packages, rooms, dear } = await loadedBy("play", "site.yml", "-i", "hosts.yml");
    expect(packages).toContain("zod");
    for (const each of ["ssh2", "listr2"]) expect(packages).not.toContain(each);
    // That of a task type which the playbook does not name.
    expect(rooms).not.toContain("keepalived");
    expect(dear).toEqual(["child_process", "crypto"]);
  });
});

describe("what it cannot start without", () => {
  it.each(["18.20.4", "20.18.3"])("is a Node that is new enough: %s is not", async (version) => {
    const told = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
    writeFileSync(join(cwd, "old.cjs"), told);
    const { code, out, err } = await start(program, ["--version"], { cwd, node: ["--require", "./old.cjs"] }).ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(`error: dsrctl needs Node 20.19 or later; this is ${version}, ${process.execPath}\n`);
  });

  it("is what is built", async () => {
    cpSync(program.cli, join(cwd, "bin/dsrctl.cjs"), { recursive: true });
    const { code, err } = await start({ ...program, cli: "bin/dsrctl.cjs" }, ["--version"], { cwd }).ended;
    expect({ code, err }).toEqual({
      code: 1,
      err: "error: dsrctl is not built: run `npm ci && npm run build` where it lies\n",
    });
  });
});
