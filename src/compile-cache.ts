/**
 * Loads the program, file by file, and keeps V8's compiled code of it for the next start. This saves half of the time
 * of a short command. Node 22 can do so by itself (`module.enableCompileCache`), Node 20 cannot; this way works for
 * both.
 *
 * V8 trusts the cache, so no other user may be able to write to its directory. Without a usable one nothing fails:
 * the program is compiled as usual.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";

/** Set by scripts/build.mjs: changes with any of the program's files. */
declare const BUILD: string;

/** What one of the program's files exports. */
type Exports = Record<string, unknown>;
type Require = (name: string) => unknown;
type Run = (exports: Exports, require: Require, module: { exports: Exports }, file: string, dir: string) => void;

/** Builds whose compiled programs are kept, this one included. */
const KEPT = 4;

const loaded = new Map<string, { exports: Exports }>();
const fresh = new Map<string, Script>();
const fromNode = createRequire(__filename);
const cache = process.env["NODE_DISABLE_COMPILE_CACHE"] ? undefined : unlessItFails(ownDirectory);

function load(name: string): Exports {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const file = `${__dirname}/${name}`;
  const module = { exports: {} };
  loaded.set(name, module);
  const run = compiled(name, file).runInThisContext() as Run;
  const require: Require = (each) => (each.startsWith("./") ? load(each.slice(2)) : fromNode(each));
  run(module.exports, require, module, file, __dirname);
  return module.exports;
}

function compiled(name: string, filename: string): Script {
  // esbuild writes ASCII.
  const source = readFileSync(filename, "latin1");
  const cachedData = cache === undefined ? undefined : unlessItFails(() => whole(readFileSync(`${cache}/${name}`)));
  const text = `(function(exports,require,module,__filename,__dirname){${source}\n})`;
  const script = new Script(text, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
  if (cachedData === undefined || script.cachedDataRejected === true) fresh.set(name, script);
  return script;
}

/** V8 crashes on a file that was damaged, and ends the process: so each file contains everything twice. */
function whole(file: Buffer): Buffer | undefined {
  const first = file.subarray(0, file.length / 2);
  return first.equals(file.subarray(file.length / 2)) ? first : undefined;
}

/** A directory for this build and this Node that only this user can write to; `undefined` if there is none. */
function ownDirectory(): string | undefined {
  const caches = join(homedir(), ".cache");
  const ours = join(caches, "dsrctl");
  if (!isOurs(homedir())) return undefined;
  if (!existsSync(ours)) mkdirSync(ours, { recursive: true, mode: 0o700 });
  return isOurs(caches) && isOurs(ours) ? join(ours, `${BUILD}-${process.version}-${process.arch}`) : undefined;
}

/** A directory, not a link to one, that only this user can write to. */
function isOurs(directory: string): boolean {
  const { uid, mode } = lstatSync(directory);
  return uid === process.getuid?.() && (mode & 0o170022) === 0o040000;
}

/** Includes what was compiled while the program ran. */
function keep(directory: string): void {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) forgetOthers(join(directory, ".."));
  for (const [name, script] of fresh) {
    const file = join(directory, name);
    const half = `${file}.${process.pid}`;
    try {
      const data = script.createCachedData();
      writeFileSync(half, Buffer.concat([data, data]), { mode: 0o600, flush: true });
      renameSync(half, file);
    } catch {
      rmSync(half, { force: true });
    }
  }
}

function forgetOthers(directory: string): void {
  const others = readdirSync(directory).map((name) => ({
    path: join(directory, name),
    at: statSync(join(directory, name)).mtimeMs,
  }));
  const old = others.sort((a, b) => b.at - a.at).slice(KEPT);
  for (const { path } of old) rmSync(path, { recursive: true });
}

function unlessItFails<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

// A run that ended early compiled little of what other runs need.
process.on("exit", (code) => {
  if (cache !== undefined && fresh.size > 0 && (code === 0 || code === 2)) unlessItFails(() => keep(cache));
});
load("cli.js");
