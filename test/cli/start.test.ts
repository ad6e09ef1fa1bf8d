/**
 * What a command loads before it does anything: start-up is paid for in code that is read and compiled. Not timed; the
 * program itself is run, and Node says which files it loaded.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { bundle, start } from "./program.ts";
import type { Program } from "./program.ts";

let program: Program;
let inputs: Readonly<Record<string, readonly string[]>>;
let cwd: string;
beforeAll(() => {
  program = bundle();
  const told = readFileSync(join(dirname(program.cli), "inputs.json"), "utf8");
  inputs = JSON.parse(told) as typeof inputs;
});
afterAll(() => program.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-start-"));
  writeFileSync(join(cwd, "hosts.yml"), JSON.stringify({ all: { hosts: { here: { ansible_connection: "local" } } } }));
  writeFileSync(join(cwd, "site.yml"), JSON.stringify([{ hosts: "all", tasks: [{ command: "/bin/true" }] }]));
  appendFileSync(join(cwd, "hook.mjs"), HOOK);
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** At its end the process says what it has of Node, and all files that were loaded before. */
const HOOK = `
import { register } from "node:module";
import { writeFileSync } from "node:fs";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
const { port1, port2 } = new MessageChannel();
port1.unref();
const hooks = \`
  let port;
  export function initialize(given) { port = given; }
  export function load(url, context, next) { port.postMessage(url); return next(url, context); }\`;
register("data:text/javascript," + encodeURIComponent(hooks), { data: port2, transferList: [port2] });
process.on("exit", () => {
  const urls = [];
  for (let said = receiveMessageOnPort(port1); said !== undefined; said = receiveMessageOnPort(port1)) urls.push(said.message);
  writeFileSync("loaded.json", JSON.stringify(urls));
});
`;

interface Loaded {
  /** npm packages. */
  readonly packages: readonly string[];
  /** Folders of src. */
  readonly rooms: readonly string[];
  /** Modules of Node's that are dear. */
  readonly dear: readonly string[];
  readonly kB: number;
}

async function loadedBy(...argv: readonly string[]): Promise<Loaded> {
  const { code, err } = await start(program, argv, { cwd, node: ["--import", "./hook.mjs"] }).ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const urls = JSON.parse(readFileSync(join(cwd, "loaded.json"), "utf8")) as readonly string[];
  const files = urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  expect(files).toContain(program.cli);
  const from = files.flatMap((file) => inputs[relative(process.cwd(), file)] ?? []);
  return {
    packages: sorted(from.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])),
    rooms: sorted(from.map((path) => /^src\/([^/]+)\//.exec(path)?.[1])),
    dear: sorted(urls.map((url) => /^node:(crypto|child_process|http|https|worker_threads)$/.exec(url)?.[1])),
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
    expect(loaded).toEqual({ packages: [], rooms: ["commands", "report"], dear: [] });
    expect(kB).toBeLessThan(50);
  });

  it("by inventory --list", async () => {
    const { kB, ...loaded } = await loadedBy("inventory", "--list", "-i", "hosts.yml");
    expect(loaded).toEqual({
      packages: [...YARGS, "yaml"].sort(),
      rooms: ["commands", "inventory", "jinja", "playbook", "report", "vault", "yaml"],
      dear: ["child_process", "crypto"],
    });
    expect(kB).toBeLessThan(500);
  });

  it("by a play that reaches no host over ssh", async () => {
    const { packages } = await loadedBy("play", "site.yml", "-i", "hosts.yml");
    expect(packages).toContain("zod");
    for (const each of ["ssh2", "listr2"]) expect(packages).not.toContain(each);
  });
});
